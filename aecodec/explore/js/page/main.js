// The page: reads its data and joins the parts.

import { ArchiveView } from "./archive.js";
import { buildAxes } from "./axes.js";
import { codeImage, meanError } from "./coding.js";
import { CursorPanel } from "./cursor.js";
import { announce, button, byId, count, element, reveal } from "./dom.js";
import { listenToFiles } from "./files.js";
import { listenToMap } from "./gestures.js";
import { LatentMap } from "./map.js";
import { PageModels } from "./models.js";
import { Pad } from "./pad.js";
import { picture } from "./picture.js";
import { AxisPlane, Space } from "./plane.js";
import { encodePng } from "./png.js";
import { showResult } from "./result.js";
import { symbolSprite } from "./symbols.js";

const MARK_EDGE = "#00000040";

class App {
  constructor(data) {
    this.data = data;
    this.models = new PageModels(data.models, data.known);
    const coder = this.models.coder(data.id);
    this.space = new Space(data);
    this.map = new LatentMap(this.space, coder);
    this.panel = new CursorPanel(this.space, coder);
    this.opened = 0; // files, so that a slow one does not overtake a later one
  }

  start() {
    const { space, map, data } = this;
    byId("subtitle").textContent = `${data.points.source}; ${count(space.latents, "latent")} of kind ${data.kind}.`;
    this.buildLegend();
    this.setPlane(new AxisPlane(space, 0, space.latents > 1 ? 1 : -1, space.mean()));
    buildAxes(this);
    listenToMap(map, (u, v) => this.moved(u, v));
    listenToFiles(this);
    this.pad = new Pad((pixels) => (pixels ? this.tryImage(pixels, "Your drawing", { preview: true }) : this.invite()));
    this.listenToButtons();
    new ResizeObserver(() => { map.resize(); map.draw(); }).observe(byId("stage"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      map.resize();
      map.backdrop.forget();
      map.draw();
    });
    this.invite();
  }

  setPlane(plane) {
    this.map.setPlane(plane);
    this.moved(...plane.coordinates(this.space.point(0)));
  }

  /** The cursor goes to a place in the plane: decode it at once. */
  moved(u, v) {
    const { map, space } = this;
    const [low, high] = map.plane.limits();
    map.cursor = [u, v].map((value) => Math.min(high, Math.max(low, value)));
    const latents = map.plane.at(...map.cursor);
    map.nearest = space.nearest(latents);
    this.panel.show(latents, map.nearest);
    map.drawCursor();
  }

  buildLegend() {
    const { space, map } = this;
    const buttons = space.classes.map((kind) => {
      const made = button(symbolSprite(kind, 14, MARK_EDGE), () => {
        kind.shown = !kind.shown;
        made.setAttribute("aria-pressed", String(kind.shown));
        map.draw();
        this.moved(...map.cursor);
      });
      made.append(element("span", {}, kind.name));
      made.setAttribute("aria-pressed", "true");
      return made;
    });
    byId("legend").append(...buttons);
  }

  listenToButtons() {
    const { map } = this;
    const onClick = (id, act) => byId(id).addEventListener("click", act);
    onClick("zoom-in", () => map.zoom(1.5));
    onClick("zoom-out", () => map.zoom(1 / 1.5));
    onClick("reset", () => map.showAll());
    onClick("backdrop", (event) => {
      map.backdrop.on = !map.backdrop.on;
      event.currentTarget.setAttribute("aria-pressed", String(map.backdrop.on));
      map.backdrop.draw();
    });
    onClick("code-nearest", () => {
      if (!map.nearest) return;
      const { number } = map.nearest;
      this.tryImage(this.space.image(number), `Image ${number + 1}, class ${this.space.classOf(number).name}`, { show: true });
    });
    onClick("to-result", () => reveal(byId("result")));
    onClick("dismiss", () => this.tell(""));
  }

  invite() {
    this.map.pin = null;
    this.map.drawCursor();
    const text = "Its code, its bytes, what they decode to, and how far that is from the image will stand here.";
    byId("result").replaceChildren(element("h2", { tabIndex: -1 }, "The image compressed"), element("p", { className: "quiet" }, text));
    this.preview([]);
  }

  /**
   * Compress an image, and go to where it lies. png: its file, made here where there is none;
   * show: whether to bring the result into view; preview: whether to show it beside the pad.
   */
  tryImage(pixels, title, { png = encodePng(pixels), show = false, preview = false } = {}) {
    this.tell("");
    const coded = this.data.encoders.map((encoder) => ({ encoder, result: codeImage(this.models, encoder.id, pixels) }));
    byId("result").replaceChildren(...showResult(title, pixels, png, coded));
    this.preview(preview ? coded : []);
    const [own] = coded;
    this.map.pin = own.result && this.map.plane.coordinates(own.result.latents);
    if (this.map.pin) this.moved(...this.map.pin);
    else this.map.drawCursor();
    if (show) reveal(byId("result"));
    announce(`${title}: ${coded.map(summary).join(" ")}`);
  }

  /** What the models make of the drawing, beside it. */
  preview(coded) {
    const decoded = coded.filter(({ result }) => result).map(({ encoder, result }) =>
      element("figure", {}, picture(result.rebuilt, `Decoded by ${encoder.name}`),
        element("figcaption", {}, encoder.name, element("br"), count(result.bytes.length, "byte"),
          element("br"), `MSE ${meanError(result.squaredError).toFixed(4)}`)));
    byId("preview").replaceChildren(...decoded);
    byId("to-result").hidden = decoded.length === 0;
  }

  /** Begin to open a file: what was told or opened before goes. */
  begin() {
    this.tell("");
    byId("archive").hidden = true;
    return ++this.opened;
  }

  isStale(opening) {
    return opening !== this.opened;
  }

  async openArchive(bytes, title) {
    const archive = new ArchiveView(this, bytes, title);
    const shown = archive.show();
    reveal(archive.section, "start");
    announce(`${title}: ${count(archive.file.images, "image")}.`);
    await shown;
    if (!archive.section.hidden) reveal(archive.section, "start"); // it has grown
  }

  tell(text) {
    byId("message").hidden = !text;
    byId("told").textContent = text;
  }
}

function summary({ encoder, result }) {
  if (!result) return `${encoder.name} has no encoder on this page.`;
  return `${result.bytes.length} bytes by ${encoder.name}, MSE ${meanError(result.squaredError).toFixed(4)}.`;
}

new App(JSON.parse(byId("data").textContent)).start();
