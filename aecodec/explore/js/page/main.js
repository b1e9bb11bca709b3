// The page: reads its data and joins the parts.

class App {
  constructor(data) {
    this.data = data;
    this.library = new Library(data.models, data.known);
    this.coder = this.library.coder(data.id);
    this.space = new Space(data);
    this.map = new LatentMap(this.space, this.coder);
    this.panel = new CursorPanel(this.space, this.coder);
  }

  start() {
    const { space, map, data } = this;
    byId("subtitle").textContent = `${data.points.source}; ${count(space.latents, "latent")} of kind ${data.kind}.`;
    this.buildLegend();
    this.setPlane(new AxisPlane(space, 0, space.latents > 1 ? 1 : -1, space.mean()));
    buildAxes(this);
    listenToMap(map, (u, v) => this.moved(u, v));
    listenToDrops(this);
    this.pad = new Pad((pixels) => (pixels ? this.tryImage(pixels, "Your drawing") : this.invite()));
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
    const edge = "#00000040";
    space.classes.forEach((kind) => {
      const mark = symbolSprite(kind, 14, edge);
      const button = element("button", { type: "button" }, mark, kind.name);
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        kind.shown = !kind.shown;
        button.setAttribute("aria-pressed", String(kind.shown));
        map.draw();
        this.moved(...map.cursor);
      });
      byId("legend").append(button);
    });
  }

  listenToButtons() {
    const { map } = this;
    byId("zoom-in").addEventListener("click", () => map.zoom(1.5));
    byId("zoom-out").addEventListener("click", () => map.zoom(1 / 1.5));
    byId("reset").addEventListener("click", () => map.showAll());
    byId("backdrop").addEventListener("click", (event) => {
      map.backdrop.on = !map.backdrop.on;
      event.currentTarget.setAttribute("aria-pressed", String(map.backdrop.on));
      map.backdrop.draw();
    });
    byId("code-nearest").addEventListener("click", () => {
      if (!map.nearest) return;
      const { number } = map.nearest;
      this.tryImage(this.space.image(number), `Image ${number + 1}, class ${this.space.classOf(number).name}`);
    });
  }

  invite() {
    this.map.pin = null;
    this.map.drawCursor();
    const text = "Its code, its bytes, what they decode to, and how far that is from the image will stand here.";
    byId("result").replaceChildren(element("p", { className: "quiet" }, text));
  }

  /** Compress an image, and go to where it lies. png: its file, made here where there is none. */
  tryImage(pixels, title, png) {
    png ??= vendored.encode({ width: SIDE, height: SIDE, data: pixels, channels: 1, depth: 8 });
    const latents = showTrial(this, pixels, title, png);
    if (!latents) return;
    this.map.pin = this.map.plane.coordinates(latents);
    this.moved(...this.map.pin);
  }

  async openArchive(bytes, title) {
    const archive = new ArchiveView(this, bytes, title);
    await archive.show();
    if (archive.problem) this.tell(`${title}: ${archive.problem}`);
    byId("archive").scrollIntoView({ behavior: "smooth", block: "nearest" });
  }

  tell(text) {
    byId("message").hidden = !text;
    byId("message").textContent = text;
  }
}

const app = new App(JSON.parse(byId("data").textContent));
app.start();
