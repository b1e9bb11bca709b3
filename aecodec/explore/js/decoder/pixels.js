// The kind `pixels`: every pixel under a distribution that two networks give from those before it.

import { need } from "./bytes.js";
import { ExactCoder } from "./exact.js";
import { Lanes } from "./lanes.js";
import { PIXELS, SIDE, takeArray } from "./network.js";
import { LIMIT, ResidualNetwork, bounds } from "./residual.js";

const LEVELS = 256;
const MOST_REACH = 14;
const MOST_LANES = 64;
const IMAGES_A_LANE = 16;
export const MOST_BYTES = 4 * PIXELS + 8; // that an image can take
const PAIRS = [
  [0, 2], [1, 2], [1, 3], [0, 4], [1, 5], [0, 1], [0, 3], [2, 7], [3, 6], [2, 9], [3, 10], [4, 8],
];

export class PixelsCoder extends ExactCoder {
  constructor(model) {
    super();
    this.readWindow(model);
    this.value = new ContextNetwork(model, "value", [-128, 127], false);
    this.flat = new ContextNetwork(model, "flat", [0, 127], true);
    this.embedding = takeArray(model, "value.embedding", ["i1"], 2);
    this.kernels = takeArray(model, "value.kernels", ["i1"], 2);
    this.odds = takeArray(model, "value.odds", ["u2"], 1).data;
    this.differs = takeArray(model, "flat.frequencies", ["u2"], 1).data;
    const shift = takeArray(model, "value.kernel_shift", ["u1"], 1).data;
    need(shift.length === 1 && shift[0] <= 15, "The kernels' shift is out of range.");
    this.shift = shift[0];
    this.check();
    this.logits = new Float64Array(LEVELS);
    this.starts = new Float64Array(LEVELS + 1);
    this.kernel = new Float64Array(2 * LEVELS - 1);
  }

  readWindow(model) {
    const { shape, data } = takeArray(model, "window.offsets", ["i1"], 2);
    const sizes = takeArray(model, "window.sizes", ["u1"], 1).data;
    need(shape[1] === 2 && sizes.length === 2, "The window has a wrong shape.");
    this.offsets = Array.from({ length: shape[0] }, (_, k) => [data[2 * k], data[2 * k + 1]]);
    [this.flatSize, this.near] = sizes;
    const known = ([down, right]) => (down < 0 || (down === 0 && right < 0)) &&
      Math.max(Math.abs(down), Math.abs(right)) <= MOST_REACH;
    need(this.offsets.every(known), "The window reaches what is not known yet, or too far.");
    need(this.offsets.slice(0, 3).join(";") === "0,-1;-1,0;-1,-1", "The window has a wrong start.");
    const count = this.offsets.length;
    const fits = this.near >= 11 && this.near <= count && this.flatSize >= 1 && this.flatSize < count;
    need(fits, "The sizes of the window do not fit it.");
  }

  check() {
    const { value, flat, near, embedding, kernels, odds, differs } = this;
    const count = this.offsets.length;
    need(embedding.shape[0] === LEVELS && kernels.shape[1] === 2 * LEVELS - 1, "A table has a wrong shape.");
    this.rank = kernels.shape[0];
    const [low, high] = [Math.min(value.last.low, 0), Math.max(value.last.high, 0)];
    const half = new Float64Array(2 * LEVELS - 1).fill(this.shift ? 2 ** (this.shift - 1) : 0);
    const most = bounds(kernels.data, half, low, high);
    need(most.every((bound) => bound < LIMIT), "The sums of the kernels could leave 2^24.");
    const inputs = near * embedding.shape[1] + 2 * count + PAIRS.length;
    const outputs = LEVELS + 3 * this.rank + near + 4;
    need(value.inputs === inputs && value.last.outputs === outputs, "The values do not fit the window.");
    need(flat.inputs === 2 * (count - this.flatSize) && flat.last.outputs === 1, "A network does not fit the window.");
    this.reach = (differs.length - 1) / 2;
    need(flat.last.low === -this.reach && flat.last.high === this.reach, "The frequencies do not fit.");
    need(odds[0] === 32768 && odds.every((o) => o <= 32768) && differs.every((f) => f > 0), "Odds are out of range.");
  }

  /** The pixels of `count` images. */
  read(payload, count) {
    need(payload.length <= count * (MOST_BYTES + 4), "A payload is longer than its images can take.");
    const lanes = new Lanes(payload, Math.min(Math.max(Math.floor(count / IMAGES_A_LANE), 1), MOST_LANES));
    const pixels = this.readImages(lanes, count);
    lanes.finish();
    return pixels;
  }

  /** The pixels of `count` images, whose passes come next. */
  readImages(lanes, count) {
    const images = Array.from({ length: count }, () => new Image(this.value));
    for (let position = 0; position < PIXELS; position++) this.readPixel(images, position, lanes);
    const out = new Float64Array(count * PIXELS);
    images.forEach((image, i) => out.set(image.pixels, i * PIXELS));
    return out;
  }

  readPixel(images, position, lanes) {
    const rest = [];
    const nextFlag = lanes.pass();
    for (const image of images) {
      const v = image.context(this.offsets, position);
      let differs = true;
      const flat = position > 0 && v.slice(0, this.flatSize).every((level) => level === v[0]);
      if (flat) {
        const same = 65536 - this.frequency(v, position);
        differs = nextFlag([0, same, 65536]) === 1;
      }
      if (differs) rest.push([image, v, flat]);
      else image.put(position, v[0]);
    }
    const nextLevel = lanes.pass();
    for (const [image, v, flat] of rest) {
      const level = nextLevel(this.slots(image, v, position));
      need(!flat || level !== v[0], "A pixel that differs from its flat context does not.");
      image.put(position, level);
    }
  }

  /** How often, of 65536 times, a pixel differs from its flat context. */
  frequency(v, position) {
    const apart = v.slice(this.flatSize).map((level) => Math.abs(level - v[0]));
    const x = [...apart.map((d) => d >> 1), ...apart.map((d) => (d > 0 ? 127 : 0))];
    const { flat } = this;
    const greys = flat.greys.subarray(v[0] * flat.width, (v[0] + 1) * flat.width);
    return this.differs[flat.run(x, flat.at(position, greys))[0] + this.reach];
  }

  /** The first slot of each grey level, and 65536. */
  slots(image, v, position) {
    const { near, rank, logits, odds, starts } = this;
    const out = this.value.run(this.inputs(v), this.value.at(position, image.palette));
    logits.set(out.subarray(0, LEVELS));
    const [left, above, corner] = v;
    const [low, high] = [Math.min(left, above), Math.max(left, above)];
    const middle = Math.min(Math.max(left + above - corner, low), high);
    [middle, left, above].forEach((centre, number) => {
      const begin = LEVELS + number * rank;
      this.addKernel(out.subarray(begin, begin + rank), centre);
    });
    const gates = LEVELS + 3 * rank;
    for (let k = 0; k < near; k++) logits[v[k]] += out[gates + k];
    addPalette(logits, out.subarray(gates + near), image.seen);
    let highest = -Infinity;
    for (const logit of logits) highest = Math.max(highest, logit);
    let sum = 0;
    for (let g = 0; g < LEVELS; g++) {
      logits[g] = odds[Math.min(highest - logits[g], odds.length - 1)];
      sum += logits[g];
    }
    const share = Math.floor((65280 * 32768) / sum);
    let spare = 65536;
    for (let g = 0; g < LEVELS; g++) spare -= 1 + Math.floor((logits[g] * share) / 32768);
    const top = logits.indexOf(32768);
    for (let g = 0; g < LEVELS; g++) {
      starts[g + 1] = starts[g] + 1 + Math.floor((logits[g] * share) / 32768) + (g === top ? spare : 0);
    }
    return starts;
  }

  inputs(v) {
    const x = [];
    const width = this.embedding.shape[1];
    for (let k = 0; k < this.near; k++) {
      x.push(...this.embedding.data.subarray(v[k] * width, (v[k] + 1) * width));
    }
    for (const level of v) x.push(level - 128);
    for (const level of v) x.push(Math.abs(level - v[0]) >> 1);
    for (const [a, b] of PAIRS) x.push(Math.abs(v[a] - v[b]) >> 1);
    return x;
  }

  addKernel(weights, centre) {
    const { kernel, kernels, logits, shift } = this;
    kernel.fill(shift ? 2 ** (shift - 1) : 0);
    weights.forEach((weight, n) => {
      for (let i = 0; i < kernel.length; i++) kernel[i] += weight * kernels.data[n * kernel.length + i];
    });
    for (let g = 0; g < LEVELS; g++) {
      const value = Math.floor(kernel[g - centre + 255] / 2 ** shift);
      logits[g] += Math.min(Math.max(value, -32768), 32768);
    }
  }
}

/** A `ResidualNetwork` whose tables go by row, by column and by grey levels. */
class ContextNetwork extends ResidualNetwork {
  constructor(model, prefix, inputs, once) {
    super(model, prefix);
    [this.rows, this.columns, this.greys] = [["rows", SIDE], ["columns", SIDE], ["greys", LEVELS]].map(
      ([name, size]) => this.takeTable(model, `${prefix}.${name}`, size),
    );
    const most = this.largest(this.rows).map((rows, j) => rows + this.largest(this.columns)[j]);
    const greys = once ? this.largest(this.greys) : this.sums(this.greys);
    this.prove(inputs, most.map((value, j) => value + greys[j]));
  }

  at(position, greys) {
    const { added, width, rows, columns } = this;
    const row = Math.floor(position / SIDE) * width, column = (position % SIDE) * width;
    for (let j = 0; j < width; j++) added[j] = rows[row + j] + columns[column + j] + greys[j];
    return added;
  }
}

/** An image as far as it is known. */
class Image {
  constructor(network) {
    this.network = network;
    this.pixels = new Uint8Array(PIXELS);
    this.seen = new Uint8Array(LEVELS);
    this.palette = new Float64Array(network.width);
  }

  context(offsets, position) {
    if (position === 0) return offsets.map(() => 0);
    const row = Math.floor(position / SIDE), column = position % SIDE;
    return offsets.map(([down, right]) => {
      const inside = row + down >= 0 && column + right >= 0 && column + right < SIDE;
      return this.pixels[inside ? position + down * SIDE + right : 0];
    });
  }

  put(position, level) {
    this.pixels[position] = level;
    if (this.seen[level]) return;
    this.seen[level] = 1;
    const { greys, width } = this.network;
    for (let j = 0; j < width; j++) this.palette[j] += greys[level * width + j];
  }
}

/** Add gates to the levels that were seen, to those beside, to their opposites, and beside these. */
function addPalette(logits, gates, seen) {
  const beside = (g) => (seen[g - 1] ?? 0) + (seen[g + 1] ?? 0);
  for (let g = 0; g < LEVELS; g++) {
    logits[g] += gates[0] * seen[g] + gates[1] * beside(g);
    logits[g] += gates[2] * seen[255 - g] + gates[3] * beside(255 - g);
  }
}
