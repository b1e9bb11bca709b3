// The encoder of the kind `classic`: the network, or the search of a table where there is one.

import { Network } from "../decoder/index.js";
import { EVERY_BYTE, centred, dot } from "./scores.js";

/** What maps 784 pixels to a payload, or null where the model's file has no encoder. */
export function makeClassicEncoder(model, coder) {
  const { arrays } = model;
  if ("encoder.table" in arrays && coder.latents === 2) return new ClassicSearch(model);
  return "encoder.clips" in arrays ? new ClassicEncoder(model) : null;
}

/** The encoder network. */
class ClassicEncoder {
  constructor(model) {
    this.network = new Network(model, "encoder");
  }

  encode(pixels) {
    return Uint8Array.from(this.network.run(centred(pixels)));
  }
}

/** A search of the 256 x 256 codes by their distance in a projection. */
class ClassicSearch {
  constructor(model) {
    this.project = new Network(model, "encoder.project");
    this.table = model.arrays["encoder.table"].data;
    this.norms = model.arrays["encoder.norms"].data;
  }

  encode(pixels) {
    const row = this.project.run(centred(pixels));
    const coarse = EVERY_BYTE.filter((byte) => byte % 4 === 2);
    const [first, second] = this.best(row, coarse, coarse);
    const near = (middle) => [middle - 2, middle - 1, middle, middle + 1];
    return Uint8Array.from(this.best(row, near(first), near(second)));
  }

  /** The best of the codes, the lowest where several are equal. */
  best(row, firsts, seconds) {
    let found = [];
    let highest = -Infinity;
    for (const first of firsts) {
      for (const second of seconds) {
        const code = first * 256 + second;
        const score = dot(row, this.table, code * row.length, row.length) - this.norms[code];
        if (score > highest) [highest, found] = [score, [first, second]];
      }
    }
    return found;
  }
}
