// Encoders: they find the codes that `aecodec compress` finds at its default effort
// (docs/FORMAT.md). A kind that has one has a file KIND_encoder.js.

import { makeClassicEncoder } from "./classic_encoder.js";
import { makeCode16Encoder } from "./code16_encoder.js";

const KINDS = new Map([["classic", makeClassicEncoder], ["code16", makeCode16Encoder]]);

/** What maps 784 pixels to the payload of a model, or null where there is no such encoder. */
export function makeEncoder(model, coder) {
  const make = KINDS.get(model.kind);
  return make ? make(model, coder) : null;
}
