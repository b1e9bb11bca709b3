// The kind `code16`: two bytes an image, a region and a point of the codebook they share.

import { need } from "./bytes.js";
import { GreyDecoder, takeArray } from "./network.js";

const SIDES = 256; // regions, and points of the codebook
const MOST_SHIFT = 30;
const MOST_MEAN = 2 ** 30;
const MOST_LATENT = 127;

export class Code16Coder {
  constructor(model) {
    this.decoder = new GreyDecoder(model);
    this.latents = this.decoder.inputs;
    const points = takeArray(model, "regions.points", ["i1"], 2);
    const axes = takeArray(model, "regions.axes", ["i1"], 3);
    const means = takeArray(model, "regions.means", ["i4"], 2);
    const shift = takeArray(model, "regions.shift", ["i1"], 1);
    this.rank = points.shape[1];
    const shapes = [points.shape, axes.shape, means.shape, shift.shape].join(" ");
    const { rank, latents } = this;
    const fit = `${SIDES},${rank} ${SIDES},${rank},${latents} ${SIDES},${latents} ${latents}`;
    need(rank <= SIDES && shapes === fit, "The shapes of the model's regions disagree.");
    [this.points, this.axes, this.means, this.shift] = [points, axes, means, shift].map(({ data }) => data);
    const shifts = this.shift.every((bits) => bits >= 0 && bits <= MOST_SHIFT);
    need(shifts && this.means.every((mean) => Math.abs(mean) <= MOST_MEAN), "The model's regions are out of range.");
  }

  /** Latents of the code: a dense layer of the region's own, on the point. */
  latentsOf(region, point, out, offset = 0) {
    const { rank, latents, shift } = this;
    for (let k = 0; k < latents; k++) {
      let sum = this.means[region * latents + k];
      if (shift[k]) sum += 2 ** (shift[k] - 1);
      for (let r = 0; r < rank; r++) {
        sum += this.points[point * rank + r] * this.axes[(region * rank + r) * latents + k];
      }
      out[offset + k] = Math.min(MOST_LATENT, Math.max(-MOST_LATENT, Math.floor(sum / 2 ** shift[k])));
    }
    return out;
  }

  read(payload, count) {
    need(payload.length === 2 * count, "A payload has the wrong length.");
    const out = new Int16Array(count * this.latents);
    for (let i = 0; i < count; i++) {
      this.latentsOf(payload[2 * i], payload[2 * i + 1], out, i * this.latents);
    }
    return out;
  }

  draw(latents, out) {
    return this.decoder.draw(latents, out);
  }
}
