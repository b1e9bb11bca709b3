// An .aez file: its header, and where its chunks are (docs/FORMAT.md, ".aez").

const AEZ_MAGIC = [0xae, 0x5a, 0x0d, 0x0a];
const MAX_RECORD_BYTES = 2 ** 24;
const MAX_CHUNK_IMAGES = 4096;
const MAX_CHUNKS = 2 ** 20; // that the page opens
const MAX_MODEL_BYTES = 2 ** 25;
const TAG_CHUNK = 1;
const TAG_INDEX = 2;
const UPDATE = "Open it with a later aecodec.";

/** An opened .aez file: ids, short, named, images, and the places of its chunks. */
class AezFile {
  constructor(bytes) {
    this.bytes = bytes;
    const reader = new ByteReader(bytes);
    this.readHeader(reader);
    this.prefix = bytes.subarray(0, reader.at);
    for (const size of this.sizes) reader.take(size); // the page uses models of its own
    this.damage = "";
    this.offsets = [];
    this.lengths = [];
    this.counts = [];
    if (this.short) {
      need(reader.left <= MAX_RECORD_BYTES + 4, "The file is too long for its one chunk.");
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

  readHeader(reader) {
    const magic = reader.bytes.subarray(0, 4);
    const known = AEZ_MAGIC.every((byte, i) => magic[i] === byte);
    need(known, "This is not an .aez file (wrong first bytes).");
    reader.at = 4;
    const version = reader.byte();
    if (version !== 1) throw new FileError(`It has format version ${version}. ${UPDATE}`, "unsupported");
    const fields = reader.byte() - 0x90;
    const later = () => new FileError(`Its header has fields of a later version. ${UPDATE}`, "unsupported");
    if (fields > 3 && fields < 16) throw later();
    need(fields === 2 || fields === 3, "The header is damaged.");
    const [joined, images] = [readMsgpack(reader), readMsgpack(reader)];
    need(joined instanceof Uint8Array, "The header is damaged.");
    const third = reader.bytes[reader.at];
    if (fields === 3 && third >> 4 !== 9 && third !== 0xdc) throw later();
    this.sizes = fields === 3 ? readMsgpack(reader) : [];
    this.ids = Array.from({ length: joined.length / 8 }, (_, i) => hex(joined.subarray(8 * i, 8 * i + 8)));
    const distinct = new Set(this.ids).size;
    need(joined.length % 8 === 0 && distinct >= 1 && distinct <= 31, "The header is damaged.");
    need(distinct === this.ids.length, "The header is damaged.");
    const embedded = this.sizes.every((size) => Number.isInteger(size) && size <= MAX_MODEL_BYTES);
    const counts = fields === 2 || (this.sizes.length === distinct && this.sizes.some((size) => size > 0));
    const stored = this.ids.some((id, i) => id === STORED_ID && this.sizes[i] > 0);
    need(embedded && counts && !stored, "The header is damaged.");
    this.short = typeof images === "number";
    this.named = images === true;
    this.count = images;
    const counted = Number.isInteger(images) && images >= 1 && images <= MAX_CHUNK_IMAGES;
    need(typeof images === "boolean" || counted, "The header states an impossible number of images.");
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
    need(length <= MAX_RECORD_BYTES && offset >= start && length > 5, lost);
    const record = new ByteReader(bytes.subarray(offset, bytes.length - 4));
    need(record.byte() === TAG_INDEX, lost);
    need(record.varint() === record.left - 4, lost);
    const body = record.take(record.left - 4);
    const reader = new ByteReader(body);
    const chunks = reader.varint();
    need(2 * chunks <= body.length && this.check(TAG_INDEX, chunks, body) === record.u32(), lost);
    need(chunks <= MAX_CHUNKS, "It has more chunks than this page opens.");
    const places = [];
    for (let i = 0, at = start; i <= chunks; i++) {
      if (i === chunks) need(at === offset && reader.left === 0, lost);
      else {
        const [count, size] = [reader.varint(), reader.varint()];
        need(count >= 1 && count <= MAX_CHUNK_IMAGES && size <= MAX_RECORD_BYTES + 14, lost);
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
      while (this.chunks < MAX_CHUNKS) {
        const offset = reader.at;
        if (reader.byte() !== TAG_CHUNK) return;
        const length = reader.varint();
        need(length <= MAX_RECORD_BYTES, "");
        const count = new ByteReader(reader.bytes.subarray(reader.at, reader.at + length)).varint();
        need(count >= 1 && count <= MAX_CHUNK_IMAGES, "");
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
    if (tag !== TAG_CHUNK) throw new FileError(`It has a chunk of kind ${tag}. ${UPDATE}`, "unsupported");
    return body;
  }
}

/** The .aez file of one image, in named parts, as `aecodec compress` writes it. */
function singleFile(id, payload, pixels) {
  const bytes = (text) => text.match(/../g).map((pair) => parseInt(pair, 16));
  const prefix = [...AEZ_MAGIC, 1, 0x92, 0xc4, 8, ...bytes(id), 1];
  const coded = [...u32Bytes(crc32(pixels)), ...payload];
  const check = crc32(coded, crc32([TAG_CHUNK, 0, 0, 0, 0], crc32(prefix)));
  return [
    { name: "magic", bytes: prefix.slice(0, 4) },
    { name: "version", bytes: prefix.slice(4, 5) },
    { name: "header", bytes: prefix.slice(5, 8) },
    { name: "model", bytes: prefix.slice(8, 16) },
    { name: "images", bytes: prefix.slice(16) },
    { name: "pixel check", bytes: coded.slice(0, 4) },
    { name: "payload", bytes: coded.slice(4) },
    { name: "check", bytes: u32Bytes(check) },
  ];
}
