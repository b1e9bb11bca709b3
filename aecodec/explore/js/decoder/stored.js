// Stored pixels: the coder without a model.

import { need } from "./bytes.js";
import { ExactCoder } from "./exact.js";
import { PIXELS } from "./network.js";

export const STORED_ID = "0".repeat(16);

export class StoredCoder extends ExactCoder {
  read(payload, count) {
    need(payload.length === count * PIXELS, "A payload has the wrong length.");
    return payload;
  }
}
