// The part of MessagePack that headers use: arrays, strings, bytes, integers of at least 0, and
// booleans, each in its shortest form. Anything else throws a FileError.

const MSGPACK_DEPTH = 6;

function readMsgpack(reader, depth = 0) {
  need(depth < MSGPACK_DEPTH, "The header is damaged.");
  const shortest = (value, least) => {
    need(value >= least, "The header is damaged.");
    return value;
  };
  const items = (count) => Array.from({ length: count }, () => readMsgpack(reader, depth + 1));
  const text = (count) => decodeText(reader.take(count), "The header is damaged.");
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
    case 0xdc: return items(shortest(big(2), 16));
    default: throw new FileError("The header is damaged.");
  }
}
