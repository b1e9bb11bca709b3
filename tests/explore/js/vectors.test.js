// Every vector, decoded in Node as docs/FORMAT.md says: `node --test` runs this file.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { AezFile, FileError, decode, makeCoder, readModel } from "../../../aecodec/explore/js/decoder/index.js";

const VECTORS = new URL("../../vectors/", import.meta.url);
const read = (name) => readFileSync(new URL(name, VECTORS));
const expected = Object.entries(JSON.parse(read("expected.json")));
const models = expected.filter(([name]) => name.startsWith("models/")).map(([name]) => read(name));

const KIND_OF_ERROR = {
  CorruptFileError: "damaged",
  DecodingError: "pixels",
  InvalidModelError: "model",
  UnknownModelError: "unknown",
  UnsafeNameError: "name",
  UnsupportedFileError: "unsupported",
};

for (const [name, result] of expected) {
  test(name, () => {
    if (typeof result === "string") assert.throws(() => open(name), isOneOf(result.split(" ")));
    else if (name.endsWith(".aem")) assert.equal(readModel(read(name)).id, result.id);
    else {
      checkImages([...decode(read(name), models)], result);
      checkExtras(new AezFile(read(name)).extras(), result);
    }
  });
}

function open(name) {
  return name.endsWith(".aem") ? makeCoder(readModel(read(name))) : [...decode(read(name), models)];
}

function isOneOf(errors) {
  const kinds = errors.map((error) => KIND_OF_ERROR[error]);
  return (error) => {
    assert.ok(error instanceof FileError, error);
    assert.ok(kinds.includes(error.kind), `${error.kind}, not ${kinds}: ${error.message}`);
    return true;
  };
}

function checkImages(images, result) {
  const hash = createHash("sha256");
  for (const { pixels } of images) hash.update(pixels);
  assert.equal(images.length, result.images);
  assert.equal(hash.digest("hex"), result.sha256);
  assert.deepEqual(images.map(({ name }) => name).filter((name) => name !== null), result.names ?? []);
  const labels = images.map(({ label }) => label).filter((label) => label !== null);
  assert.deepEqual(labels.map(String), (result.labels ?? []).map(String));
}

function checkExtras({ splits, metadata }, result) {
  assert.deepEqual(splits.map(({ name, images }) => [name, images]), result.splits ?? []);
  assert.deepEqual([...metadata].map(([key, value]) => [key, plain(value)]), Object.entries(result.metadata ?? {}));
}

/** A value as `expected.json` has it: bytes as hexadecimal, and integers past 2^53 as text. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "bigint" ? String(value) : value;
}
