// The kind `transform`: integer latents in a range code under a masked autoregressive prior.

import { need } from "./bytes.js";
import { GreyDecoder, Network, takeArray } from "./network.js";
import { RangeDecoder } from "./range.js";

const MOST_SYMBOLS = 256;
const HIGHEST_LATENT = 2 ** 15 - 1;

export class TransformCoder {
  constructor(model) {
    this.decoder = new GreyDecoder(model);
    this.latents = this.decoder.inputs;
    this.prior = new Prior(model, this.latents);
  }

  read(payload, count) {
    const symbols = count * this.latents;
    const most = 2 * symbols + Math.floor(symbols / 1024) + 2;
    need(payload.length <= most, "A payload is longer than its images can take.");
    const source = new RangeDecoder(payload);
    const out = this.prior.decode(source, count);
    source.finish();
    return out;
  }

  draw(latents, out) {
    return this.decoder.draw(latents, out);
  }
}

/** The distribution of each latent, given those before it. */
class Prior {
  constructor(model, latents) {
    const symbols = takeArray(model, "prior.symbols", ["i2"], 1).data;
    [this.lowest, this.alphabet] = symbols;
    const counted = symbols.length === 2 && this.alphabet >= 2 && this.alphabet <= MOST_SYMBOLS;
    need(counted && this.lowest + this.alphabet - 1 <= HIGHEST_LATENT, "The prior's symbols are out of range.");
    this.odds = takeArray(model, "prior.odds", ["u2"], 1).data;
    need(this.odds[0] > 0, "The prior's first odds are 0.");
    this.degree = takeArray(model, "prior.degree", ["u2"], 1).data;
    const network = new Network(model, "prior");
    const fits = network.inputs === latents && network.outputs === latents * this.alphabet;
    need(fits, "The prior does not fit the model's decoder.");
    this.layers = network.layers;
    this.hidden = network.layers.slice(0, -1);
    this.last = network.last;
    this.checkMasks(latents);
    this.starts = new Float64Array(this.alphabet + 1);
  }

  /** Check that no latent's logits depend on the latent itself or on those behind it. */
  checkMasks(latents) {
    const { degree, hidden } = this;
    const wide = hidden.every((layer) => layer.outputs === degree.length);
    need(hidden.length > 0 && wide, "The prior's hidden layers do not fit its degrees.");
    const rising = degree.every((value, i) => value < latents && (i === 0 || value >= degree[i - 1]));
    need(rising, "The prior's degrees are out of order.");
    for (const [number, layer] of this.layers.entries()) {
      const inputDegree = number ? (i) => degree[i] : (i) => i + 1;
      const outputDegree = layer === this.last ? (j) => Math.floor(j / this.alphabet) : (j) => degree[j];
      for (let i = 0, at = 0; i < layer.inputs; i++) {
        for (let j = 0; j < layer.outputs; j++, at++) {
          const allowed = inputDegree(i) <= outputDegree(j) || layer.weights[at] === 0;
          need(allowed, "The prior lets a latent depend on one behind it.");
        }
      }
    }
  }

  /** Decode latents of `count` images: latent by latent, in each all images in turn. */
  decode(source, count) {
    const { hidden, degree } = this;
    const width = this.layers[0].inputs;
    const out = new Float64Array(count * width);
    const units = Array.from({ length: count }, () => hidden.map((layer) => new Float64Array(layer.outputs)));
    for (let latent = 0, known = 0; latent < width; latent++) {
      const before = known;
      while (known < degree.length && degree[known] <= latent) known++;
      for (let image = 0; image < count; image++) {
        let below = out.subarray(image * width, image * width + latent);
        let inputs = latent;
        units[image].forEach((values, number) => {
          hidden[number].part(below, inputs, before, known, values);
          [below, inputs] = [values, known];
        });
        out[image * width + latent] = this.lowest + this.symbol(source, below, known, latent);
      }
    }
    return out;
  }

  /** Decode one symbol, given the first `known` units of the last hidden layer. */
  symbol(source, below, known, latent) {
    const { alphabet, starts, odds, last } = this;
    const from = latent * alphabet;
    last.part(below, known, from, from + alphabet, last.out);
    let highest = -Infinity;
    for (let s = 0; s < alphabet; s++) highest = Math.max(highest, last.out[from + s]);
    starts[0] = 0;
    for (let s = 0; s < alphabet; s++) {
      starts[s + 1] = starts[s] + odds[Math.min(highest - last.out[from + s], odds.length - 1)];
    }
    const total = starts[alphabet];
    for (let s = 1; s <= alphabet; s++) {
      starts[s] = s + Math.floor((starts[s] * (65536 - alphabet)) / total);
    }
    return source.symbol(starts);
  }
}
