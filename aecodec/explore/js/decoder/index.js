// Decode .aez files (docs/FORMAT.md) in Node or a browser:
//
//   import { readFileSync } from "node:fs";
//   import { decode } from "./aecodec/explore/js/decoder/index.js";
//   const images = decode(readFileSync("x.aez"), [readFileSync("mnist-x392.aem")]);
//   for (const { name, pixels } of images) console.log(name, pixels.length);
//
// Kinds `classic`, `code16`, `transform`, `pixels`, `residuals`, and stored pixels. Files are checked as Python checks them.

import { decodeChunk, readChunk } from "./chunk.js";
import { AezFile } from "./container.js";
import { need } from "./bytes.js";
import { FIXED_IDS, Library, makeCoder } from "./library.js";
import { readModel } from "./model.js";

/**
 * The images of an .aez file, one after the other, as {name, label, pixels}: 784 grey levels in a
 * Uint8Array, and the name and the label, or null. Splits and metadata are those that
 * `new AezFile(bytes).extras()` gives.
 *
 * bytes: the file, a Uint8Array; models: the bytes of model files, of which those that the file
 * brings along may be left out. The whole file is checked first; then a chunk of at most 4096
 * images is decoded at a time, and yielded once its pixels are checked. Throws FileError, whose
 * `kind` tells what is wrong; of several faults, the one that docs/FORMAT.md puts first.
 */
export function* decode(bytes, models = []) {
  const file = new AezFile(bytes);
  need(!file.damage, file.damage);
  const chunks = readChunks(file);
  const library = findModels(file, models);
  for (const chunk of chunks) {
    const images = [...decodeChunk(chunk, file.ids, library)];
    const { names, labels } = chunk;
    for (const [i, pixels] of images.entries()) yield { name: names[i] ?? null, label: labels[i] ?? null, pixels };
  }
}

/** All chunks, checked; a record of a later version is told once all others are sound. */
function readChunks(file) {
  const chunks = [];
  let later = null;
  let starts = [];
  const sound = (work) => {
    try {
      work();
    } catch (error) {
      if (error.kind !== "unsupported") throw error;
      later ??= error;
    }
  };
  for (let number = 0; number < file.chunks; number++) {
    sound(() => {
      const chunk = readChunk(file, number, starts);
      starts = chunk.starts;
      chunks.push(chunk);
    });
  }
  sound(() => file.extras());
  if (later) throw later;
  return chunks;
}

/** The coders of all models that the file lists; one that is not there is told first. */
function findModels(file, models) {
  const given = new Map(models.map(readModel).map((model) => [model.id, model]));
  const made = new Library((id) => given.has(id) ? makeCoder(given.get(id)) : undefined);
  const known = (id) => FIXED_IDS.includes(id) || given.has(id) || file.embedded.has(id);
  const unknown = file.ids.find((id) => !known(id));
  need(!unknown, `Its model ${unknown} was not given.`, "unknown");
  const library = made.withEmbedded(file);
  for (const id of file.ids) library.coder(id);
  return library;
}

export { FileError, compareBytes, hex, need, u32Bytes } from "./bytes.js";
export { decodeChunk, readChunk } from "./chunk.js";
export { AezFile, TAG_CHUNK } from "./container.js";
export { crc32 } from "./crc32.js";
export { MAGIC, VERSION } from "./header.js";
export { Library, makeCoder } from "./library.js";
export { readModel } from "./model.js";
export { Network, PIXELS, SIDE } from "./network.js";
export { RESIDUALS_ID } from "./residuals.js";
export { STORED_ID } from "./stored.js";
