// An opened .aez file: its images, page by page; chunks are decoded when they are shown.

import { AezFile, FileError, decodeChunk, readChunk } from "../decoder/index.js";
import { button, byId, count, element, grouped } from "./dom.js";
import { originalPicture, picture } from "./picture.js";

const PAGE_IMAGES = 60;
const KEPT_CHUNKS = 6;
const PAUSE_MS = 12; // of decoding, after which the page gets its turn

/** What is wrong with the records of a file that have no images, or "". */
function problemOfExtras(file) {
  try {
    file.extras();
    return "";
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.message;
  }
}

export class ArchiveView {
  constructor(app, bytes, title) {
    this.app = app;
    this.title = title;
    this.file = new AezFile(bytes);
    this.problem = this.file.damage || problemOfExtras(this.file);
    this.library = app.models.library.withEmbedded(this.file);
    this.kept = new Map();
    this.page = 0;
    this.starts = [0];
    for (const images of this.file.counts) this.starts.push(this.starts[this.starts.length - 1] + images);
    this.section = byId("archive");
  }

  async show() {
    const { file } = this;
    this.section.hidden = false;
    const names = file.ids.map((id, i) => this.modelName(id, i) + this.whence(id));
    const text = `${count(file.bytes.length, "byte")}, ${count(file.images, "image")} in ${count(file.chunks, "chunk")}, coded by ${names.join(", ")}.`;
    this.grid = element("div", { className: "grid" });
    this.note = element("p", { className: "warning", role: "alert", hidden: true });
    this.section.replaceChildren(element("h2", { tabIndex: -1 }, this.title), element("p", {}, text), this.note, this.pager(), this.grid);
    await this.showPage(0);
  }

  pager() {
    const pages = Math.max(1, Math.ceil(this.file.images / PAGE_IMAGES));
    this.where = element("span", {});
    const go = (text, to) => button(text, () => this.showPage(Math.min(pages - 1, Math.max(0, to()))));
    return element("div", { className: "row", hidden: pages === 1 },
      go("First", () => 0), go("Previous", () => this.page - 1), this.where,
      go("Next", () => this.page + 1), go("Last", () => pages - 1));
  }

  /** What the page calls a model, else what the file calls it. */
  modelName(id, position) {
    const known = this.app.models.coder(id) || !this.file.titles[position];
    return known ? this.app.models.name(id) : this.file.titles[position];
  }

  /** What to say beside the name of a model that is not the page's. */
  whence(id) {
    if (this.app.models.coder(id)) return "";
    return this.file.embedded.has(id) ? " (embedded)" : " (not in this page)";
  }

  /** Show one page; what is damaged is told, and the rest is shown. */
  async showPage(page) {
    this.page = page;
    this.grid.setAttribute("aria-busy", "true");
    const first = page * PAGE_IMAGES;
    const end = Math.min(first + PAGE_IMAGES, this.file.images);
    this.where.textContent = `${grouped(first + 1)} to ${grouped(end)} of ${grouped(this.file.images)}`;
    if (!this.grid.childElementCount) this.grid.append(element("p", { className: "quiet" }, "Decoding…"));
    const problems = new Set(this.problem ? [this.problem] : []);
    const tiles = [];
    let chunk = this.starts.findIndex((start) => start > first) - 1;
    for (let i = first; i < end; chunk++) {
      const found = await this.chunk(chunk);
      if (this.page !== page) return;
      if (found.problem) problems.add(`Chunk ${chunk + 1}: ${found.problem}`);
      for (; i < Math.min(end, this.starts[chunk + 1]); i++) tiles.push(this.tile(found, i, i - this.starts[chunk]));
    }
    this.note.hidden = problems.size === 0;
    this.note.textContent = [...problems].join(" ");
    this.grid.replaceChildren(...tiles);
    this.grid.setAttribute("aria-busy", "false");
  }

  async chunk(number) {
    if (!this.kept.has(number)) {
      const found = { images: [], originals: [], names: [], labels: [], problem: "" };
      try {
        const read = readChunk(this.file, number, this.kept.get(number - 1)?.starts);
        Object.assign(found, { names: read.names, labels: read.labels, starts: read.starts, owners: read.owners });
        found.images = await this.decode(read, found.originals);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        found.problem = error.message;
      }
      this.kept.set(number, found);
      if (this.kept.size > KEPT_CHUNKS) this.kept.delete(this.kept.keys().next().value);
    }
    return this.kept.get(number);
  }

  /** Decode a chunk, and give way to the page every few milliseconds. */
  async decode(read, originals) {
    const images = [];
    let rested = performance.now();
    for (const image of decodeChunk(read, this.file.ids, this.library, originals)) {
      images.push(image);
      if (performance.now() - rested > PAUSE_MS) {
        await new Promise((resume) => { setTimeout(resume); });
        rested = performance.now();
      }
    }
    return images;
  }

  /** A label, and the name of its class where the file has that. */
  labelText(label) {
    const { values, classes } = this.file.labels;
    const name = classes[values.indexOf(label)];
    return name === undefined ? `${label}` : `${label} (${name})`;
  }

  tile(found, number, at) {
    const name = found.names[at] ?? `${number + 1}`;
    const label = found.labels.length ? `, label ${this.labelText(found.labels[at])}` : "";
    const pixels = found.images[at];
    const level = found.owners ? this.app.models.name(this.file.ids[found.owners[at]]) : "damaged";
    const caption = [element("span", { title: name }, name), element("small", {}, level + label)];
    if (!pixels) {
      const reason = found.problem ? "damaged" : "model not in this page";
      return element("div", { className: "tile" }, element("span", { className: "missing" }, reason), ...caption);
    }
    const tile = button("", () => this.app.tryImage(pixels, name, { show: true }), { className: "tile", title: "Compress this image" });
    const original = found.originals[at];
    const pictures = [picture(pixels, `Image ${name}`)];
    if (original) {
      const size = `${original.side}x${original.side}`;
      pictures.push(originalPicture(original, `Its black-and-white original, ${size}`));
      caption.push(element("small", {}, `original ${size}`));
      tile.classList.add("both");
    }
    tile.append(element("span", { className: "pictures" }, ...pictures), ...caption);
    return tile;
  }
}
