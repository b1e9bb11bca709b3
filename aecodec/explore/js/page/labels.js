// Which labels can be drawn without covering one another.

/** Of labels {x, y, width, height} around their middles, those that overlap none placed before. */
export function placeLabels(wanted) {
  const placed = [];
  for (const label of wanted) {
    const covers = (other) =>
      Math.abs(label.x - other.x) < (label.width + other.width) / 2 &&
      Math.abs(label.y - other.y) < (label.height + other.height) / 2;
    if (!placed.some(covers)) placed.push(label);
  }
  return placed;
}
