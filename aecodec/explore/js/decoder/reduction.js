// How black-and-white originals are reduced to grey images (docs/FORMAT.md, kind `scan`). Every
// operation is one of binary32: Math.fround of a sum, product or quotient of two such numbers in
// doubles is the one that binary32 gives.

import { need } from "./bytes.js";
import { SIDE, takeArray } from "./network.js";

const TIMES = 4; // the box: the side of the largest original, of models that do not say
const MOST_TIMES = 4.5; // of those that do
const MIDDLE = 128;
const ROUNDINGS = [
  (grey) => Math.trunc(Math.fround(grey - MIDDLE)) + MIDDLE,
  (grey) => Math.min(Math.floor(Math.fround(grey + 0.5)), 255),
  (grey) => Math.min(Math.floor(grey), 255),
];

export class Reduction {
  constructor(model) {
    const numbers = takeArray(model, "scan.resampling", ["u2"], 1).data;
    need(numbers.length === 3 || numbers.length === 4, "The resampling is not three or four numbers.");
    const [box, shrink, rounding, largest = TIMES * box] = numbers;
    need(box >= 8 && box <= SIDE && shrink >= 500 && shrink <= 1000, "The box or the shrink is out of range.");
    need(rounding < ROUNDINGS.length, "The resampling rounds in no known way.");
    need(largest >= box && largest <= MOST_TIMES * box, "The largest original is out of range.");
    Object.assign(this, { box, shrink, rounding, largest });
    this.axes = new Map();
  }

  /** The image of an original of `side` rows of bits, into `out`. */
  draw(bits, side, out) {
    need(bits.includes(1), "An original is empty.");
    const { box } = this;
    const greys = this.rounded(this.sums(bits, side));
    const [top, left] = corner(greys, box);
    need(Math.min(top, left) >= 0 && Math.max(top, left) <= SIDE - box, "An original does not lie in its image.");
    greys.forEach((grey, i) => {
      out[(top + Math.floor(i / box)) * SIDE + left + (i % box)] = grey;
    });
  }

  sums(bits, side) {
    const { box } = this;
    const axis = this.axis(side);
    const sums = new Float32Array(box * box); // rounds what it holds to binary32
    for (let i = 0; i < bits.length; i++) {
      if (!bits[i]) continue;
      for (const [row, high] of axis[Math.floor(i / side)]) {
        for (const [column, wide] of axis[i % side]) sums[row * box + column] += Math.fround(high * wide);
      }
    }
    return sums;
  }

  rounded(sums) {
    const scale = Math.fround(255 / sums.reduce((a, b) => Math.max(a, b)));
    return Uint8Array.from(sums, (sum) => ROUNDINGS[this.rounding](Math.fround(sum * scale)));
  }

  /** For each row (or column) of originals of a side: those of the box it falls on, and its shares. */
  axis(side) {
    if (!this.axes.has(side)) {
      this.axes.set(side, Array.from({ length: side }, (_, source) => this.shares(source, side)));
    }
    return this.axes.get(side);
  }

  shares(source, side) {
    const { box, shrink } = this;
    const scale = Math.fround(box / side);
    const left = Math.max(Math.fround(box / 2 + Math.fround(scale * (source - side / 2))), 0);
    const right = Math.fround(left + (shrink / 1000) * scale); // in doubles till here
    const first = Math.floor(left);
    const last = Math.min(Math.max(Math.ceil(right) - 1, first), box - 1);
    if (first === last) return [[first, scale]];
    return [[first, Math.fround(first + 1 - left)], [last, Math.fround(right - last)]];
  }
}

/** Where the box begins: the centre of mass of its greys lies in the pixel after the middle. */
function corner(greys, box) {
  if (box === SIDE) return [0, 0];
  let mass = 0, down = 0, right = 0;
  greys.forEach((grey, i) => {
    mass += grey;
    down += grey * (2 * Math.floor(i / box) + 1);
    right += grey * (2 * (i % box) + 1);
  });
  return [down, right].map((moment) => SIDE / 2 - Math.floor(moment / (2 * mass)));
}
