// The kind `code16`: two bytes an image, a region and a point of the codebook they share.

class Code16Coder {
  constructor(model) {
    this.painter = new Painter(model);
    this.latents = this.painter.network.inputs;
    this.points = model.arrays["regions.points"];
    this.axes = model.arrays["regions.axes"].data;
    this.means = model.arrays["regions.means"].data;
    this.shift = model.arrays["regions.shift"].data;
    if ("encoder.table" in model.arrays) this.search = new RegionSearch(model, this);
  }

  get encodes() {
    return Boolean(this.search);
  }

  /** Latents of the code: a dense layer of the region's own, on the point. */
  latentsOf(region, point, out, offset = 0) {
    const rank = this.points.shape[1];
    for (let k = 0; k < this.latents; k++) {
      let sum = this.means[region * this.latents + k];
      if (this.shift[k]) sum += 2 ** (this.shift[k] - 1);
      for (let r = 0; r < rank; r++) {
        const weight = this.axes[(region * rank + r) * this.latents + k];
        sum += this.points.data[point * rank + r] * weight;
      }
      out[offset + k] = Math.min(127, Math.max(-127, Math.floor(sum / 2 ** this.shift[k])));
    }
    return out;
  }

  read(payload, count) {
    need(payload.length === 2 * count, "A payload has the wrong length.");
    const out = new Int16Array(count * this.latents);
    for (let i = 0; i < count; i++) {
      this.latentsOf(payload[2 * i], payload[2 * i + 1], out, i * this.latents);
    }
    return out;
  }

  draw(latents, out) {
    return this.painter.draw(latents, out);
  }

  encode(pixels) {
    this.code = this.search.find(pixels);
    return this.latentsOf(this.code[0], this.code[1], new Int16Array(this.latents));
  }

  /** The bytes of what was encoded last; latents in general have none. */
  payload() {
    return Uint8Array.from(this.code);
  }
}

/** The search of `aecodec compress` at its default effort (docs/FORMAT.md). */
class RegionSearch {
  constructor(model, coder) {
    this.coder = coder;
    this.project = new Network(model, "encoder.project");
    this.table = model.arrays["encoder.table"].data;
    const width = this.project.outputs;
    this.middles = new Int16Array(256 * width);
    for (let region = 0; region < 256; region++) {
      for (let d = 0; d < width; d++) {
        let sum = 128;
        for (let point = 0; point < 256; point++) sum += this.table[(region * 256 + point) * width + d];
        this.middles[region * width + d] = sum >> 8;
      }
    }
  }

  find(pixels) {
    const x = centred(pixels);
    const row = this.project.run(x);
    const everyRegion = Array.from({ length: 256 }, (_, i) => i);
    const regions = this.highest(row, this.middles, everyRegion, RegionSearch.REGIONS);
    const codes = regions.flatMap((region) => everyRegion.map((point) => region * 256 + point));
    const candidates = this.highest(row, this.table, codes, RegionSearch.CANDIDATES);
    let found = 0;
    let highest = -Infinity;
    for (const code of candidates) {
      const score = this.closeness(x, code);
      if (score > highest) [highest, found] = [score, code];
    }
    return [found >> 8, found & 255];
  }

  /** The `count` rows that score highest, ascending; the lower one where two are equal. */
  highest(row, table, numbers, count) {
    const width = row.length;
    const scored = numbers.map((number) => {
      const at = number * width;
      const square = dot(table.subarray(at, at + width), table, at, width);
      return { number, score: dot(row, table, at, width) - 8 * square };
    });
    scored.sort((a, b) => b.score - a.score || a.number - b.number);
    return scored.slice(0, count).map((entry) => entry.number).sort((a, b) => a - b);
  }

  closeness(x, code) {
    const latents = new Int16Array(this.coder.latents);
    this.coder.latentsOf(code >> 8, code & 255, latents);
    const drawn = centred(this.coder.draw(latents, new Uint8Array(PIXELS)));
    return 2 * dot(x, drawn, 0, PIXELS) - dot(drawn, drawn, 0, PIXELS);
  }
}
RegionSearch.REGIONS = 20;
RegionSearch.CANDIDATES = 6;
