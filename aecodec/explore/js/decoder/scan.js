// The kind `scan`: the bits of the black-and-white originals that images were reduced from; the
// pixels of images that have none.

import { need } from "./bytes.js";
import { ExactCoder } from "./exact.js";
import { Lanes } from "./lanes.js";
import { PIXELS, takeArray } from "./network.js";
import { MOST_BYTES, PixelsCoder } from "./pixels.js";
import { slots } from "./range.js";
import { Reduction } from "./reduction.js";
import { ResidualNetwork } from "./residual.js";

const PLACES = 7; // numbers that say where a bit is
const MOST_REACH = 14;
const MOST_ORDERS = 2;
const MOST_LANES = 16;
const IMAGES_A_LANE = 64;

export class ScanCoder extends ExactCoder {
  constructor(model) {
    super();
    this.reduction = new Reduction(model);
    const { box, largest } = this.reduction;
    this.sides = largest - box + 1;
    const orders = this.readOdds(model);
    this.readWindow(model);
    this.edge = new PlaceNetwork(model, "bits.edge", largest + 1, orders);
    this.flat = new PlaceNetwork(model, "bits.flat", largest + 1, orders);
    this.readFrequencies(model);
    this.pixels = new PixelsCoder(model);
    this.most = Math.max(MOST_BYTES, 2 * largest ** 2) + 4; // bytes of an image
  }

  /** Read the odds of sorts of payloads and of what is said in each; return how many orders there are. */
  readOdds(model) {
    const several = "scan.sorts" in model.arrays;
    const sorts = several ? [...takeArray(model, "scan.sorts", ["u2"], 1).data] : [];
    const { shape, data } = takeArray(model, "scan.sizes", ["u2"], several ? 2 : 1);
    const width = shape[shape.length - 1];
    const orders = (width - 1) / this.sides;
    need(Number.isInteger(orders) && orders >= 1 && orders <= MOST_ORDERS && data.every((each) => each > 0),
      "The odds of sides are unsound.");
    need(!several || (sorts.length === shape[0] + 1 && sorts.every((each) => each > 0)),
      "The odds of sorts are unsound.");
    this.sorts = several ? slots(sorts) : null;
    this.said = Array.from({ length: data.length / width }, (_, row) =>
      slots([...data.subarray(row * width, (row + 1) * width)]));
    return orders;
  }

  readWindow(model) {
    const { shape, data } = takeArray(model, "bits.offsets", ["i1"], 2);
    const near = takeArray(model, "bits.near", ["u1"], 1).data;
    need(shape[1] === 2 && near.length === 1, "The window of bits has a wrong shape.");
    need(near[0] >= 1 && near[0] <= shape[0], "The size of the window of bits does not fit it.");
    this.near = near[0];
    this.offsets = Array.from({ length: shape[0] }, (_, k) => [data[2 * k], data[2 * k + 1]]);
    const known = ([down, right]) => (down < 0 || (down === 0 && right < 0)) &&
      Math.max(Math.abs(down), Math.abs(right)) <= MOST_REACH;
    need(this.offsets.every(known), "The window of bits reaches what is not known yet, or too far.");
  }

  readFrequencies(model) {
    this.frequencies = takeArray(model, "bits.frequencies", ["u2"], 1).data;
    this.reach = (this.frequencies.length - 1) / 2;
    need(this.frequencies.every((each) => each > 0), "A frequency of bits is 0.");
    for (const { inputs, last } of [this.edge, this.flat]) {
      need(inputs === this.offsets.length && last.outputs === 1, "A network of bits does not fit their window.");
      need(last.low === -this.reach && last.high === this.reach, "The frequencies of bits do not fit.");
    }
  }

  /** The pixels of `count` images; their `originals` are {side, bits} each, or null. */
  read(payload, count) {
    need(payload.length <= count * this.most, "A payload is longer than its images can take.");
    const lanes = new Lanes(payload, Math.min(Math.max(Math.floor(count / IMAGES_A_LANE), 1), MOST_LANES));
    const said = this.readSaid(lanes, count);
    const originals = said.map((number) => (number ? this.begin(number - 1) : null));
    this.readBits(lanes, originals);
    const others = this.pixels.readImages(lanes, said.filter((number) => number === 0).length);
    lanes.finish();
    for (const original of originals) original?.turnBack();
    return Object.assign(this.drawAll(originals, others), { originals });
  }

  /** What is said of each image. */
  readSaid(lanes, count) {
    const sort = this.sorts ? lanes.pass()(this.sorts) : 1;
    if (sort === 0) return new Array(count).fill(0);
    const next = lanes.pass();
    return Array.from({ length: count }, () => next(this.said[sort - 1]));
  }

  /** The original of a side and an order, without any bit. */
  begin(number) {
    return new Original(this.reduction.box + (number % this.sides), Math.floor(number / this.sides));
  }

  /** Fill in the bits of all originals that are not null. */
  readBits(lanes, originals) {
    const sorted = originals.filter(Boolean).sort((a, b) => b.side - a.side); // keeps their order
    const most = sorted.length ? sorted[0].side : 0;
    for (let row = 0; row < most; row++) {
      for (let column = 0; column < most; column++) {
        const next = lanes.pass();
        for (const original of sorted) {
          if (original.side <= Math.max(row, column)) break;
          const same = 65536 - this.frequency(original, row, column);
          original.put(row, column, next([0, same, 65536]));
        }
      }
    }
  }

  /** How often, of 65536 times, the next bit of an original is black. */
  frequency(original, row, column) {
    const v = this.offsets.map(([down, right]) => original.at(row + down, column + right));
    const black = v.slice(0, this.near).reduce((a, b) => a + b, 0);
    const network = black === 0 || black === this.near ? this.flat : this.edge;
    const added = network.at(original.places(row, column), original.order);
    return this.frequencies[network.run(v, added)[0] + this.reach];
  }

  drawAll(originals, others) {
    const out = new Float64Array(originals.length * PIXELS);
    let used = 0;
    originals.forEach((original, i) => {
      const image = out.subarray(i * PIXELS, (i + 1) * PIXELS);
      if (original) this.reduction.draw(original.bits, original.side, image);
      else image.set(others.subarray(used, (used += PIXELS)));
    });
    return out;
  }
}

/** A `ResidualNetwork` whose table has a part for each number that says where a bit is, and one for its order. */
class PlaceNetwork extends ResidualNetwork {
  constructor(model, prefix, values, orders) {
    super(model, prefix);
    const table = this.takeTable(model, `${prefix}.places`, PLACES * values + (orders > 1 ? orders : 0));
    const size = values * this.width;
    this.parts = Array.from({ length: PLACES }, (_, k) => table.subarray(k * size, (k + 1) * size));
    this.orders = orders > 1 ? table.subarray(PLACES * size) : new Float64Array(this.width);
    const most = new Float64Array(this.width);
    for (const part of [...this.parts, this.orders]) this.largest(part).forEach((value, j) => (most[j] += value));
    this.prove([0, 1], most);
  }

  at(places, order) {
    const { added, width, parts } = this;
    added.set(this.orders.subarray(order * width, (order + 1) * width));
    places.forEach((place, k) => {
      for (let j = 0; j < width; j++) added[j] += parts[k][place * width + j];
    });
    return added;
  }
}

/** An original as far as it is known, its bits in the order in which they are coded. */
class Original {
  constructor(side, order) {
    this.side = side;
    this.order = order;
    this.bits = new Uint8Array(side * side);
    this.least = side;
    this.most = -1;
  }

  at(row, column) {
    const inside = row >= 0 && column >= 0 && column < this.side;
    return inside ? this.bits[row * this.side + column] : 0;
  }

  put(row, column, bit) {
    this.bits[row * this.side + column] = bit;
    if (!bit) return;
    this.least = Math.min(this.least, column);
    this.most = Math.max(this.most, column);
  }

  /** Have the bits in raster order, once all are there. */
  turnBack() {
    if (this.order) this.bits.reverse();
  }

  places(row, column) {
    const { side, least, most } = this;
    const right = most < 0 ? side : side - 1 - most;
    return [row, side - 1 - row, column, side - 1 - column, side, least, right];
  }
}
