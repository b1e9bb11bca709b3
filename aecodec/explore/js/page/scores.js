// What the searches of codes share.

export const EVERY_BYTE = Array.from({ length: 256 }, (_, i) => i);

export function centred(pixels) {
  return Float64Array.from(pixels, (value) => value - 128);
}

export function dot(a, b, offset, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[i] * b[offset + i];
  return sum;
}
