// The range decoder of docs/FORMAT.md: every number stays below 2^48 + 1, exact in doubles.

import { need } from "./bytes.js";

export class RangeDecoder {
  constructor(payload) {
    this.payload = payload;
    this.read = 0;
    this.scope = 2 ** 48;
    this.offset = 0;
    for (let i = 0; i < 6; i++) this.offset = this.offset * 256 + this.next();
  }

  next() {
    return this.payload[this.read++] ?? 0;
  }

  /** The symbol whose slots, `starts[symbol]` to `starts[symbol + 1] - 1` of 65536, come next. */
  symbol(starts) {
    const unit = Math.floor(this.scope / 65536);
    const slot = Math.floor(this.offset / unit);
    need(slot < 65536, "A coded symbol lies outside its alphabet.");
    let symbol = 0;
    while (starts[symbol + 1] <= slot) symbol++;
    this.offset -= starts[symbol] * unit;
    this.scope = (starts[symbol + 1] - starts[symbol]) * unit;
    if (this.scope < 2 ** 32) {
      this.offset = this.offset * 65536 + this.next() * 256 + this.next();
      this.scope *= 65536;
    }
    return symbol;
  }

  /** Check that the bytes end as an encoder ends them. */
  finish() {
    const zeros = Math.min(this.read - this.payload.length, 6);
    const last = this.payload[this.payload.length - 1];
    const room = 256 ** zeros;
    let right = zeros >= 0 && last !== 0 && this.offset < room;
    if (right && zeros < 6) {
      right = this.offset < last * room && this.offset - last * room + 256 * room >= this.scope;
    }
    need(right, "The coded symbols do not end as they must.");
  }
}

/** The first slot of each symbol, by their odds, and 65536. */
export function slots(odds) {
  const total = odds.reduce((sum, each) => sum + each, 0);
  let before = 0;
  const starts = odds.map((each, k) => {
    const start = k + Math.floor((before * (65536 - odds.length)) / total);
    before += each;
    return start;
  });
  return [...starts, 65536];
}
