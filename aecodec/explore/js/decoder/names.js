// Names of images in an archive: unpacking and checking (docs/FORMAT.md, "Names").

import { ByteReader, compareBytes, decodeText, need } from "./bytes.js";

const MOST_BYTES = 4096;
const SLASH = 0x2f;
const DAMAGED = "The names in the file are damaged.";

/** Read the `count` names of a chunk, as {text, bytes}. Their order is checked by `followNames`. */
export function unpackNames(data, count) {
  const reader = new ByteReader(data);
  const names = [];
  let last = new Uint8Array(0);
  for (let i = 0; i < count; i++) {
    const bytes = readName(reader, last);
    need(bytes.length <= MOST_BYTES, DAMAGED);
    const text = decodeText(bytes, "A name in the file is not UTF-8.");
    need(isSafe(text), "A name in the file is not a plain relative path.", "name");
    names.push({ text, bytes });
    last = bytes;
  }
  need(reader.left === 0, DAMAGED);
  return names;
}

/**
 * Check that names go on in order, and that none is the folder of another. `starts` are the names
 * that the last name before them starts with, itself included; returned are those of the new last
 * name. All names between `a` and `a/b` start with `a`, so nothing else need be remembered.
 */
export function followNames(names, starts) {
  const open = [...starts];
  for (const { text, bytes } of names) {
    const last = open[open.length - 1];
    need(!last || compareBytes(bytes, last) > 0, "A name stands twice or out of order.");
    while (open.length && !beginsWith(bytes, open[open.length - 1])) open.pop();
    const folder = open.length > 0 && bytes[open[open.length - 1].length] === SLASH;
    need(!folder, `The folder of ${text} is also the name of an image.`, "name");
    open.push(bytes);
  }
  return open;
}

function beginsWith(bytes, start) {
  return bytes.length >= start.length && compareBytes(bytes.subarray(0, start.length), start) === 0;
}

/** Whether a name is a relative path whose parts any file system may be given. */
function isSafe(name) {
  if (/^[A-Za-z]:/.test(name) || name.includes("\\")) return false;
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) return false;
  return Array.from(name, (letter) => letter.codePointAt(0)).every((c) => c > 0x9f || (c > 0x1f && c < 0x7f));
}

function readName(reader, before) {
  const shared = reader.varint();
  const next = successor(before);
  if (shared === 0) {
    need(next, DAMAGED);
    return next;
  }
  const front = shared - 1;
  const back = reader.varint();
  const middle = reader.take(reader.varint());
  need(front + back <= before.length && middle.length <= MOST_BYTES, DAMAGED);
  const tail = before.length - back;
  const name = Uint8Array.of(...before.subarray(0, front), ...middle, ...before.subarray(tail));
  checkPacking(before, name, front, back);
  need(!next || compareBytes(next, name) !== 0, DAMAGED);
  return name;
}

/** The one way to pack a name: as much as possible shared in front, then at the back. */
function checkPacking(before, name, front, back) {
  const most = Math.min(before.length, name.length);
  const ahead = (i) => before[i] === name[i];
  const behind = (i) => before[before.length - 1 - i] === name[name.length - 1 - i];
  need(front === most || !ahead(front), DAMAGED);
  need(back === most - front || !behind(back), DAMAGED);
}

/** The name with its last run of digits one higher at the same width, or null. */
function successor(name) {
  const isDigit = (byte) => byte >= 48 && byte <= 57;
  let at = name.length - 1;
  while (at >= 0 && !isDigit(name[at])) at--;
  const grown = name.slice();
  for (; at >= 0 && grown[at] === 57; at--) grown[at] = 48;
  if (at < 0 || !isDigit(name[at])) return null;
  grown[at]++;
  return grown;
}
