// Encoders of the kinds `classic` and `code16`: they find the codes that `aecodec compress` finds
// at its default effort (docs/FORMAT.md).

import { Network, PIXELS } from "../decoder/index.js";

const EVERY_BYTE = Array.from({ length: 256 }, (_, i) => i);

/** What maps 784 pixels to the payload of a model, or null where its file has no such encoder. */
export function makeEncoder(model, coder) {
  const { kind, arrays } = model;
  if (kind === "code16" && "encoder.table" in arrays) return new Code16Search(model, coder);
  if (kind !== "classic") return null;
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

function centred(pixels) {
  return Float64Array.from(pixels, (value) => value - 128);
}

function dot(a, b, offset, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[i] * b[offset + i];
  return sum;
}
