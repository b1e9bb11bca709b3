// Marker shapes of classes, by matplotlib's names, so that page and figure look alike.

import { element } from "./dom.js";

const polygon = (corners, turn, inner = 1) =>
  Array.from({ length: corners }, (_, i) => {
    const angle = 2 * Math.PI * (turn + i / corners) - Math.PI / 2;
    const radius = i % 2 ? inner : 1;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
const turned = (points) => points.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
const PLUS = [
  [-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35],
  [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35],
];
const OUTLINES = {
  o: polygon(24, 0), s: polygon(4, 1 / 8), D: polygon(4, 0), p: polygon(5, 0), h: polygon(6, 0),
  "^": polygon(3, 0), v: polygon(3, 1 / 2), "<": polygon(3, 3 / 4), ">": polygon(3, 1 / 4),
  "*": polygon(10, 0, 0.45), P: PLUS, X: turned(PLUS), d: polygon(4, 0, 0.6),
};

/** Draw a marker on a canvas context. */
export function drawSymbol(context, shape, x, y, radius, fill, edge, width = 1) {
  context.beginPath();
  for (const [dx, dy] of OUTLINES[shape]) context.lineTo(x + dx * radius, y + dy * radius);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = edge;
  context.lineWidth = width;
  context.stroke();
}

/** A small canvas with one marker, to be copied thousands of times. */
export function symbolSprite(kind, radius, edge) {
  const size = Math.ceil(2 * radius + 4);
  const canvas = element("canvas", { width: size, height: size });
  const context = canvas.getContext("2d");
  drawSymbol(context, kind.shape, size / 2, size / 2, radius, kind.colour, edge, radius / 5);
  return canvas;
}
