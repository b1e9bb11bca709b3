// The encoder of the kind `code16`: a search of its 65,536 codes.

import { Network, PIXELS } from "../decoder/index.js";
import { EVERY_BYTE, centred, dot } from "./scores.js";

/** What maps 784 pixels to a payload, or null where the model's file has no encoder. */
export function makeCode16Encoder(model, coder) {
  return "encoder.table" in model.arrays ? new Code16Search(model, coder) : null;
}

const REGIONS = 20; // searched
const CANDIDATES = 6; // decoded

/** A search of the regions, then of their codes, by distance in a projection; the nearest are drawn. */
class Code16Search {
  constructor(model, coder) {
    this.coder = coder;
    this.project = new Network(model, "encoder.project");
    this.table = model.arrays["encoder.table"].data;
    const width = this.project.outputs;
    this.middles = new Int16Array(256 * width);
    for (const region of EVERY_BYTE) {
      for (let d = 0; d < width; d++) {
        let sum = 128;
        for (const point of EVERY_BYTE) sum += this.table[(region * 256 + point) * width + d];
        this.middles[region * width + d] = sum >> 8;
      }
    }
  }

  encode(pixels) {
    const x = centred(pixels);
    const row = this.project.run(x);
    const regions = this.highest(row, this.middles, EVERY_BYTE, REGIONS);
    const codes = regions.flatMap((region) => EVERY_BYTE.map((point) => region * 256 + point));
    let found = 0;
    let highest = -Infinity;
    for (const code of this.highest(row, this.table, codes, CANDIDATES)) {
      const score = this.closeness(x, code);
      if (score > highest) [highest, found] = [score, code];
    }
    return Uint8Array.of(found >> 8, found & 255);
  }

  /** The `count` rows that score highest, ascending; the lower one where two are equal. */
  highest(row, table, numbers, count) {
    const width = row.length;
    const scored = numbers.map((number) => {
      const at = number * width;
      const square = dot(table.subarray(at, at + width), table, at, width);
      return { number, score: dot(row, table, at, width) - 8 * square };
    });
    scored.sort((a, b) => b.score - a.score || a.number - b.number);
    return scored.slice(0, count).map((entry) => entry.number).sort((a, b) => a - b);
  }

  /** The squared length of `x` minus the squared error of the code's image. */
  closeness(x, code) {
    const latents = this.coder.latentsOf(code >> 8, code & 255, new Int16Array(this.coder.latents));
    const drawn = centred(this.coder.draw(latents, new Uint8Array(PIXELS)));
    return 2 * dot(x, drawn, 0, PIXELS) - dot(drawn, drawn, 0, PIXELS);
  }
}
