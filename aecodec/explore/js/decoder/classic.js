// The kind `classic`: K latents of 8 bits, which are the payload.

class ClassicCoder {
  constructor(model) {
    this.painter = new Painter(model);
    this.latents = this.painter.network.inputs;
    this.model = model;
    const arrays = model.arrays;
    if ("encoder.table" in arrays && this.latents === 2) this.search = new PlaneSearch(model);
    else if ("encoder.clips" in arrays) this.encoder = new Network(model, "encoder");
  }

  get encodes() {
    return Boolean(this.search || this.encoder);
  }

  /** Latents of `count` images, one after the other. */
  read(payload, count) {
    need(payload.length === count * this.latents, "A payload has the wrong length.");
    return payload;
  }

  draw(latents, out) {
    return this.painter.draw(latents, out);
  }

  /** The latents that represent 784 pixels best, as `aecodec compress` finds them. */
  encode(pixels) {
    return this.search ? this.search.find(pixels) : this.encoder.run(centred(pixels)).slice();
  }

  payload(latents) {
    return Uint8Array.from(latents);
  }
}

/** Search of the 256 x 256 codes by their distance in a projection (docs/FORMAT.md). */
class PlaneSearch {
  constructor(model) {
    this.project = new Network(model, "encoder.project");
    this.table = model.arrays["encoder.table"].data;
    this.norms = model.arrays["encoder.norms"].data;
  }

  find(pixels) {
    const row = this.project.run(centred(pixels));
    const cells = Array.from({ length: 64 }, (_, i) => 4 * i + 2);
    const [first, second] = this.best(row, cells, cells);
    const near = (middle) => [middle - 2, middle - 1, middle, middle + 1];
    return this.best(row, near(first), near(second));
  }

  /** The best of the codes, the lowest where several are equal. */
  best(row, firsts, seconds) {
    let found = [];
    let highest = -Infinity;
    for (const first of firsts) {
      for (const second of seconds) {
        const code = first * 256 + second;
        const score = dot(row, this.table, code * row.length, row.length) - this.norms[code];
        if (score > highest) [highest, found] = [score, [first, second]];
      }
    }
    return found;
  }
}
