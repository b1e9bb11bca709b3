// The kind `residuals`: what one predictor an image leaves of its pixels, under adaptive counts.

import { need } from "./bytes.js";
import { ExactCoder } from "./exact.js";
import { PIXELS, SIDE } from "./network.js";
import { RangeDecoder, slots } from "./range.js";

export const RESIDUALS_ID = "0".repeat(15) + "1";

const LEVELS = 256;
const CONTEXTS = 4;
const WEIGHT = 64; // of a residual that was seen, where one that was not has 1
const REACH = 14;
const MOST_BYTES = 2 * (PIXELS + 1); // that an image can take
const DIAGONALS = [
  [1, 1], [1, -1], [1, 2], [1, -2], [2, 1], [2, -1], [2, 2], [2, -2], [3, 3], [3, -3], [4, 4], [4, -4],
];
const SINGLE = 6; // predictors before the diagonals
const LEFT = SINGLE + DIAGONALS.length;
const ABOVE = LEFT + REACH;
const TILES = ABOVE + REACH;
const METHODS = 2 * (TILES + REACH * REACH);

export class ResidualsCoder extends ExactCoder {
  read(payload, count) {
    need(payload.length <= count * MOST_BYTES + 8, "A payload has the wrong length.");
    const pixels = new Uint8Array(count * PIXELS);
    if (count === 0) return pixels;
    const source = new RangeDecoder(payload);
    for (let i = 0; i < count; i++) readImage(source, pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
    source.finish();
    return pixels;
  }
}

function readImage(source, pixels) {
  const method = source.symbol(slots(new Array(METHODS).fill(1)));
  const odds = Array.from({ length: CONTEXTS }, () => new Array(LEVELS).fill(1));
  const residuals = new Uint8Array(PIXELS);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const other = (at(residuals, row, column - 1) !== 0) + 2 * (at(residuals, row - 1, column) !== 0);
      const counted = odds[other * (method % 2)];
      const residual = source.symbol(slots(counted));
      counted[residual] += WEIGHT;
      residuals[row * SIDE + column] = residual;
      pixels[row * SIDE + column] = predict(pixels, method >> 1, row, column) + residual;
    }
  }
}

/** A pixel that is known, or 0 outside the image. */
function at(pixels, row, column) {
  return row < 0 || column < 0 || column >= SIDE ? 0 : pixels[row * SIDE + column];
}

function predict(pixels, predictor, row, column) {
  const before = (up, back) => at(pixels, row - up, column - back);
  const [left, above, corner] = [before(0, 1), before(1, 0), before(1, 1)];
  const plane = left + above - corner;
  if (predictor === 0) return Math.max(Math.min(left, above), Math.min(Math.max(left, above), plane));
  if (predictor < SINGLE) {
    const mean = (left + above) >> 1;
    return [plane, 2 * left - before(0, 2), 2 * above - before(2, 0), mean, 0][predictor - 1];
  }
  if (predictor < LEFT) return before(...DIAGONALS[predictor - SINGLE]);
  if (predictor < ABOVE) return before(0, predictor - LEFT + 1);
  if (predictor < TILES) return before(predictor - ABOVE + 1, 0);
  const [up, back] = [Math.floor((predictor - TILES) / REACH), (predictor - TILES) % REACH];
  return column > back ? before(0, back + 1) : before(up + 1, 0);
}
