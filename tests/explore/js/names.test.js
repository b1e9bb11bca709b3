import assert from "node:assert/strict";
import { test } from "node:test";

import { followNames } from "../../../aecodec/explore/js/decoder/names.js";

const named = (...texts) => texts.map((text) => ({ text, bytes: new TextEncoder().encode(text) }));
const follow = (texts, starts = []) => followNames(named(...texts), starts);

test("names ascend by their bytes, across chunks too", () => {
  follow(["B", "a", "a-b", "b/c", "b/d", "\uffff", "\u{10000}"]); // not the order of UTF-16
  assert.throws(() => follow(["b", "a"]), { kind: "damaged" });
  assert.throws(() => follow(["a", "a"]), { kind: "damaged" });
  assert.throws(() => follow(["a"], follow(["b"])), { kind: "damaged" });
});

test("no name is the folder of another, across chunks too", () => {
  for (const texts of [["a", "a/b"], ["a", "a-", "a.b", "a/b"], ["x", "xy", "xy/z"], ["ä", "ä/ö/ü"]]) {
    assert.throws(() => follow(texts), { kind: "name" });
    assert.throws(() => follow(texts.slice(1), follow(texts.slice(0, 1))), { kind: "name" });
  }
  follow(["a", "ab/c", "b", "b0", "c/b"]);
});
