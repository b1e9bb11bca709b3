// The .aez file of one image, as `aecodec compress` writes it.

import { MAGIC, TAG_CHUNK, VERSION, crc32, u32Bytes } from "../decoder/index.js";

/** The file in named parts, each {name, bytes}. id: the model's; pixels: the image as decoded. */
export function singleFile(id, payload, pixels) {
  const idBytes = id.match(/../g).map((pair) => parseInt(pair, 16));
  const prefix = [...MAGIC, VERSION, 0x92, 0xc4, idBytes.length, ...idBytes, 1];
  const coded = [...u32Bytes(crc32(pixels)), ...payload];
  const check = crc32(coded, crc32([TAG_CHUNK, 0, 0, 0, 0], crc32(prefix)));
  return [
    { name: "magic", bytes: prefix.slice(0, 4) },
    { name: "version", bytes: prefix.slice(4, 5) },
    { name: "header", bytes: prefix.slice(5, 8) },
    { name: "model", bytes: prefix.slice(8, 16) },
    { name: "images", bytes: prefix.slice(16) },
    { name: "pixel check", bytes: coded.slice(0, 4) },
    { name: "payload", bytes: coded.slice(4) },
    { name: "check", bytes: u32Bytes(check) },
  ];
}
