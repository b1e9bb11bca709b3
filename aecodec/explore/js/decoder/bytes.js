// Bytes: hexadecimal, UTF-8, and a reader that refuses to read past the end.

/**
 * What is wrong with a file. `kind` is what docs/FORMAT.md calls it: "damaged", "unsupported" (made
 * by a later version), "model" (a damaged model file), "unknown" (its model is not there), "name"
 * (a name that is not safe to write) or "pixels" (this decoder is wrong).
 */
export class FileError extends Error {
  constructor(message, kind = "damaged") {
    super(message);
    this.name = "FileError";
    this.kind = kind;
  }
}

export function need(condition, message, kind) {
  if (!condition) throw new FileError(message, kind);
}

/** A FileError for what a later version may mean. */
export function unsupported(what) {
  return new FileError(`${what}. Open it with a later aecodec.`, "unsupported");
}

/** What `work` returns; damage that it finds is told as damage of another kind. */
export function judged(kind, work) {
  try {
    return work();
  } catch (error) {
    const damage = error instanceof FileError && error.kind !== "unsupported";
    throw damage ? new FileError(error.message, kind) : error;
  }
}

export function hex(bytes, separator = "") {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
}

/** Bytes as UTF-8 text, or a FileError. */
export function decodeText(bytes, message) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(message);
  }
}

/** How many bytes of UTF-8 a text takes. */
export function textBytes(text) {
  return new TextEncoder().encode(text).length;
}

/** Whether texts ascend strictly by the bytes of their UTF-8. */
export function ascending(texts) {
  const bytes = texts.map((text) => new TextEncoder().encode(text));
  return bytes.every((one, i) => i === 0 || compareBytes(bytes[i - 1], one) < 0);
}

export function u32Bytes(value) {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

/** Order of byte strings: negative, 0 or positive, as a sort expects it. */
export function compareBytes(a, b) {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** Reads bytes from the front. Throws FileError where they end or a length is malformed. */
export class ByteReader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(count) {
    need(count <= this.left, "The file is truncated, or a length in it is damaged.");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte() {
    return this.take(1)[0];
  }

  u32() {
    const [a, b, c, d] = this.take(4);
    return a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
  }

  /** LEB128 of at most 5 bytes, in its shortest form. */
  varint() {
    let value = 0;
    for (let number = 0; number < 5; number++) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** (7 * number);
      if (byte < 128) {
        need(byte > 0 || number === 0, "A length is malformed.");
        return value;
      }
    }
    throw new FileError("A length is malformed.");
  }
}
