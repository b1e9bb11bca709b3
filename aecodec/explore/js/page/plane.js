// A plane in latent space: of two latents, with the others held, or of the principal axes.

import { PIXELS } from "../decoder/index.js";
import { unpack } from "./data.js";

export class AxisPlane {
  /** i, j: the latents on the axes; j is -1 where there is only one, and y then tells nothing. */
  constructor(space, i, j, held) {
    Object.assign(this, { space, i, j, held });
    this.labels = [`latent ${i + 1}`, j < 0 ? "" : `latent ${j + 1}`];
  }

  project(point, number) {
    const { low, high, latents } = this.space;
    const spread = low + ((number * 0.618034) % 1) * (high - low);
    return [point[number * latents + this.i], this.j < 0 ? spread : point[number * latents + this.j]];
  }

  at(u, v) {
    const found = Array.from(this.held);
    found[this.i] = this.space.clip(u);
    if (this.j >= 0) found[this.j] = this.space.clip(v);
    return found;
  }

  coordinates(latents) {
    return [latents[this.i], this.j < 0 ? (this.space.low + this.space.high) / 2 : latents[this.j]];
  }

  limits() {
    return [this.space.low, this.space.high];
  }
}

export class PrincipalPlane {
  constructor(space, origin, axes) {
    Object.assign(this, { space, origin, axes });
    this.labels = ["principal axis 1", "principal axis 2"];
  }

  project(points, number) {
    const from = number * this.space.latents;
    return this.coordinates(points.subarray(from, from + this.space.latents));
  }

  at(u, v) {
    const [first, second] = this.axes;
    return this.origin.map((middle, k) => this.space.clip(middle + u * first[k] + v * second[k]));
  }

  coordinates(latents) {
    const along = (axis) => axis.reduce((sum, part, k) => sum + part * (latents[k] - this.origin[k]), 0);
    return this.axes.map(along);
  }

  limits() {
    return [-Infinity, Infinity];
  }
}

/** The latent space and the images in it, as the page's data has them. */
export class Space {
  constructor(data) {
    const { points } = data;
    const buffer = (text) => unpack(text).slice().buffer; // aligned
    this.low = data.low;
    this.high = data.high;
    this.count = points.count;
    this.points = new Int16Array(buffer(points.latents));
    this.latents = this.points.length / this.count;
    this.labels = new Uint16Array(buffer(points.labels));
    this.images = new Uint8Array(buffer(points.images));
    this.classes = points.classes.map(([name, colour, shape]) => ({ name, colour, shape, shown: true }));
    this.data = data;
  }

  clip(value) {
    return Math.min(this.high, Math.max(this.low, Math.round(value)));
  }

  image(number) {
    return this.images.subarray(number * PIXELS, (number + 1) * PIXELS);
  }

  point(number) {
    return this.points.subarray(number * this.latents, (number + 1) * this.latents);
  }

  classOf(number) {
    return this.classes[this.labels[number]];
  }

  /** The shown image nearest to latents, as {number, distance}, or null where none is shown. */
  nearest(latents) {
    let number = -1;
    let least = Infinity;
    for (let i = 0, at = 0; i < this.count; i++, at += this.latents) {
      if (!this.classOf(i).shown) continue;
      let sum = 0;
      for (let k = 0; k < this.latents && sum < least; k++) sum += (this.points[at + k] - latents[k]) ** 2;
      if (sum < least) [least, number] = [sum, i];
    }
    return number < 0 ? null : { number, distance: Math.sqrt(least) };
  }

  mean() {
    const sums = new Float64Array(this.latents);
    this.points.forEach((value, i) => { sums[i % this.latents] += value; });
    return Array.from(sums, (sum) => this.clip(sum / this.count));
  }
}
