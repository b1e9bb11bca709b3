// Bytes: base64, hexadecimal, and a reader that refuses to read past the end.

/** What is wrong with a file, told to the user. kind: "damaged", "unsupported" or "unknown". */
class FileError extends Error {
  constructor(message, kind = "damaged") {
    super(message);
    this.kind = kind;
  }
}

function need(condition, message) {
  if (!condition) throw new FileError(message);
}

function fromBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function hex(bytes, separator = "") {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
}

/** Bytes as UTF-8 text, or a FileError. */
function decodeText(bytes, message) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(message);
  }
}

function u32Bytes(value) {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

/** Reads bytes from the front. Throws FileError where they end or a length is malformed. */
class ByteReader {
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
