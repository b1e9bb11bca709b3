// What an .aez file of version 2 has beside its chunks: splits and metadata (docs/FORMAT.md).

import { ascending, need, textBytes } from "./bytes.js";
import { wholeMsgpack } from "./msgpack.js";

export const TAG_SPLITS = 3;
export const TAG_METADATA = 4;
export const FIRST_SKIPPABLE = 0x80;

const MOST_RUNS = 65536;
const MOST_METADATA_BYTES = 2 ** 16;
const MOST_NAME_BYTES = 255;
const MOST_DEEP = 4;
const SPLITS = "The splits are malformed.";
const METADATA = "The metadata are malformed.";

/** Runs of images as {name, images}; together they have `images`. */
export function readSplits(body, images) {
  const runs = wholeMsgpack(body);
  need(Array.isArray(runs) && runs.length >= 1 && runs.length <= MOST_RUNS, SPLITS);
  let sum = 0;
  for (const [i, run] of runs.entries()) {
    need(Array.isArray(run) && run.length === 2 && isName(run[0]) && !/\p{Cc}/u.test(run[0]), SPLITS);
    need(Number.isInteger(run[1]) && run[1] >= 1 && (i === 0 || runs[i - 1][0] !== run[0]), SPLITS);
    sum += run[1];
  }
  need(sum === images, "The splits have not as many images as the file.");
  return runs.map(([name, count]) => ({ name, images: count }));
}

/** A Map of strings to strings, bytes, booleans, integers, and arrays of these. */
export function readMetadata(body) {
  need(body.length <= MOST_METADATA_BYTES, METADATA);
  const metadata = wholeMsgpack(body);
  need(metadata instanceof Map && metadata.size > 0, METADATA);
  const keys = [...metadata.keys()];
  need(keys.every(isName) && ascending(keys), METADATA);
  need([...metadata.values()].every((value) => isPlain(value, MOST_DEEP)), METADATA);
  return metadata;
}

function isName(value) {
  if (typeof value !== "string") return false;
  const bytes = textBytes(value);
  return bytes >= 1 && bytes <= MOST_NAME_BYTES;
}

function isPlain(value, deep) {
  if (Array.isArray(value)) return deep > 0 && value.every((item) => isPlain(item, deep - 1));
  return !(value instanceof Map);
}
