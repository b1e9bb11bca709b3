// Behind the points: images decoded on a grid across the plane, as ink on nothing.

import { PIXELS, SIDE } from "../decoder/index.js";
import { byId, element } from "./dom.js";
import { paint } from "./picture.js";

const FRAME_MS = 12; // spent on decoding in each frame, so that the page stays quick
const MOST_TILES = 6000;
const LEAST_TILE = 30; // in pixels of the screen

export class Backdrop {
  constructor(map, coder) {
    this.map = map;
    this.coder = coder;
    this.canvas = byId("tiles");
    this.tiles = new Map();
    this.on = true;
  }

  /** The plane or the latents off it have changed. */
  forget() {
    this.tiles.clear();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.map.width, this.map.height);
    context.globalAlpha = 0.4;
    this.missing = [];
    if (!this.on) return;
    if (this.tiles.size > MOST_TILES) this.forget();
    this.step = 2 ** Math.ceil(Math.log2(LEAST_TILE / this.map.scale));
    for (const cell of this.cells()) {
      if (this.tiles.has(cell.key)) this.put(cell);
      else this.missing.push(cell);
    }
    const [x, y] = [this.map.width / 2, this.map.height / 2];
    const far = (cell) => Math.hypot(cell.x - x, cell.y - y);
    this.missing.sort((a, b) => far(b) - far(a)); // the middle comes first, from the end
    this.fill();
  }

  /** The cells in view, by the middle of each. */
  *cells() {
    const { map, step } = this;
    const [low, high] = map.plane.limits();
    const cell = (value) => Math.floor(value / step);
    const [left, top] = map.toPlane(0, 0).map(cell);
    const [right, bottom] = map.toPlane(map.width, map.height).map(cell);
    for (let j = bottom; j <= top; j++) {
      for (let i = left; i <= right; i++) {
        const [u, v] = [(i + 0.5) * step, (j + 0.5) * step];
        if (Math.min(u, v) < low || Math.max(u, v) > high) continue;
        const [x, y] = map.toScreen(u, v);
        yield { key: `${step}/${i}/${j}`, u, v, x, y };
      }
    }
  }

  /** Decode what is missing, a few cells a frame. */
  fill() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      const begun = performance.now();
      while (this.missing.length && performance.now() - begun < FRAME_MS) {
        const cell = this.missing.pop();
        const pixels = this.coder.draw(this.map.plane.at(cell.u, cell.v), new Uint8Array(PIXELS));
        const ink = this.map.ink.match(/\w\w/g).map((pair) => parseInt(pair, 16));
        const canvas = element("canvas", { width: SIDE, height: SIDE });
        this.tiles.set(cell.key, paint(canvas, pixels, (grey) => [...ink, grey]));
        this.put(cell);
      }
      if (this.missing.length) this.fill();
    });
  }

  put({ key, x, y }) {
    const size = this.step * this.map.scale;
    const context = this.canvas.getContext("2d");
    context.drawImage(this.tiles.get(key), x - size / 2, y - size / 2, size, size);
  }
}
