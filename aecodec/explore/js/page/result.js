// The result for one image: what each model of the page makes of it, byte by byte.

import { hex } from "../decoder/index.js";
import { meanError } from "./coding.js";
import { button, count, element } from "./dom.js";
import { differenceColour, picture } from "./picture.js";

/**
 * The elements that show a result. png: the bytes of the image's file; coded: a list of
 * {encoder, result}, the result null where the page has no encoder of that model.
 */
export function showResult(title, pixels, png, coded) {
  const heading = element("h2", { tabIndex: -1 }, title);
  const original = element("figure", { className: "original" },
    picture(pixels, "Original image"), element("figcaption", {}, `original, as PNG ${count(png.length, "byte")}`));
  const cards = coded.map(({ encoder, result }) => result
    ? card(encoder, result, pixels, png, title)
    : element("article", {}, modelHeading(encoder), withoutEncoder(encoder)));
  return [heading, element("div", { className: "results" }, original, ...cards)];
}

function modelHeading({ name, role }) {
  return element("h3", {}, element("span", { className: "name" }, name), element("small", {}, role));
}

function withoutEncoder({ level }) {
  const text = `Coding by this model takes a search that this page does not have: use aecodec compress --level ${level}.`;
  return element("p", { className: "quiet" }, text);
}

function card(encoder, result, pixels, png, title) {
  const difference = Array.from(result.rebuilt, (value, i) => value - pixels[i]);
  const shown = [
    ["decoded", picture(result.rebuilt, `Decoded image, by ${encoder.name}`)],
    ["error: blue too dark, orange too bright", picture(difference, "Error", differenceColour)],
  ];
  const figures = shown.map(([name, canvas]) => element("figure", {}, canvas, element("figcaption", {}, name)));
  return element("article", {},
    modelHeading(encoder), element("div", { className: "pair" }, ...figures),
    element("div", { className: "row" }, errorText(result, encoder), saveButton(encoder, result, title)),
    sizes(result, png.length), hexDump(result));
}

/** Error and PSNR; and a warning where the error is above 99.9 % of the validation images. */
function errorText({ squaredError }, { name, limit }) {
  const mse = meanError(squaredError);
  const psnr = mse ? `${(-10 * Math.log10(mse)).toFixed(1)} dB` : "exact";
  const line = element("p", {}, "MSE ", element("b", {}, mse.toFixed(4)), `, PSNR ${psnr}.`);
  if (limit !== null && squaredError > limit) {
    line.append(` Unlike what ${name} was trained on: 99.9 % of its validation images stay under ${meanError(limit).toFixed(4)}.`);
  }
  return line;
}

function sizes({ bytes, payload }, png) {
  const rows = [["PNG", png], [".aez file", bytes.length], ["payload", payload.length]];
  const largest = Math.max(...rows.map(([, size]) => size));
  const list = element("div", { className: "sizes", role: "list" });
  for (const [name, size] of rows) {
    const bar = element("span", { className: "bar" });
    bar.style.width = `${Math.max(1, (100 * size) / largest)}%`;
    list.append(element("div", { role: "listitem" },
      element("span", {}, name), element("span", { className: "track" }, bar), element("b", {}, count(size, "byte"))));
  }
  return list;
}

function hexDump({ parts, bytes }) {
  const dump = element("div", { className: "hex", role: "group" });
  dump.setAttribute("aria-label", `The file's ${bytes.length} bytes in hexadecimal`);
  for (const part of parts) {
    const code = element("code", {}, hex(part.bytes, " ").toUpperCase());
    dump.append(element("span", { className: part.name === "payload" ? "payload" : "" }, code, element("small", {}, part.name)));
  }
  return dump;
}

function saveButton({ name }, { bytes }, title) {
  return button("Save the .aez file", () => save(bytes, title), { ariaLabel: `Save the .aez file by ${name}` });
}

function save(bytes, title) {
  const url = URL.createObjectURL(new Blob([bytes]));
  const name = title.replace(/\.png$/i, "").replace(/[^\w.-]+/g, "-");
  element("a", { href: url, download: `${name || "image"}.aez` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
