// Model files and embedded models (docs/FORMAT.md, "Model files"): their ids, kinds and arrays.

import { ByteReader, compareBytes, hex, judged, need, u32Bytes, unsupported } from "./bytes.js";
import { packMsgpack, readMsgpack } from "./msgpack.js";
import { sha256 } from "./sha256.js";

const MAGIC = [0xae, 0x4d, 0x0d, 0x0a];
const ID_BYTES = 8;
const MOST_FILE_BYTES = 2 ** 25;
const MOST_TABLE_BYTES = 2 ** 16;
const MOST_VALUES = 2 ** 24; // along one axis
const ARRAY_TYPES = {
  u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array,
};
const SIDE_ARRAYS = /^(encoder|stats)\./; // not needed to decode, and no part of the id
const MALFORMED = "A model's table is malformed.";

const isList = (value, length) => Array.isArray(value) && value.length === length;

/** The id of an embedded model, whose body this is, in hexadecimal. */
export function idOfBody(body) {
  return hex(sha256(body).subarray(0, ID_BYTES));
}

/**
 * Parse a model file into {id, kind, arrays}, the arrays by name as {type, shape, data}. Throws a
 * FileError of kind "model" where it is damaged, "unsupported" where it is of a later version.
 */
export function readModel(bytes) {
  return judged("model", () => {
    need(bytes.length <= MOST_FILE_BYTES, "A model file is longer than 32 MiB.");
    need(MAGIC.every((byte, i) => bytes[i] === byte), "This is not a model file (wrong first bytes).");
    const body = 5 + ID_BYTES;
    need(bytes.length >= body + 4 + ID_BYTES, "The model file is truncated.");
    if (bytes[4] !== 1) throw unsupported(`The model file has version ${bytes[4]}`);
    const end = bytes.length - ID_BYTES;
    const sound = idOfBody(bytes.subarray(0, end)) === hex(bytes.subarray(end));
    need(sound, "The model file is damaged: its checksum does not match.");
    const { needed, ...model } = parseBody(bytes.subarray(body, end));
    const id = hex(bytes.subarray(5, body));
    need(idOfBody(needed) === id, "The model file states an id that is not its own.");
    return { id, ...model };
  });
}

/** Parse the body of an embedded model into {kind, arrays}. */
export function readEmbeddedModel(body) {
  const { kind, arrays, needed } = parseBody(body);
  need(needed.length === body.length, "An embedded model has more than decoding needs.");
  return { kind, arrays };
}

/** {kind, arrays, needed}: the last is the body without the arrays that decoding does not need. */
function parseBody(body) {
  const reader = new ByteReader(body);
  const length = reader.u32();
  need(length <= MOST_TABLE_BYTES, "A model's table is too long.");
  const header = new ByteReader(reader.take(length));
  const content = readMsgpack(header);
  need(header.left === 0 && isList(content, 2), MALFORMED);
  const [kind, table] = content;
  need(typeof kind === "string" && Array.isArray(table), MALFORMED);
  const rows = table.map((row) => readRow(row, reader));
  need(reader.left === 0, "A model has bytes to spare.");
  for (let i = 1; i < rows.length; i++) {
    const [before, name] = [rows[i - 1], rows[i]].map((row) => new TextEncoder().encode(row.name));
    need(compareBytes(before, name) < 0, "A model's arrays are out of order.");
  }
  const arrays = Object.fromEntries(rows.map(({ name, type, shape, data }) => [name, { type, shape, data }]));
  return { kind, arrays, needed: neededBody(body, kind, rows) };
}

function readRow(row, reader) {
  need(isList(row, 3), MALFORMED);
  const [name, type, shape] = row;
  need(typeof name === "string" && typeof type === "string", MALFORMED);
  need(Object.hasOwn(ARRAY_TYPES, type), MALFORMED);
  need(Array.isArray(shape) && shape.length <= 4, MALFORMED);
  need(shape.every((size) => Number.isInteger(size) && size <= MOST_VALUES), MALFORMED);
  const Values = ARRAY_TYPES[type];
  const count = shape.reduce((product, size) => product * size, 1);
  const raw = reader.take(count * Values.BYTES_PER_ELEMENT);
  return { name, type, shape, raw, data: new Values(new Uint8Array(raw).buffer) };
}

/** The body that results when the arrays that decoding does not need are left out. */
function neededBody(body, kind, rows) {
  const needed = rows.filter(({ name }) => !SIDE_ARRAYS.test(name));
  if (needed.length === rows.length) return body;
  const header = packMsgpack([kind, needed.map(({ name, type, shape }) => [name, type, shape])]);
  return concatenated([u32Bytes(header.length), header, ...needed.map(({ raw }) => raw)]);
}

function concatenated(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
