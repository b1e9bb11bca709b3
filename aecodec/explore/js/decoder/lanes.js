// Several range codes that the symbols of each pass are dealt to in turn.

import { need } from "./bytes.js";
import { RangeDecoder } from "./range.js";

export class Lanes {
  constructor(payload, count) {
    this.decoders = splitLanes(payload, count).map((stream) => new RangeDecoder(stream));
  }

  /** Begin a pass: a function that gives its next symbol, by the slots of symbols. */
  pass() {
    const { decoders } = this;
    let turn = 0;
    return (starts) => decoders[turn++ % decoders.length].symbol(starts);
  }

  /** Check that the bytes of each lane end as an encoder ends them. */
  finish() {
    for (const decoder of this.decoders) decoder.finish();
  }
}

function splitLanes(payload, count) {
  if (count === 1) return [payload];
  const size = payload[0] ?? 0;
  let at = 1 + size * count;
  need(size >= 1 && size <= 4 && at <= payload.length, "The lengths of the lanes are cut short.");
  const lengths = Array.from({ length: count }, (_, lane) => {
    const begin = 1 + lane * size;
    return payload.subarray(begin, begin + size).reduce((sum, byte) => sum * 256 + byte, 0);
  });
  const shortest = size === 1 || Math.max(...lengths) >= 256 ** (size - 1);
  need(shortest && lengths.reduce((a, b) => a + b, at) === payload.length, "The lengths of the lanes do not fit.");
  return lengths.map((length) => payload.subarray(at, (at += length)));
}
