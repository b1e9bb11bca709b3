// The drawing pad: strokes as lines, drawn to 28x28 greys by distance and not by a canvas, whose
// pixels a browser may change.

const PEN_RADIUS = 1.15; // in pixels of 28x28: MNIST's strokes are about two pixels wide
const INNER_BOX = 20; // MNIST fits its digits into 20x20, then centres their mass

class Pad {
  constructor(changed) {
    this.canvas = byId("pad");
    this.strokes = [];
    this.changed = changed;
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.strokes.push([place(event)]);
      this.drawing = true;
      this.update();
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.drawing) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) {
        this.strokes[this.strokes.length - 1].push(place(one));
      }
      this.update();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(end, () => { this.drawing = false; });
    }
    byId("clear").addEventListener("click", () => {
      this.strokes = [];
      this.update();
    });
    byId("centre").addEventListener("change", () => this.update());
    this.drawStrokes();
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
