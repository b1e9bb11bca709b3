import assert from "node:assert/strict";
import { test } from "node:test";

import { placeLabels } from "../../../aecodec/explore/js/page/labels.js";

const at = (x, y) => ({ x, y, width: 10, height: 4 });
const places = (...wanted) => placeLabels(wanted, 100, 50).map(({ x, y }) => [x, y]);

test("labels that would cover one before them are left out", () => {
  const found = places(at(20, 20), at(29, 23), at(30, 20), at(20, 24), at(25, 25));
  assert.deepEqual(found, [[20, 20], [30, 20], [20, 24]]);
});

test("labels near an edge are moved inside, and those of points out of view left out", () => {
  assert.deepEqual(places(at(1, 0), at(100, 49), at(-1, 20), at(50, 51)), [[5, 2], [95, 48]]);
});
