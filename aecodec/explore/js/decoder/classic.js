// The kind `classic`: K latents of 8 bits, which are the payload.

import { need } from "./bytes.js";
import { GreyDecoder, PIXELS } from "./network.js";

export class ClassicCoder {
  constructor(model) {
    this.decoder = new GreyDecoder(model);
    this.latents = this.decoder.inputs;
    need(this.latents <= PIXELS, "The model has more latents than an image has pixels.");
  }

  /** Latents of `count` images, one after the other. */
  read(payload, count) {
    need(payload.length === count * this.latents, "A payload has the wrong length.");
    return payload;
  }

  draw(latents, out) {
    return this.decoder.draw(latents, out);
  }
}
