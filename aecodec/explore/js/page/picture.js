// Small helpers for the page: elements, and 28x28 pictures on canvases.

const byId = (id) => document.getElementById(id);

/** An element with properties and children: element("p", { className: "quiet" }, "text"). */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Paint values on a 28x28 canvas; `colour` maps a value to [red, green, blue, alpha]. */
function paint(canvas, values, colour = (grey) => [grey, grey, grey, 255]) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < PIXELS; i++) image.data.set(colour(values[i]), 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function picture(values, label, colour) {
  const canvas = element("canvas", { className: "picture", width: SIDE, height: SIDE });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return paint(canvas, values, colour);
}

/** Signed differences: orange where too bright, blue where too dark. */
function differenceColour(value) {
  const [red, green, blue] = value > 0 ? [230, 120, 0] : [40, 120, 220];
  return [red, green, blue, Math.min(255, Math.abs(value))];
}

function meanSquaredError(a, b) {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += (a[i] - b[i]) ** 2;
  return { sum, mse: sum / (PIXELS * 255 ** 2) };
}

const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
