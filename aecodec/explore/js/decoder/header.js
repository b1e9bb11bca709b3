// The header of an .aez file (docs/FORMAT.md, ".aez").

import { FileError, hex, need, textBytes, unsupported } from "./bytes.js";
import { crc32 } from "./crc32.js";
import { readLabelType } from "./labels.js";
import { readMsgpack, wholeMsgpack } from "./msgpack.js";
import { STORED_ID } from "./stored.js";

export const MAGIC = [0xae, 0x5a, 0x0d, 0x0a];
export const VERSION = 1;
export const MOST_CHUNK_IMAGES = 4096;
export const ID_BYTES = 8;

const MOST_IDS = 31;
const SEALED = 2; // the version whose header has a check of its own
const FIELDS = 5; // of it
const MOST_HEADER_BYTES = 2 ** 20;
const MOST_TITLE_BYTES = 255;
const MOST_MODEL_BYTES = 2 ** 25;
const DAMAGED = "The header is damaged.";

/**
 * Read a header as {version, ids, sizes, short, named, count, titles, labels}: the models' ids, the
 * bytes of each that is embedded, whether the file is in the short form, whether images have names,
 * how many there are in the short form, what people call the models, and the type of the labels or
 * null.
 */
export function readHeader(reader) {
  const magic = reader.bytes.subarray(0, MAGIC.length);
  const known = MAGIC.every((byte, i) => magic[i] === byte);
  need(known, "This is not an .aez file (wrong first bytes).");
  reader.at = MAGIC.length;
  const version = reader.byte();
  return version === VERSION ? readPlain(reader) : readSealed(reader, version);
}

function readPlain(reader) {
  const fields = countFields(reader);
  const ids = splitIds(readMsgpack(reader));
  const images = readMsgpack(reader);
  const counted = Number.isInteger(images) && images >= 1 && images <= MOST_CHUNK_IMAGES;
  need(typeof images === "boolean" || counted, "The header states an impossible number of images.");
  const sizes = fields === 3 ? readSizes(reader, ids) : ids.map(() => 0);
  const count = counted ? images : null;
  const titles = ids.map(() => "");
  return { version: VERSION, ids, sizes, short: counted, named: images === true, count, titles, labels: null };
}

function readSealed(reader, version) {
  const body = sealedBody(reader);
  if (!body && version !== SEALED) throw unsupported(`It has format version ${version}`);
  need(body && version === SEALED, DAMAGED);
  const [tag] = body;
  const bytes = { 0xdc: 2, 0xdd: 4 }[tag];
  const stated = bytes && body.length > bytes && body.subarray(1, 1 + bytes).reduce((value, byte) => value * 256 + byte, 0);
  if (stated > FIELDS || (tag > 0x90 + FIELDS && tag < 0xa0)) throw laterFields();
  const fields = wholeMsgpack(body);
  need(Array.isArray(fields) && fields.length === FIELDS, DAMAGED);
  const [joined, named, listed, titles, labels] = fields;
  const ids = splitIds(joined);
  need(typeof named === "boolean" && Array.isArray(listed) && Array.isArray(titles), DAMAGED);
  const sizes = listed.length ? checkSizes(listed, ids) : ids.map(() => 0);
  const short = (title) => typeof title === "string" && textBytes(title) <= MOST_TITLE_BYTES;
  need(titles.length === ids.length && titles.every(short), DAMAGED);
  return { version, ids, sizes, short: false, named, count: null, titles, labels: readLabelType(labels) };
}

/** The fields of a header of version 2, or null where its seal does not hold. */
function sealedBody(reader) {
  try {
    const size = reader.varint();
    need(size <= MOST_HEADER_BYTES, DAMAGED);
    const body = reader.take(size);
    const covered = reader.bytes.subarray(MAGIC.length + 1, reader.at);
    return crc32(covered, crc32([...MAGIC, SEALED])) === reader.u32() ? body : null;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return null;
  }
}

function laterFields() {
  return unsupported("Its header has fields of a later version");
}

/** 2 or 3: how many fields the header has. More are of a later version. */
function countFields(reader) {
  const tag = reader.byte();
  const bytes = { 0xdc: 2, 0xdd: 4 }[tag]; // of the number, where there are 16 fields or more
  const long = bytes && reader.take(bytes).reduce((value, byte) => value * 256 + byte, 0);
  if (long > 3 || (tag > 0x93 && tag < 0xa0)) throw laterFields();
  need(tag === 0x92 || tag === 0x93, DAMAGED);
  return tag - 0x90;
}

function splitIds(joined) {
  need(joined instanceof Uint8Array && joined.length % ID_BYTES === 0, DAMAGED);
  const at = Array.from({ length: joined.length / ID_BYTES }, (_, i) => ID_BYTES * i);
  const ids = at.map((start) => hex(joined.subarray(start, start + ID_BYTES)));
  const distinct = new Set(ids).size;
  need(distinct >= 1 && distinct <= MOST_IDS && distinct === ids.length, DAMAGED);
  return ids;
}

function readSizes(reader, ids) {
  const tag = reader.bytes[reader.at];
  if (tag >> 4 !== 9 && tag !== 0xdc) throw laterFields();
  return checkSizes(readMsgpack(reader), ids);
}

function checkSizes(sizes, ids) {
  const whole = sizes.every((size) => Number.isInteger(size) && size >= 0 && size <= MOST_MODEL_BYTES);
  need(whole && sizes.length === ids.length && sizes.some((size) => size > 0), DAMAGED);
  need(sizes.reduce((sum, size) => sum + size, 0) <= MOST_MODEL_BYTES, DAMAGED);
  need(!ids.some((id, i) => id === STORED_ID && sizes[i] > 0), DAMAGED);
  return sizes;
}
