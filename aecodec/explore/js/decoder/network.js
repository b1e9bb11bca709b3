// Exact integer networks: dense layers in doubles, whose sums stay below 2^53 (docs/FORMAT.md,
// "Dense networks"), so that plain loops give the same integers as every other decoder.

class Layer {
  constructor(arrays, name, low, high) {
    const { shape, data } = arrays[`${name}.weights`];
    [this.inputs, this.outputs] = shape;
    this.weights = Float32Array.from(data);
    this.low = low;
    this.high = high;
    const shift = arrays[`${name}.shift`].data;
    this.scale = Float64Array.from(shift, (bits) => 2 ** -bits);
    const round = (bias, j) => bias + (shift[j] ? 2 ** (shift[j] - 1) : 0);
    this.bias = Float64Array.from(arrays[`${name}.bias`].data, round);
    this.out = new Float64Array(this.outputs);
  }

  /** Outputs `from` to `to`, computed from the first `inputs` of `x`, into `out`.
   *
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

class Network {
  constructor(model, prefix) {
    const clips = model.arrays[`${prefix}.clips`].data;
    this.layers = [];
    for (let i = 0; 2 * i < clips.length; i++) {
      const layer = new Layer(model.arrays, `${prefix}.${i}`, clips[2 * i], clips[2 * i + 1]);
      this.layers.push(layer);
    }
    this.inputs = this.layers[0].inputs;
    this.outputs = this.layers[this.layers.length - 1].outputs;
    this.given = new Float64Array(this.inputs);
  }

  /** Map integers to integers; the result is overwritten by the next call. */
  run(x) {
    this.given.set(x);
    return this.layers.reduce((values, layer) => layer.run(values), this.given);
  }
}

/** A network whose outputs index a table of grey levels: the last stage of every model. */
class Painter {
  constructor(model) {
    this.network = new Network(model, "decoder");
    this.greys = model.arrays["decoder.greys"].data;
  }

  /** Draw latents as 784 grey levels into `out`. */
  draw(latents, out) {
    const levels = this.network.run(latents);
    for (let i = 0; i < PIXELS; i++) out[i] = this.greys[levels[i]];
    return out;
  }
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

function centred(pixels) {
  return Float64Array.from(pixels, (value) => value - 128);
}

function dot(a, b, offset, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[i] * b[offset + i];
  return sum;
}
