// Networks of three layers (docs/FORMAT.md, kind `pixels`): to the first sums rows of tables are
// added, and the second layer adds its outputs to its inputs.

import { need } from "./bytes.js";
import { Network, takeArray } from "./network.js";

export const LIMIT = 2 ** 24; // no sum of a first layer reaches it

export class ResidualNetwork {
  constructor(model, prefix) {
    const network = new Network(model, prefix);
    need(network.layers.length === 3, `${prefix} is not a network of three layers.`);
    [this.first, this.second, this.last] = network.layers;
    this.prefix = prefix;
    this.inputs = network.inputs;
    this.width = this.first.outputs;
    need(this.second.outputs === this.width, `${prefix} does not keep its width.`);
    need(this.first.low >= 0 && this.second.low >= 0, `Hidden layers of ${prefix} go below 0.`);
    this.hidden = new Float64Array(this.width);
    this.added = new Float64Array(this.width);
    this.given = new Float64Array(this.inputs);
    this.bias = this.first.bias;
    this.first.bias = new Float64Array(this.width);
  }

  /** A table of `size` rows for the first layer. */
  takeTable(model, name, size) {
    const { shape, data } = takeArray(model, name, ["i2", "i4"], 2);
    need(shape[0] === size && shape[1] === this.width, `${name} has a wrong shape.`);
    return Float64Array.from(data);
  }

  /** Check the first sums, for inputs of `low` to `high` and tables that add up to `added`. */
  prove([low, high], added) {
    const most = bounds(this.first.weights, this.bias, low, high);
    const sound = most.every((value, j) => value + added[j] < LIMIT);
    need(sound, `The sums of ${this.prefix} could leave 2^24.`);
  }

  /** The largest magnitude in each column of rows of a table. */
  largest(table) {
    return this.columnwise(table, Math.max);
  }

  /** The sum of all magnitudes in each column of a table. */
  sums(table) {
    return this.columnwise(table, (a, b) => a + b);
  }

  columnwise(table, join) {
    const out = new Float64Array(this.width);
    table.forEach((value, i) => {
      out[i % this.width] = join(out[i % this.width], Math.abs(value));
    });
    return out;
  }

  /** Map integers to integers, `added` to the first sums; the next call overwrites the result. */
  run(x, added) {
    const { first, width, hidden } = this;
    for (let j = 0; j < width; j++) first.bias[j] = this.bias[j] + added[j];
    this.given.set(x);
    hidden.set(first.run(this.given));
    const second = this.second.run(hidden);
    for (let j = 0; j < width; j++) hidden[j] += second[j];
    return this.last.run(hidden);
  }
}

/** The most that positive or negative parts of each sum come to, for inputs of `low` to `high`. */
export function bounds(weights, bias, low, high) {
  const most = Float64Array.from(bias, (value) => Math.max(value, 0));
  const least = Float64Array.from(bias, (value) => Math.min(value, 0));
  for (let i = 0; i < weights.length; i++) {
    const j = i % bias.length, ends = [weights[i] * low, weights[i] * high];
    most[j] += Math.max(...ends, 0);
    least[j] += Math.min(...ends, 0);
  }
  return most.map((value, j) => Math.max(value, -least[j]));
}
