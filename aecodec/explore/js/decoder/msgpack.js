// The part of MessagePack that .aez and model files use, each value in its shortest form. Anything
// else throws a FileError.

import { ByteReader, FileError, decodeText, need } from "./bytes.js";

const MOST_DEEP = 6;
const MALFORMED = "The header is damaged.";

/** Read an array, string, bytes, boolean, or integer of 0 to 2^32 - 1. */
export function readMsgpack(reader, depth = 0) {
  return readValue(reader, depth, readMsgpack);
}

/**
 * Read what `readMsgpack` does, or, as version 2 of the container has them, a negative integer, one
 * of 64 bits (a BigInt where a number is not exact), or a map (a Map).
 */
export function readWideMsgpack(reader, depth = 0) {
  need(depth < MOST_DEEP, MALFORMED);
  const tag = reader.bytes[reader.at];
  const signed = { 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 }[tag];
  if (tag >= 0xe0) return reader.byte() - 256;
  if (signed || tag === 0xcf) return readInteger(reader, signed);
  if (tag >> 4 === 8 || tag === 0xde) return readMap(reader, depth);
  return readValue(reader, depth, readWideMsgpack);
}

/** The one value that takes all of `bytes`. */
export function wholeMsgpack(bytes) {
  const reader = new ByteReader(bytes);
  const value = readWideMsgpack(reader);
  need(reader.left === 0, MALFORMED);
  return value;
}

function readInteger(reader, signed) {
  reader.byte();
  const bits = BigInt(8 * (signed ?? 8));
  const raw = reader.take(signed ?? 8).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  const value = signed ? BigInt.asIntN(Number(bits), raw) : raw;
  const most = signed === 1 ? -33n : -(2n ** (bits / 2n - 1n)) - 1n; // what the next shorter form has not
  need(signed ? value <= most : value >= 2n ** 32n, MALFORMED);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readMap(reader, depth) {
  const tag = reader.byte();
  const count = tag === 0xde ? reader.byte() * 256 + reader.byte() : tag - 0x80;
  need(tag !== 0xde || count >= 16, MALFORMED);
  const map = new Map();
  for (let i = 0; i < count; i++) {
    const key = readWideMsgpack(reader, depth + 1);
    need(typeof key === "string" && !map.has(key), MALFORMED);
    map.set(key, readWideMsgpack(reader, depth + 1));
  }
  return map;
}

function readValue(reader, depth, readItem) {
  need(depth < MOST_DEEP, MALFORMED);
  const shortest = (value, least) => {
    need(value >= least, MALFORMED);
    return value;
  };
  const items = (count) => {
    need(count <= reader.left, MALFORMED);
    return Array.from({ length: count }, () => readItem(reader, depth + 1));
  };
  const text = (count) => decodeText(reader.take(count), MALFORMED);
  const big = (count) => reader.take(count).reduce((value, byte) => value * 256 + byte, 0);
  const tag = reader.byte();
  if (tag < 0x80) return tag;
  if (tag >= 0x90 && tag < 0xa0) return items(tag - 0x90);
  if (tag >= 0xa0 && tag < 0xc0) return text(tag - 0xa0);
  switch (tag) {
    case 0xc2: return false;
    case 0xc3: return true;
    case 0xc4: return reader.take(reader.byte());
    case 0xc5: return reader.take(shortest(big(2), 0x100));
    case 0xcc: return shortest(big(1), 0x80);
    case 0xcd: return shortest(big(2), 0x100);
    case 0xce: return shortest(big(4), 0x10000);
    case 0xd9: return text(shortest(big(1), 32));
    case 0xda: return text(shortest(big(2), 0x100));
    case 0xdc: return items(shortest(big(2), 16));
    case 0xdd: return items(shortest(big(4), 0x10000));
    default: throw new FileError(MALFORMED);
  }
}

/** Arrays, strings and integers of 0 to 2^32 - 1 as bytes, each in its shortest form. */
export function packMsgpack(value) {
  if (Number.isInteger(value)) {
    if (value < 0x80) return [value];
    return value < 0x100 ? [0xcc, value] : sized(value, [0xcd, 0xce]);
  }
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    if (bytes.length < 32) return [0xa0 + bytes.length, ...bytes];
    return [...(bytes.length < 0x100 ? [0xd9, bytes.length] : sized(bytes.length, [0xda, 0xdb])), ...bytes];
  }
  const front = value.length < 16 ? [0x90 + value.length] : sized(value.length, [0xdc, 0xdd]);
  return front.concat(...value.map(packMsgpack));
}

/** A tag and a number in 2 bytes, or where it is larger in 4. */
function sized(number, [two, four]) {
  const bytes = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
  return number < 0x10000 ? [two, ...bytes.slice(2)] : [four, ...bytes];
}
