// The drawing pad: strokes as lines, drawn to 28x28 greys by distance and not by a canvas, whose
// pixels a browser may change.

import { PIXELS, SIDE } from "../decoder/index.js";
import { byId } from "./dom.js";

const PEN_RADIUS = 1.15; // in pixels of 28x28: MNIST's strokes are about two pixels wide
const INNER_BOX = 20; // MNIST fits its digits into 20x20, then centres their mass
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  /** changed: told the 784 grey levels, or null when the pad is empty. */
  constructor(changed) {
    this.canvas = byId("pad");
    this.strokes = [];
    this.changed = changed;
    this.pen = [SIDE / 2, SIDE / 2]; // that keys move
    this.penShown = false;
    this.listenToPointer();
    this.listenToKeys();
    byId("clear").addEventListener("click", () => {
      this.strokes = [];
      this.drawing = false;
      this.update();
    });
    byId("centre").addEventListener("change", () => this.update());
    this.drawStrokes();
  }

  listenToPointer() {
    const { canvas } = this;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.penShown = false;
      this.begin(place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) this.extend(place(one));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => { this.drawing = false; });
    }
  }

  /** Arrows move the pen; Space or Enter sets it down and lifts it. */
  listenToKeys() {
    const { canvas } = this;
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const arrow = Object.hasOwn(ARROWS, event.key) ? ARROWS[event.key] : null;
      if (arrow) this.movePen(arrow, event.shiftKey ? 4 : 1);
      else if ([" ", "Enter"].includes(event.key)) this.turnPen(!this.drawing);
      else if (event.key === "Escape") this.turnPen(false);
      else return;
      event.preventDefault();
    });
    canvas.addEventListener("focus", () => {
      this.penShown = canvas.matches(":focus-visible");
      this.drawStrokes();
    });
    canvas.addEventListener("blur", () => {
      this.penShown = this.drawing = false;
      this.drawStrokes();
    });
  }

  movePen(arrow, step) {
    this.penShown = true;
    this.pen = this.pen.map((value, k) => Math.min(SIDE, Math.max(0, value + step * arrow[k])));
    if (this.drawing) this.extend(this.pen);
    else this.drawStrokes();
  }

  turnPen(down) {
    this.penShown = true;
    if (down) this.begin(this.pen);
    else this.drawing = false;
    this.drawStrokes();
  }

  begin(place) {
    this.strokes.push([place]);
    this.drawing = true;
    this.update();
  }

  extend(place) {
    if (!this.drawing) return;
    this.strokes[this.strokes.length - 1].push(place);
    this.update();
  }

  update() {
    this.drawStrokes();
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.changed(this.strokes.length ? this.pixels() : null);
    });
  }

  drawStrokes() {
    const context = this.canvas.getContext("2d");
    const zoom = this.canvas.width / SIDE;
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(context, { strokeStyle: "#fff", lineWidth: 2 * PEN_RADIUS * zoom, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x * zoom, y * zoom);
      context.stroke();
    }
    if (!this.penShown) return;
    Object.assign(context, { strokeStyle: this.drawing ? "#ffa90e" : "#7db4ff", lineWidth: 3 });
    context.beginPath();
    context.arc(this.pen[0] * zoom, this.pen[1] * zoom, 2 * PEN_RADIUS * zoom, 0, 2 * Math.PI);
    context.stroke();
  }

  pixels() {
    if (!byId("centre").checked) return rasterise(this.strokes);
    const scaled = fitStrokes(this.strokes);
    const [dx, dy] = massOffset(rasterise(scaled));
    return rasterise(scaled.map((stroke) => stroke.map(([x, y]) => [x + dx, y + dy])));
  }
}

/** Scale strokes into MNIST's inner box, in the middle of the image. */
function fitStrokes(strokes) {
  const all = strokes.flat();
  const ends = [0, 1].map((k) => [Math.min(...all.map((p) => p[k])), Math.max(...all.map((p) => p[k]))]);
  const longest = Math.max(...ends.map(([low, high]) => high - low));
  const scale = longest > 4 ? (INNER_BOX - 2 * PEN_RADIUS) / longest : 1;
  const middle = ends.map(([low, high]) => (low + high) / 2);
  return strokes.map((stroke) => stroke.map((point) => point.map((value, k) => (value - middle[k]) * scale + SIDE / 2)));
}

function massOffset(pixels) {
  const sums = [0, 0, 0];
  pixels.forEach((grey, i) => {
    sums[0] += grey * ((i % SIDE) + 0.5);
    sums[1] += grey * (Math.floor(i / SIDE) + 0.5);
    sums[2] += grey;
  });
  return [SIDE / 2 - sums[0] / sums[2], SIDE / 2 - sums[1] / sums[2]];
}

/** Greys by the distance of each pixel's middle to the nearest stroke. */
function rasterise(strokes) {
  return Uint8Array.from({ length: PIXELS }, (_, i) => {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    let least = Infinity;
    for (const stroke of strokes) {
      for (let k = 0; k < stroke.length; k++) {
        least = Math.min(least, distanceToSegment(x, y, stroke[Math.max(k - 1, 0)], stroke[k]));
      }
    }
    return Math.round(255 * Math.min(1, Math.max(0, PEN_RADIUS + 0.5 - least)));
  });
}

function distanceToSegment(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
