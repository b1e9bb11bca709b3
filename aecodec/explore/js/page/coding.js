// An image coded by a model of the page: its code, its file, and what that decodes to.

import { PIXELS } from "../decoder/index.js";
import { singleFile } from "./single.js";

/** The result of one model, or null where the page has no encoder of it. pixels: 784 grey levels. */
export function codeImage(models, id, pixels) {
  const encoder = models.encoder(id);
  if (!encoder) return null;
  const coder = models.coder(id);
  const payload = encoder.encode(pixels);
  const latents = coder.read(payload, 1);
  const rebuilt = coder.draw(latents, new Uint8Array(PIXELS));
  const parts = singleFile(id, payload, rebuilt);
  const bytes = Uint8Array.from(parts.flatMap((part) => Array.from(part.bytes)));
  return { latents, payload, rebuilt, parts, bytes, squaredError: squaredError(pixels, rebuilt) };
}

function squaredError(a, b) {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
}

/** A sum of squared errors in grey levels as a mean on [0, 1]. */
export function meanError(sum) {
  return sum / (PIXELS * 255 ** 2);
}
