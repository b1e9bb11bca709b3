// An opened .aez file: its header, its embedded models, and where its chunks are.

import { crc32 } from "./crc32.js";
import { ByteReader, FileError, need, u32Bytes, unsupported } from "./bytes.js";
import { MOST_CHUNK_IMAGES, readHeader } from "./header.js";
import { idOfBody } from "./model.js";

export const TAG_CHUNK = 1;

const TAG_INDEX = 2;
const MOST_RECORD_BYTES = 2 ** 24;
const MOST_CHUNKS = 2 ** 20; // that this decoder opens

/**
 * An opened .aez file. Its header's fields, and: embedded, the bodies of models by id; images, how
 * many there are; chunks, how many; counts, the images of each; damage, what is wrong with the
 * index or an embedded model, or "".
 */
export class AezFile {
  constructor(bytes) {
    this.bytes = bytes;
    this.damage = "";
    const reader = new ByteReader(bytes);
    Object.assign(this, readHeader(reader));
    this.prefix = bytes.subarray(0, reader.at);
    this.readEmbedded(reader);
    this.offsets = [];
    this.lengths = [];
    this.counts = [];
    if (this.short) {
      need(reader.left <= MOST_RECORD_BYTES + 4, "The file is too long for its one chunk.");
      this.place(reader.at, reader.left, this.count);
    } else {
      this.readPlaces(reader.at);
    }
    this.images = this.counts.reduce((sum, count) => sum + count, 0);
  }

  get chunks() {
    return this.counts.length;
  }

  place(offset, length, count) {
    this.offsets.push(offset);
    this.lengths.push(length);
    this.counts.push(count);
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
      const oneChunk = this.chunks === 1 && !this.named;
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
    for (let i = 0, at = start; i <= chunks; i++) {
      if (i === chunks) need(at === offset && reader.left === 0, lost);
      else {
        const [count, size] = [reader.varint(), reader.varint()];
        need(count >= 1 && count <= MOST_CHUNK_IMAGES && size <= MOST_RECORD_BYTES + 14, lost);
        places.push([at, size, count]);
        at += size;
      }
    }
    for (const place of places) this.place(...place);
  }

  scan(start) {
    this.offsets = [];
    this.lengths = [];
    this.counts = [];
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
        this.place(offset, reader.at - offset, count);
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
    const offset = this.offsets[number];
    const reader = new ByteReader(this.bytes.subarray(offset, offset + this.lengths[number]));
    let tag = TAG_CHUNK;
    if (!this.short) {
      tag = reader.byte();
      need(reader.varint() === reader.left - 4, "The length of a chunk is damaged.");
    }
    need(reader.left >= 4, "The file is truncated.");
    const body = reader.take(reader.left - 4);
    const sound = this.check(tag, number, body) === reader.u32();
    need(sound, "Damaged or truncated: the checksum does not match.");
    need(tag !== TAG_INDEX, "An index stands in the place of a chunk.");
    if (tag !== TAG_CHUNK) throw unsupported(`It has a record of kind ${tag}`);
    return body;
  }
}
