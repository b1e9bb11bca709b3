// SHA-256 (FIPS 180-4). The browser's own is asynchronous and not there on every page.

const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const START = primes.slice(0, 8).map((p) => fractionOfRoot(p, 2n));
const ROUNDS = primes.map((p) => fractionOfRoot(p, 3n));

/** The first 32 bits of the fraction of a root, in exact integers. */
function fractionOfRoot(number, degree) {
  const power = BigInt(number) << (32n * degree);
  let root = 0n;
  for (let bit = 1n << 40n; bit; bit >>= 1n) if ((root + bit) ** degree <= power) root += bit;
  return Number(BigInt.asIntN(32, root));
}

const turn = (x, n) => (x >>> n) | (x << (32 - n));

/** The SHA-256 of bytes, as 32 bytes. */
export function sha256(bytes) {
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, whole);
  for (let at = 0; at < whole; at += 64) mixBlock(state, words, view, at);
  const tail = new DataView(new ArrayBuffer(bytes.length - whole < 56 ? 64 : 128));
  bytes.subarray(whole).forEach((byte, i) => tail.setUint8(i, byte));
  tail.setUint8(bytes.length - whole, 0x80);
  tail.setUint32(tail.byteLength - 8, Math.floor(bytes.length / 2 ** 29));
  tail.setUint32(tail.byteLength - 4, (bytes.length * 8) >>> 0);
  for (let at = 0; at < tail.byteLength; at += 64) mixBlock(state, words, tail, at);
  return Uint8Array.from({ length: 32 }, (_, i) => state[i >> 2] >>> (24 - 8 * (i & 3)));
}

function mixBlock(state, words, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const [x, y] = [words[i - 15], words[i - 2]];
    const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i];
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] += value; });
}
