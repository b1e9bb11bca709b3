// The decoder's parts against Node's own, and what a caller of it may do wrong.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FileError, crc32, decode } from "../../../aecodec/explore/js/decoder/index.js";
import { ByteReader } from "../../../aecodec/explore/js/decoder/bytes.js";
import { packMsgpack, readMsgpack } from "../../../aecodec/explore/js/decoder/msgpack.js";
import { sha256 } from "../../../aecodec/explore/js/decoder/sha256.js";

const VECTORS = new URL("../../vectors/", import.meta.url);
const read = (name) => readFileSync(new URL(name, VECTORS));
const someBytes = (length) => Uint8Array.from({ length }, (_, i) => (i * i * 7 + i) & 255);

test("SHA-256 at every length of the last block", () => {
  for (let length = 0; length < 200; length++) {
    const expected = createHash("sha256").update(someBytes(length)).digest("hex");
    assert.equal(Buffer.from(sha256(someBytes(length))).toString("hex"), expected);
  }
});

test("CRC-32, at once and continued", () => {
  const bytes = new TextEncoder().encode("123456789");
  assert.equal(crc32(bytes), 0xcbf43926); // the check value of the catalogues of CRCs
  for (let at = 0; at <= bytes.length; at++) {
    assert.equal(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), 0xcbf43926);
  }
});

test("msgpack is read as it is packed", () => {
  const long = (length) => "ä".repeat(length);
  const value = [0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, "", long(15), long(16), long(127), long(128), Array(16).fill(1)];
  const reader = new ByteReader(Uint8Array.from(packMsgpack(value)));
  assert.deepEqual(readMsgpack(reader), value);
  assert.equal(reader.left, 0);
});

test("a part of a larger buffer is decoded as if it stood alone", () => {
  const inside = (data) => {
    const larger = new Uint8Array(data.length + 9);
    larger.set(data, 3);
    return larger.subarray(3, 3 + data.length);
  };
  const model = read("models/tiny-k2.aem");
  const alone = [...decode(read("good/one.aez"), [model])];
  assert.deepEqual([...decode(inside(read("good/one.aez")), [inside(model)])], alone);
});

test("a model that was not given is named", () => {
  const error = { name: "FileError", kind: "unknown", message: /44832bf562d552cd/ };
  assert.throws(() => [...decode(read("good/one.aez"))], error);
});

test("each prefix and each flipped byte of a file is refused", () => {
  const models = [read("models/tiny-k2.aem"), read("models/tiny-k3.aem")];
  refuseDamage(read("good/named-two-models.aez"), models);
  refuseDamage(read("good/embedded.aez"), []);
});

function refuseDamage(whole, models) {
  const refused = (bytes) => assert.throws(() => [...decode(bytes, models)], (error) => {
    assert.ok(error instanceof FileError, error);
    return ["damaged", "unsupported"].includes(error.kind);
  });
  for (let length = 0; length < whole.length; length += length < 500 ? 1 : 97) refused(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at++) {
    const bytes = Uint8Array.from(whole);
    bytes[at] ^= 1 << (at % 8);
    refused(bytes);
  }
}
