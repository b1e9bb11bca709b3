// An opened .aez file: its header, its embedded models, and where its chunks are.

import { crc32 } from "./crc32.js";
import { ByteReader, FileError, need, u32Bytes, unsupported } from "./bytes.js";
import { FIRST_SKIPPABLE, TAG_METADATA, TAG_SPLITS, readMetadata, readSplits } from "./extras.js";
import { MOST_CHUNK_IMAGES, VERSION, readHeader } from "./header.js";
import { idOfBody } from "./model.js";

export const TAG_CHUNK = 1;

const TAG_INDEX = 2;
const MOST_RECORD_BYTES = 2 ** 24;
const MOST_CHUNKS = 2 ** 20; // that this decoder opens
const LEAST_CHUNK = 11; // the bytes of its record
const LEAST_OTHER = 6; // of a record without images

/**
 * An opened .aez file. Its header's fields, and: embedded, the bodies of models by id; images, how
 * many there are; chunks, how many; counts, the images of each; others, the places of the records
 * without images; damage, what is wrong with the index or an embedded model, or "".
 */
export class AezFile {
  constructor(bytes) {
    this.bytes = bytes;
    this.damage = "";
    const reader = new ByteReader(bytes);
    Object.assign(this, readHeader(reader));
    this.prefix = bytes.subarray(0, reader.at);
    this.readEmbedded(reader);
    this.clear();
    if (this.short) {
      need(reader.left <= MOST_RECORD_BYTES + 4, "The file is too long for its one chunk.");
      this.place({ at: reader.at, size: reader.left, count: this.count, number: 0 });
    } else {
      this.readPlaces(reader.at);
    }
    this.images = this.counts.reduce((sum, count) => sum + count, 0);
  }

  get chunks() {
    return this.places.length;
  }

  get counts() {
    return this.places.map(({ count }) => count);
  }

  clear() {
    this.places = [];
    this.others = [];
  }

  place(place) {
    (place.count ? this.places : this.others).push(place);
  }

  /** Find the embedded models; one whose id is not its own is damage, and is not used. */
  readEmbedded(reader) {
    this.embedded = new Map();
    this.ids.forEach((id, i) => {
      if (this.sizes[i] === 0) return;
      const body = reader.take(this.sizes[i]);
      if (idOfBody(body) === id) this.embedded.set(id, body);
      else this.damage = "An embedded model is damaged.";
    });
  }

  /** By the index; where that is damaged, what can be reached from the front. */
  readPlaces(start) {
    try {
      this.readIndex(start);
      const oneChunk = this.version === VERSION && this.chunks === 1 && !this.named;
      if (oneChunk) this.damage = "One chunk without names is not in the short form.";
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.damage = `${error.message} Images behind the damage may be lost.`;
      this.scan(start);
    }
  }

  readIndex(start) {
    const { bytes } = this;
    const lost = "The index is damaged or missing: truncated, or bytes added.";
    need(bytes.length >= start + 4, lost);
    const length = new ByteReader(bytes, bytes.length - 4).u32();
    const offset = bytes.length - 4 - length;
    need(length <= MOST_RECORD_BYTES && offset >= start && length > 5, lost);
    const record = new ByteReader(bytes.subarray(offset, bytes.length - 4));
    need(record.byte() === TAG_INDEX, lost);
    need(record.varint() === record.left - 4, lost);
    const body = record.take(record.left - 4);
    const reader = new ByteReader(body);
    const chunks = reader.varint();
    need(2 * chunks <= body.length && this.check(TAG_INDEX, chunks, body) === record.u32(), lost);
    need(chunks <= MOST_CHUNKS, "It has more chunks than this decoder opens.");
    const places = [];
    for (let number = 0, at = start; number <= chunks; number++) {
      if (number === chunks) need(at === offset && reader.left === 0, lost);
      else {
        const [count, size] = [reader.varint(), reader.varint()];
        need(count >= (this.version === VERSION ? 1 : 0) && count <= MOST_CHUNK_IMAGES, lost);
        need(size >= (count ? LEAST_CHUNK : LEAST_OTHER) && size <= MOST_RECORD_BYTES + 14, lost);
        places.push({ at, size, count, number });
        at += size;
      }
    }
    for (const place of places) this.place(place);
  }

  scan(start) {
    this.clear();
    const reader = new ByteReader(this.bytes, start);
    try {
      while (this.chunks < MOST_CHUNKS) {
        const offset = reader.at;
        if (reader.byte() !== TAG_CHUNK) return;
        const length = reader.varint();
        need(length <= MOST_RECORD_BYTES, "");
        const count = new ByteReader(reader.bytes.subarray(reader.at, reader.at + length)).varint();
        need(count >= 1 && count <= MOST_CHUNK_IMAGES, "");
        reader.take(length + 4);
        this.place({ at: offset, size: reader.at - offset, count, number: this.chunks });
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  /** The check of a record. */
  check(tag, number, body) {
    return crc32(body, crc32([tag, ...u32Bytes(number)], crc32(this.prefix)));
  }

  /** The body of a chunk, its check having held. */
  body(number) {
    const [tag, body] = this.record(this.places[number]);
    need(tag !== TAG_INDEX, "An index stands in the place of a chunk.");
    const other = this.version !== VERSION && isKnownOther(tag);
    need(!other, "A record without images stands in the place of a chunk.");
    if (tag !== TAG_CHUNK) throw laterRecord(tag);
    return body;
  }

  /** The tag and the body of a record, its check having held. */
  record({ at, size, number }) {
    const reader = new ByteReader(this.bytes.subarray(at, at + size));
    let tag = TAG_CHUNK;
    if (!this.short) {
      tag = reader.byte();
      need(reader.varint() === reader.left - 4, "The length of a chunk is damaged.");
    }
    need(reader.left >= 4, "The file is truncated.");
    const body = reader.take(reader.left - 4);
    const sound = this.check(tag, number, body) === reader.u32();
    need(sound, "Damaged or truncated: the checksum does not match.");
    return [tag, body];
  }

  /** Splits, as an array, and metadata, as a Map; a record of a later version is told last. */
  extras() {
    const extras = { splits: [], metadata: new Map() };
    const last = this.places.length ? this.places[this.places.length - 1].number : -1;
    let later = null;
    let rank = 0;
    for (const place of this.others) {
      const [tag, body] = this.record(place);
      need(tag !== TAG_CHUNK && tag !== TAG_INDEX, "A record stands in the place of another kind.");
      if (!isKnownOther(tag)) {
        later ??= laterRecord(tag);
        continue;
      }
      if (tag === TAG_SPLITS) extras.splits = readSplits(body, this.images);
      if (tag === TAG_METADATA) extras.metadata = readMetadata(body);
      const inOrder = place.number > last && (tag >= FIRST_SKIPPABLE || tag > rank);
      need(inOrder, "Splits and metadata are out of order.");
      rank = tag;
    }
    if (later) throw later;
    return extras;
  }
}

function isKnownOther(tag) {
  return tag === TAG_SPLITS || tag === TAG_METADATA || tag >= FIRST_SKIPPABLE;
}

function laterRecord(tag) {
  return unsupported(`It has a record of kind ${tag}`);
}
