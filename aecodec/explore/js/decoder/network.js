// Exact integer networks: dense layers in doubles, whose sums stay below 2^53 (docs/FORMAT.md,
// "Dense networks"), so that plain loops give the same integers as every other decoder.

import { need } from "./bytes.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

const MOST_LAYERS = 16;
const WIDEST = 4096;
const MOST_SHIFT = 40;
const MOST_CLIP = 2 ** 15;

/** An array of a model as {type, shape, data}. Throws FileError where it is not of such a type and shape. */
export function takeArray(model, name, types, dimensions) {
  const array = model.arrays[name];
  need(array, `The model has no array ${name}.`);
  const fits = types.includes(array.type) && array.shape.length === dimensions && array.data.length > 0;
  need(fits, `The model's array ${name} has a wrong type or shape.`);
  return array;
}

export class Layer {
  constructor(model, name, low, high) {
    const weights = takeArray(model, `${name}.weights`, ["i1", "i2"], 2);
    const bias = takeArray(model, `${name}.bias`, ["i4"], 1).data;
    const shift = takeArray(model, `${name}.shift`, ["i1"], 1).data;
    [this.inputs, this.outputs] = weights.shape;
    need(Math.max(this.inputs, this.outputs) <= WIDEST, `${name} is too wide.`);
    need(bias.length === this.outputs && shift.length === this.outputs, `The shapes of ${name} disagree.`);
    need(shift.every((bits) => bits >= 0 && bits <= MOST_SHIFT), `A shift of ${name} is out of range.`);
    need(-MOST_CLIP <= low && low <= high && high <= MOST_CLIP, `A clip of ${name} is out of range.`);
    this.weights = Float32Array.from(weights.data);
    this.low = low;
    this.high = high;
    this.scale = Float64Array.from(shift, (bits) => 2 ** -bits);
    const round = (value, j) => value + (shift[j] ? 2 ** (shift[j] - 1) : 0);
    this.bias = Float64Array.from(bias, round);
    this.out = new Float64Array(this.outputs);
  }

  /**
   * Outputs `from` to `to`, computed from the first `inputs` of `x`, into `out`.
   * x and out are always Float64Array: engines compile the loops for one type of array.
   */
  part(x, inputs, from, to, out) {
    const { weights, outputs, bias } = this;
    for (let j = from; j < to; j++) out[j] = bias[j];
    let i = 0;
    for (; i + 3 < inputs; i += 4) {
      const a = x[i], b = x[i + 1], c = x[i + 2], d = x[i + 3];
      if (a === 0 && b === 0 && c === 0 && d === 0) continue;
      const p = i * outputs, q = p + outputs, r = q + outputs, s = r + outputs;
      for (let j = from; j < to; j++) {
        out[j] += a * weights[p + j] + b * weights[q + j] + c * weights[r + j] + d * weights[s + j];
      }
    }
    for (; i < inputs; i++) {
      for (let j = from; j < to; j++) out[j] += x[i] * weights[i * outputs + j];
    }
    for (let j = from; j < to; j++) {
      const value = Math.floor(out[j] * this.scale[j]); // a power of two: exact
      out[j] = value < this.low ? this.low : value > this.high ? this.high : value;
    }
    return out;
  }

  run(x) {
    return this.part(x, this.inputs, 0, this.outputs, this.out);
  }
}

/** A stack of layers of a model, checked. */
export class Network {
  constructor(model, prefix) {
    const { shape, data } = takeArray(model, `${prefix}.clips`, ["i4"], 2);
    need(shape[1] === 2 && shape[0] <= MOST_LAYERS, `${prefix}.clips has a wrong shape.`);
    this.layers = Array.from(
      { length: shape[0] }, (_, i) => new Layer(model, `${prefix}.${i}`, data[2 * i], data[2 * i + 1]),
    );
    for (let i = 1; i < this.layers.length; i++) {
      need(this.layers[i].inputs === this.layers[i - 1].outputs, `The widths of ${prefix} do not chain.`);
    }
    this.last = this.layers[this.layers.length - 1];
    this.inputs = this.layers[0].inputs;
    this.outputs = this.last.outputs;
    this.given = new Float64Array(this.inputs);
  }

  /** Map integers to integers; the result is overwritten by the next call. */
  run(x) {
    this.given.set(x);
    return this.layers.reduce((values, layer) => layer.run(values), this.given);
  }
}

/** A network whose outputs index a table of grey levels: the last stage of every kind. */
export class GreyDecoder {
  constructor(model) {
    this.network = new Network(model, "decoder");
    this.greys = takeArray(model, "decoder.greys", ["u1"], 1).data;
    this.inputs = this.network.inputs;
    const { low, high } = this.network.last;
    need(this.network.outputs === PIXELS, "The model's decoder does not give 784 pixels.");
    need(low === 0 && high === this.greys.length - 1, "The model's decoder does not index its greys.");
  }

  /** Draw latents as 784 grey levels into `out`. */
  draw(latents, out) {
    const levels = this.network.run(latents);
    for (let i = 0; i < PIXELS; i++) out[i] = this.greys[levels[i]];
    return out;
  }
}
