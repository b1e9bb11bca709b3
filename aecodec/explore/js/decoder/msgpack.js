// The part of MessagePack that headers use: arrays, strings, bytes, integers of at least 0, and
// booleans, each in its shortest form. Anything else throws a FileError.

import { FileError, decodeText, need } from "./bytes.js";

const MOST_DEEP = 6;
const MALFORMED = "The header is damaged.";

export function readMsgpack(reader, depth = 0) {
  need(depth < MOST_DEEP, MALFORMED);
  const shortest = (value, least) => {
    need(value >= least, MALFORMED);
    return value;
  };
  const items = (count) => {
    need(count <= reader.left, MALFORMED);
    return Array.from({ length: count }, () => readMsgpack(reader, depth + 1));
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
    case 0xcc: return shortest(big(1), 0x80);
    case 0xcd: return shortest(big(2), 0x100);
    case 0xce: return shortest(big(4), 0x10000);
    case 0xd9: return text(shortest(big(1), 32));
    case 0xda: return text(shortest(big(2), 0x100));
    case 0xdc: return items(shortest(big(2), 16));
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
