// A PNG of 28x28 8-bit grey, as `aecodec compress` takes it: exactly, or not at all. Decoded here
// and not by a canvas, which may change values.

import { vendored } from "../../vendor/png.js";
import { FileError, PIXELS, SIDE, need } from "../decoder/index.js";

const MOST_FILE_BYTES = 2 ** 20;
const MOST_CODED_BYTES = 2 ** 16;
const TEXT = ["tEXt", "zTXt", "iTXt"];
const TURNING = /^(Raw profile type |XML:com\.adobe\.xmp)/; // text that may state an orientation

/** The PNG file of 784 grey levels. */
export function encodePng(pixels) {
  return vendored.encode({ width: SIDE, height: SIDE, data: pixels, channels: 1, depth: 8 });
}

/** The 784 grey levels of a PNG file. Throws FileError saying what was found. */
export function decodePng(bytes) {
  need(bytes.length <= MOST_FILE_BYTES, "This PNG is far too long for 28x28 pixels.");
  checkPngShape(bytes);
  let image;
  try {
    image = vendored.decode(bytes.slice(), { checkCrc: true });
  } catch {
    throw new FileError("This PNG is damaged or truncated.");
  }
  const { depth, channels } = image;
  need(!image.transparency?.length && channels !== 2 && channels !== 4, found("an alpha channel"));
  const samples = depth < 8 ? unpackBits(image.data, depth) : image.data;
  need(samples.length === PIXELS * channels, "This PNG is damaged or truncated.");
  if (image.palette) return greysOf(Uint8Array.from(paletteColours(image.palette, samples)));
  if (channels === 3) return greysOf(samples);
  return Uint8Array.from(samples, (value) => (value * 255) / (2 ** depth - 1));
}

function found(what) {
  return `Found a PNG with ${what}, need 28x28 8-bit grey. aecodec compress --fit takes other images.`;
}

/** Look at the header before anything is decoded: a few bytes may stand for gigabytes. */
function checkPngShape(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  need(bytes.length >= 33, "This PNG is damaged or truncated.");
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  need(width === SIDE && height === SIDE, found(`${width}x${height} pixels`));
  need(bytes[24] <= 8, found("more than 8 bits a sample"));
  need(bytes[28] === 0 || bytes[24] === 8, found("interlaced bits"));
  let coded = 0;
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === "IDAT" || name === "iCCP") coded += view.getUint32(at);
    need(name !== "acTL", found("several frames"));
    const start = String.fromCharCode(...bytes.subarray(at + 8, at + 32));
    const turning = name === "eXIf" || (TEXT.includes(name) && TURNING.test(start));
    need(!turning, found("EXIF or XMP metadata, which may turn it"));
  }
  need(coded <= MOST_CODED_BYTES, "This PNG holds more than 28x28 pixels can take.");
}

/** Samples of less than 8 bits, rows starting on whole bytes. */
function unpackBits(data, depth) {
  const row = Math.ceil((SIDE * depth) / 8);
  return Uint8Array.from({ length: PIXELS }, (_, i) => {
    const [y, bit] = [Math.floor(i / SIDE), (i % SIDE) * depth];
    return (data[y * row + (bit >> 3)] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  });
}

function paletteColours(palette, samples) {
  const opaque = palette.every((colour) => colour.length === 3);
  need(opaque, found("an alpha channel"));
  return Array.from(samples, (index) => palette[index] ?? [0, 0, 0]).flat();
}

function greysOf(samples) {
  return Uint8Array.from({ length: PIXELS }, (_, i) => {
    const [red, green, blue] = samples.subarray(3 * i, 3 * i + 3);
    need(red === green && green === blue, found("colours"));
    return red;
  });
}
