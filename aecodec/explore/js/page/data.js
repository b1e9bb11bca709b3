// What the builder packed into the page: zlib, in base64.

import { vendored } from "../../vendor/png.js";

/** The bytes of a packed text. */
export function unpack(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return vendored.unzlibSync(bytes);
}
