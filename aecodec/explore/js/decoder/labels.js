// Labels of images (docs/FORMAT.md, "Labels"): what they are, and those of a chunk.

import { ByteReader, ascending, need, textBytes } from "./bytes.js";
import { wholeMsgpack } from "./msgpack.js";
import { RangeDecoder } from "./range.js";

const MOST_VALUES = 4096;
const MOST_WIDTH = 4096;
const MOST_BYTES = 1024;
const SLOTS = 65536;
const MALFORMED = "The labels are malformed.";

/** The label type of a header's field as {type, width, values, classes}, or null for none. */
export function readLabelType(field) {
  need(Array.isArray(field) && (field.length === 0 || field.length === 4), MALFORMED);
  if (field.length === 0) return null;
  const [type, width, values, classes] = field;
  need(typeof type === "string" && Number.isInteger(width) && width >= 0 && width <= MOST_WIDTH, MALFORMED);
  need(Array.isArray(values) && Array.isArray(classes), MALFORMED);
  const positions = width > 1 && values.length > 0;
  const known = type === "str" ? width <= 1 : integers(type) || (positions && (type === "f4" || type === "f8"));
  need(known, MALFORMED);
  const labels = { type, width, values, classes };
  need(values.length <= MOST_VALUES && values.every((value) => allows(labels, value)), MALFORMED);
  const rising = type === "str" ? ascending(values) : values.every((value, i) => i === 0 || values[i - 1] < value);
  need(rising && (classes.length === 0 || classes.length === values.length), MALFORMED);
  need(classes.every((name) => isText(name)), MALFORMED);
  return labels;
}

/** The least integer of a type and the first past its last, or null where it is none of integers. */
function integers(type) {
  if (type === "bool") return [0, 2];
  const [, sign, size] = /^([ui])([1248])$/.exec(type) ?? [];
  if (!sign) return null;
  const span = 2n ** BigInt(8 * size);
  return sign === "u" ? [0n, span] : [-span / 2n, span / 2n];
}

function isText(value) {
  return typeof value === "string" && textBytes(value) <= MOST_BYTES;
}

function allows({ type, width, values }, label) {
  if (type === "str") return isText(label);
  const within = (number, [least, end]) => ["number", "bigint"].includes(typeof number) && number >= least && number < end;
  if (width <= 1) return within(label, integers(type));
  if (values.length > 0) return within(label, [0, width]);
  return Array.isArray(label) && label.length === width && label.every((number) => within(number, integers(type)));
}

/** The labels of a chunk of `count` images: numbers, BigInts, strings, or rows of numbers. */
export function unpackLabels(labels, bytes, count) {
  const { values } = labels;
  if (values.length === 0) {
    const found = wholeMsgpack(bytes);
    need(Array.isArray(found) && found.length === count && found.every((label) => allows(labels, label)), MALFORMED);
    return found;
  }
  const reader = new ByteReader(bytes);
  const counts = readCounts(reader, values.length, count);
  const used = [...counts.keys()].filter((at) => counts[at] > 0);
  const starts = startsOf(used.map((at) => counts[at]), count);
  const source = new RangeDecoder(reader.take(reader.left));
  const left = used.map((at) => counts[at]);
  const found = [];
  for (let i = 0; i < count; i++) {
    const symbol = source.symbol(starts);
    left[symbol] -= 1;
    found.push(values[used[symbol]]);
  }
  source.finish();
  need(left.every((times) => times === 0), MALFORMED);
  return found;
}

/** How many images have each value, by the counts that stand before the payload. */
function readCounts(reader, values, count) {
  const counts = [];
  let left = count;
  for (let zero = false; left > 0 && counts.length < values - 1;) {
    const times = reader.varint();
    need(times <= left && !(zero && times === 0), MALFORMED);
    counts.push(times);
    left -= times;
    zero = times === 0;
    if (zero) {
      const run = reader.varint();
      need(run < values - counts.length, MALFORMED);
      for (let i = 0; i < run; i++) counts.push(0);
    }
  }
  while (counts.length < values - 1) counts.push(0);
  if (counts.length < values) counts.push(left);
  return counts;
}

function startsOf(odds, sum) {
  let before = 0;
  return [0, ...odds].map((times, symbol) => {
    before += times;
    return symbol + Math.floor((before * (SLOTS - odds.length)) / sum);
  });
}
