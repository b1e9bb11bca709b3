// The map in three layers: the decoded backdrop, the points, the cursor.

import { SIDE } from "../decoder/index.js";
import { Backdrop } from "./backdrop.js";
import { byId, element } from "./dom.js";
import { placeLabels } from "./labels.js";
import { paint } from "./picture.js";
import { drawSymbol, symbolSprite } from "./symbols.js";

const MOST_THUMBNAILS = 140;

export class LatentMap {
  constructor(space, coder) {
    this.space = space;
    this.canvas = byId("points");
    this.overlay = byId("overlay");
    this.backdrop = new Backdrop(this, coder);
    this.cursor = [0, 0];
    this.pin = null; // where the user's own image lies
    this.labels = []; // class names at the middle of their points
  }

  setPlane(plane) {
    this.plane = plane;
    const { count, points } = this.space;
    this.places = Float64Array.from({ length: 2 * count });
    for (let i = 0; i < count; i++) this.places.set(plane.project(points, i), 2 * i);
    this.backdrop.forget();
    this.labelClasses();
    this.showAll();
  }

  labelClasses() {
    const { labels, classes } = this.space;
    const members = classes.map(() => []);
    labels.forEach((label, i) => members[label].push(i));
    const middle = (numbers, side) => {
      const values = numbers.map((i) => this.places[2 * i + side]).sort((a, b) => a - b);
      return values[values.length >> 1];
    };
    const several = classes.length > 1;
    this.labels = several ? members.map((m) => (m.length ? [middle(m, 0), middle(m, 1)] : null)) : [];
  }

  /** Fit all points, and for two latents the whole space, into the view. */
  showAll() {
    const side = (k) => {
      const values = this.places.filter((_, i) => i % 2 === k);
      const [low, high] = this.space.latents <= 2 ? this.plane.limits() : [Infinity, -Infinity];
      const fold = (pick, start) => values.reduce((a, b) => pick(a, b), start);
      return [fold(Math.min, low), fold(Math.max, high)];
    };
    this.extent = [side(0), side(1)];
    const [[left, right], [bottom, top]] = this.extent;
    this.centre = [(left + right) / 2, (bottom + top) / 2];
    this.resize();
    const fit = (room, low, high) => (room - 24) / Math.max(high - low, 1);
    this.least = Math.min(fit(this.width, left, right), fit(this.height, bottom, top));
    this.scale = this.least;
    this.draw();
  }

  resize() {
    const { clientWidth, clientHeight } = this.overlay;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.backdrop.canvas, this.canvas, this.overlay]) {
      canvas.width = Math.round(clientWidth * ratio);
      canvas.height = Math.round(clientHeight * ratio);
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    [this.width, this.height, this.ratio] = [clientWidth, clientHeight, ratio];
    const style = getComputedStyle(document.body);
    this.ink = style.getPropertyValue("--ink").trim();
    this.paper = style.getPropertyValue("--card").trim();
    this.sprites = null;
  }

  toScreen(u, v) {
    const { centre, scale, width, height } = this;
    return [width / 2 + (u - centre[0]) * scale, height / 2 - (v - centre[1]) * scale];
  }

  toPlane(x, y) {
    const { centre, scale, width, height } = this;
    return [centre[0] + (x - width / 2) / scale, centre[1] - (y - height / 2) / scale];
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const [u, v] = this.toPlane(x, y);
    this.scale = Math.min(this.least * 200, Math.max(this.least * 0.5, this.scale * factor));
    const [now, then] = [this.toPlane(x, y), [u, v]];
    this.pan(then[0] - now[0], then[1] - now[1]);
  }

  pan(du, dv) {
    const keep = (value, [low, high]) => Math.min(high, Math.max(low, value));
    this.centre = [keep(this.centre[0] + du, this.extent[0]), keep(this.centre[1] + dv, this.extent[1])];
    this.draw();
  }

  /** Draw all, once in the next frame, however often it is asked for. */
  draw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.drawNow();
    });
  }

  drawNow() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    this.backdrop.draw();
    this.drawFrame(context);
    this.drawPoints(context);
    this.drawLabels(context);
    this.drawCursor();
  }

  /** The borders of the latent space. */
  drawFrame(context) {
    const [low, high] = this.plane.limits();
    if (!Number.isFinite(low)) return;
    const [x, y] = this.toScreen(low, high);
    const size = (high - low) * this.scale;
    context.strokeStyle = this.ink;
    context.lineWidth = 1;
    context.globalAlpha = 0.25;
    context.strokeRect(x, y, size, size);
    context.globalAlpha = 1;
  }

  drawPoints(context) {
    const seen = this.visible();
    const near = seen.length <= MOST_THUMBNAILS && this.scale > 4 * this.least;
    const radius = Math.min(8, 3.6 + Math.log2(Math.max(1, this.scale / this.least)));
    const edge = `${this.ink}70`;
    this.sprites = this.space.classes.map((kind) => symbolSprite(kind, radius * this.ratio, edge));
    for (const i of seen) {
      const [x, y] = this.toScreen(this.places[2 * i], this.places[2 * i + 1]);
      if (near) this.drawThumbnail(context, i, x, y);
      else {
        const sprite = this.sprites[this.space.labels[i]];
        const size = sprite.width / this.ratio;
        context.drawImage(sprite, x - size / 2, y - size / 2, size, size);
      }
    }
  }

  /** The numbers of the points in view. */
  visible() {
    const [left, top] = this.toPlane(-8, -8);
    const [right, bottom] = this.toPlane(this.width + 8, this.height + 8);
    const seen = [];
    for (let i = 0; i < this.space.count; i++) {
      const [u, v] = [this.places[2 * i], this.places[2 * i + 1]];
      const inside = u >= left && u <= right && v >= bottom && v <= top;
      if (inside && this.space.classOf(i).shown) seen.push(i);
    }
    return seen;
  }

  drawThumbnail(context, number, x, y) {
    const image = paint(element("canvas", { width: SIDE, height: SIDE }), this.space.image(number));
    const size = 32;
    context.fillStyle = this.space.classOf(number).colour;
    context.fillRect(x - size / 2 - 2, y - size / 2 - 2, size + 4, size + 4);
    context.drawImage(image, x - size / 2, y - size / 2, size, size);
  }

  /** Names of classes, as many as have room; zooming in makes more. */
  drawLabels(context) {
    context.font = "700 15px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    const wanted = this.labels.flatMap((place, number) => {
      const { name, shown } = this.space.classes[number];
      if (!place || !shown) return [];
      const [x, y] = this.toScreen(...place);
      return [{ name, x, y, width: context.measureText(name).width + 4, height: 18 }];
    });
    for (const { name, x, y } of placeLabels(wanted, this.width, this.height)) {
      context.strokeStyle = this.paper;
      context.strokeText(name, x, y);
      context.fillStyle = this.ink;
      context.fillText(name, x, y);
    }
  }

  drawCursor() {
    const context = this.overlay.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    const [x, y] = this.toScreen(...this.cursor);
    const line = (...ends) => {
      context.beginPath();
      for (const [a, b] of ends) context.lineTo(a, b);
      context.stroke();
    };
    const ring = (a, b, radius) => {
      context.beginPath();
      context.arc(a, b, radius, 0, 2 * Math.PI);
      context.stroke();
    };
    context.strokeStyle = this.ink;
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    line([x, 0], [x, this.height]);
    line([0, y], [this.width, y]);
    context.globalAlpha = 1;
    context.lineWidth = this.held ? 3 : 1.5;
    ring(x, y, 7);
    if (this.nearest) {
      const place = this.toScreen(this.places[2 * this.nearest.number], this.places[2 * this.nearest.number + 1]);
      context.lineWidth = 1.5;
      line([x, y], place);
      ring(...place, 5);
    }
    if (this.pin) drawSymbol(context, "*", ...this.toScreen(...this.pin), 11, this.ink, this.paper, 2);
  }
}
