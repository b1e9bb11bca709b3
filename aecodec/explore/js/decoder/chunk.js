// A chunk of an .aez file: its names, its models, its images (docs/FORMAT.md, "A chunk's body").

import { ByteReader, need } from "./bytes.js";
import { crc32 } from "./crc32.js";
import { unpackLabels } from "./labels.js";
import { followNames, unpackNames } from "./names.js";
import { PIXELS } from "./network.js";

const MIXED = 255;

/**
 * Read and check a chunk as {count, names, labels, starts, owners, payloads, pixelCheck}: `owners`
 * has the position of each image's model, `payloads` the bytes by position. `starts` of the chunk
 * before lets the order of the names be checked across the two (see `followNames`).
 */
export function readChunk(file, number, starts = []) {
  const reader = new ByteReader(file.body(number));
  const chunk = { count: file.places[number].count, names: [], labels: [], starts };
  if (!file.short) need(reader.varint() === chunk.count, "A chunk and the index disagree.");
  if (file.named) {
    const names = unpackNames(reader.take(reader.varint()), chunk.count);
    chunk.starts = followNames(names, starts);
    chunk.names = names.map(({ text }) => text);
  }
  if (file.labels) chunk.labels = unpackLabels(file.labels, reader.take(reader.varint()), chunk.count);
  chunk.pixelCheck = reader.u32();
  readOwners(reader, chunk, file.ids.length);
  need(reader.left === 0, "A chunk has bytes to spare.");
  const all = !file.short || chunk.payloads.size === file.ids.length;
  need(all, "The header lists a model that is not used.");
  return chunk;
}

function readOwners(reader, chunk, models) {
  const { count } = chunk;
  const coder = models === 1 ? 0 : reader.byte();
  if (coder < models) {
    chunk.owners = new Uint8Array(count).fill(coder);
    chunk.payloads = new Map([[coder, reader.take(reader.left)]]);
    return;
  }
  const wrong = "A chunk's list of models is malformed.";
  need(coder === MIXED, "A chunk names a model that the header does not.");
  const width = 32 - Math.clz32(models - 1);
  const list = reader.take(Math.ceil((count * width) / 8));
  const bit = (i) => (list[i >> 3] >> (7 - (i & 7))) & 1;
  chunk.owners = new Uint8Array(count);
  for (let i = 0; i < count * width; i++) {
    const image = Math.floor(i / width);
    chunk.owners[image] = chunk.owners[image] * 2 + bit(i);
  }
  for (let i = count * width; i < 8 * list.length; i++) need(!bit(i), wrong);
  const used = [...new Set(chunk.owners)].sort((a, b) => a - b);
  need(used.length > 1 && used[used.length - 1] < models, wrong);
  chunk.payloads = new Map(used.map((owner) => [owner, reader.take(reader.varint())]));
}

/**
 * Decode a chunk that `readChunk` gave: yields each image's 784 pixels, or null where `library` has
 * no coder for its model. Throws FileError at the end where the pixels are not those encoded, which
 * can be told only where all models are there. To `originals` goes for each image the black-and-white
 * {side, bits} that it was reduced from, or null.
 */
export function* decodeChunk(chunk, ids, library, originals = []) {
  const streams = new Map();
  for (const [owner, payload] of chunk.payloads) {
    const coder = library.coder(ids[owner]);
    const count = chunk.owners.reduce((sum, other) => sum + (other === owner), 0);
    if (coder) streams.set(owner, { coder, latents: coder.read(payload, count), at: 0 });
  }
  let check = 0;
  for (const owner of chunk.owners) {
    const stream = streams.get(owner);
    originals.push(stream?.latents.originals?.[stream.at] ?? null);
    if (!stream) {
      yield null;
      continue;
    }
    const { coder, latents } = stream;
    const from = stream.at++ * coder.latents;
    const pixels = coder.draw(latents.subarray(from, from + coder.latents), new Uint8Array(PIXELS));
    check = crc32(pixels, check);
    yield pixels;
  }
  const whole = streams.size === chunk.payloads.size;
  const other = "The bytes are sound but decode to other pixels than were encoded.";
  need(!whole || check === chunk.pixelCheck, other, "pixels");
}
