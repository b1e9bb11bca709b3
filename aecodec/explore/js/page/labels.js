// Which labels can be drawn, and where, so that none is cut and none covers another.

/**
 * Of labels {x, y, width, height} around points, those whose point is in a view of `width` and
 * `height` and that overlap none placed before; each moved as far as it must to be inside.
 */
export function placeLabels(wanted, width, height) {
  const placed = [];
  const inside = (at, size, room) => Math.min(room - size / 2, Math.max(size / 2, at));
  for (const label of wanted) {
    if (label.x < 0 || label.x > width || label.y < 0 || label.y > height) continue;
    const x = inside(label.x, label.width, width);
    const y = inside(label.y, label.height, height);
    const covers = (other) =>
      Math.abs(x - other.x) < (label.width + other.width) / 2 &&
      Math.abs(y - other.y) < (label.height + other.height) / 2;
    if (!placed.some(covers)) placed.push({ ...label, x, y });
  }
  return placed;
}
