// 28x28 pictures on canvases.

import { PIXELS, SIDE } from "../decoder/index.js";
import { element } from "./dom.js";

/** Paint values on a 28x28 canvas; `colour` maps a value to [red, green, blue, alpha]. */
export function paint(canvas, values, colour = (grey) => [grey, grey, grey, 255]) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < PIXELS; i++) image.data.set(colour(values[i]), 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

export function picture(values, label, colour) {
  const canvas = element("canvas", { className: "picture", width: SIDE, height: SIDE });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return paint(canvas, values, colour);
}

/** A black-and-white original {side, bits}, drawn as its digit is: ink is white. */
export function originalPicture({ side, bits }, label) {
  const canvas = element("canvas", { className: "picture", width: side, height: side });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const image = new ImageData(side, side);
  bits.forEach((bit, i) => image.data.set([255 * bit, 255 * bit, 255 * bit, 255], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Signed differences: orange where too bright, blue where too dark. */
export function differenceColour(value) {
  const [red, green, blue] = value > 0 ? [230, 120, 0] : [40, 120, 220];
  return [red, green, blue, Math.min(255, Math.abs(value))];
}
