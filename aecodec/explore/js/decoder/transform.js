// The kind `transform`: integer latents in a range code under a masked prior; decoding only.

class TransformCoder {
  constructor(model) {
    this.painter = new Painter(model);
    this.latents = this.painter.network.inputs;
    this.prior = new Prior(model);
    this.encodes = false;
  }

  read(payload, count) {
    const symbols = count * this.latents;
    const most = 2 * symbols + Math.floor(symbols / 1024) + 2;
    need(payload.length <= most, "A payload is longer than its images can take.");
    const source = new RangeDecoder(payload);
    const out = this.prior.decode(source, count);
    source.finish();
    return out;
  }

  draw(latents, out) {
    return this.painter.draw(latents, out);
  }
}

/** The distribution of each latent, given those before it. */
class Prior {
  constructor(model) {
    [this.lowest, this.alphabet] = model.arrays["prior.symbols"].data;
    this.odds = model.arrays["prior.odds"].data;
    this.degree = model.arrays["prior.degree"].data;
    this.layers = new Network(model, "prior").layers;
    this.starts = new Float64Array(this.alphabet + 1);
  }

  /** Latents of `count` images: latent by latent, in each all images in turn. */
  decode(source, count) {
    const width = this.layers[0].inputs;
    const hidden = this.layers.slice(0, -1);
    const out = new Float64Array(count * width);
    const units = Array.from({ length: count }, () => hidden.map((layer) => new Float64Array(layer.outputs)));
    for (let latent = 0, known = 0; latent < width; latent++) {
      const before = known;
      while (known < this.degree.length && this.degree[known] <= latent) known++;
      for (let image = 0; image < count; image++) {
        let below = out.subarray(image * width, image * width + latent);
        let inputs = latent;
        units[image].forEach((values, number) => {
          hidden[number].part(below, inputs, before, known, values);
          [below, inputs] = [values, known];
        });
        const symbol = this.symbol(source, below, known, latent);
        out[image * width + latent] = this.lowest + symbol;
      }
    }
    return out;
  }

  symbol(source, below, known, latent) {
    const { alphabet, starts } = this;
    const last = this.layers[this.layers.length - 1];
    const from = latent * alphabet;
    last.part(below, known, from, from + alphabet, last.out);
    let highest = -Infinity;
    for (let s = 0; s < alphabet; s++) highest = Math.max(highest, last.out[from + s]);
    for (let s = 0; s < alphabet; s++) {
      const step = Math.min(highest - last.out[from + s], this.odds.length - 1);
      starts[s + 1] = starts[s] + this.odds[step];
    }
    const total = starts[alphabet];
    for (let s = 1; s <= alphabet; s++) {
      starts[s] = s + Math.floor((starts[s] * (65536 - alphabet)) / total);
    }
    const symbol = source.symbol(starts);
    starts[0] = 0;
    return symbol;
  }
}

/** The range decoder of docs/FORMAT.md: every number stays below 2^48 + 1, exact in doubles. */
class RangeDecoder {
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
