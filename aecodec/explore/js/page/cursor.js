// What stands at the cursor: the decoded image, the nearest real one, the code.

import { PIXELS, hex } from "../decoder/index.js";
import { announce, byId, element } from "./dom.js";
import { paint } from "./picture.js";

export class CursorPanel {
  constructor(space, coder) {
    this.space = space;
    this.coder = coder;
    this.pixels = new Uint8Array(PIXELS);
  }

  show(latents, nearest) {
    paint(byId("decoded"), this.coder.draw(latents, this.pixels));
    byId("decoded").setAttribute("aria-label", `Decoded image of the code ${latents.join(", ")}`);
    const rows = [["Latents", latents.join("  ")]];
    if (this.space.data.kind === "classic") rows.push(["Payload", hex(latents, " ")]);
    let told = "No image is shown.";
    if (nearest) {
      const name = this.space.classOf(nearest.number).name;
      paint(byId("nearest"), this.space.image(nearest.number));
      byId("nearest").setAttribute("aria-label", `Nearest real image, of class ${name}`);
      byId("nearest-caption").replaceChildren("Nearest real image: ", element("b", { title: name }, name));
      rows.push(["Its latents", this.space.point(nearest.number).join("  ")]);
      rows.push(["Distance", nearest.distance.toFixed(1)]);
      told = `Nearest: ${name}, ${nearest.distance.toFixed(1)} away.`;
    }
    byId("facts").replaceChildren(
      ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
    );
    announce(`Code ${latents.slice(0, 4).join(", ")}. ${told}`);
  }
}
