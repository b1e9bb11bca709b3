// An image that the user brings: its code, its bytes, its reconstruction, error and size.

/** Show what compressing an image gives, and return its latents. png: the bytes of its file. */
function showTrial(app, pixels, title, png) {
  const { coder, space } = app;
  if (!coder.encodes) {
    const text = `Compressing with ${space.data.name} takes a search that this page does not have: use aecodec compress.`;
    byId("result").replaceChildren(element("p", { className: "quiet" }, text));
    return null;
  }
  const latents = coder.encode(pixels);
  const payload = coder.payload(latents);
  const rebuilt = coder.draw(latents, new Uint8Array(PIXELS));
  const parts = singleFile(space.data.id, payload, rebuilt);
  const bytes = Uint8Array.from(parts.flatMap((part) => Array.from(part.bytes)));
  byId("result").replaceChildren(
    element("div", {}, element("h2", {}, title), pictures(pixels, rebuilt), errorText(pixels, rebuilt, space.data)),
    element("div", {}, sizes(bytes.length, payload.length, png.length), hexDump(parts, bytes), saveButton(bytes, title)),
  );
  return latents;
}

function pictures(pixels, rebuilt) {
  const difference = Array.from(rebuilt, (value, i) => value - pixels[i]);
  const shown = [
    ["original", picture(pixels, "Original image")],
    ["decoded", picture(rebuilt, "Decoded image")],
    ["error: blue too dark, orange too bright", picture(difference, "Error", differenceColour)],
  ];
  const figures = shown.map(([name, canvas]) => element("figure", {}, canvas, element("figcaption", {}, name)));
  return element("div", { className: "three" }, ...figures);
}

function errorText(pixels, rebuilt, data) {
  const { sum, mse } = meanSquaredError(pixels, rebuilt);
  const psnr = mse ? `${(-10 * Math.log10(mse)).toFixed(1)} dB` : "exact";
  const line = element("p", {}, "MSE ", element("b", {}, mse.toFixed(4)), `, PSNR ${psnr}.`);
  if (data.unusual !== null && sum > data.unusual) {
    const limit = (data.unusual / (PIXELS * 255 ** 2)).toFixed(4);
    line.append(` Unlike what ${data.name} was trained on: 99.9 % of its validation images stay under ${limit}.`);
  }
  return line;
}

function sizes(file, payload, png) {
  const rows = [["PNG", png], [".aez file", file], ["payload", payload]];
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

function hexDump(parts, bytes) {
  const dump = element("div", { className: "hex", id: "hex" });
  dump.setAttribute("aria-label", `The file's ${bytes.length} bytes in hexadecimal`);
  for (const part of parts) {
    const code = element("code", {}, hex(part.bytes, " ").toUpperCase());
    dump.append(element("span", { className: part.name === "payload" ? "payload" : "" }, code, element("small", {}, part.name)));
  }
  return dump;
}

function saveButton(bytes, title) {
  const button = element("button", { type: "button" }, "Save the .aez file");
  button.addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([bytes]));
    const name = title.replace(/\.png$/i, "").replace(/[^\w.-]+/g, "-");
    element("a", { href: url, download: `${name || "image"}.aez` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
  return button;
}
