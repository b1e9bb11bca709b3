// Where there are more than two latents: which plane to look at, and sliders for the others.

import { byId, element } from "./dom.js";
import { AxisPlane, PrincipalPlane } from "./plane.js";

/** Add the choice of a plane to the page. */
export function buildAxes(app) {
  const { space, data } = app;
  if (space.latents < 3) return;
  const names = Array.from({ length: space.latents }, (_, i) => `latent ${i + 1}`);
  const choice = (label, first) => {
    const select = element("select", {});
    for (const [value, name] of names.entries()) select.append(element("option", { value }, name));
    select.value = first;
    return [select, element("label", {}, label, " ", select)];
  };
  const principal = element("option", { value: -1 }, "principal axes");
  const [across, acrossLabel] = choice("Across", 0);
  const [up, upLabel] = choice("Up", 1);
  across.prepend(principal);
  across.value = -1;
  const held = space.mean();
  const sliders = element("div", { className: "sliders" });
  const toNearest = element("button", { type: "button" }, "Hold the others at the nearest image");

  const update = () => {
    const flat = across.value !== "-1";
    upLabel.hidden = details.hidden = !flat;
    if (!flat) app.setPlane(new PrincipalPlane(space, data.origin, data.axes));
    else app.setPlane(new AxisPlane(space, Number(across.value), Number(up.value), held));
    sliders.querySelectorAll("input").forEach((input, k) => {
      input.value = held[k];
      input.parentElement.hidden = [across.value, up.value].includes(String(k));
    });
  };
  for (const [k, name] of names.entries()) {
    const input = element("input", { type: "range", min: space.low, max: space.high, value: held[k] });
    input.addEventListener("input", () => {
      held[k] = Number(input.value);
      app.map.backdrop.forget();
      app.map.backdrop.draw();
      app.moved(...app.map.cursor);
    });
    sliders.append(element("label", {}, name, input));
  }
  const details = element("details", {}, element("summary", {}, "The other latents"), toNearest, sliders);
  toNearest.addEventListener("click", () => {
    if (app.map.nearest) held.splice(0, held.length, ...space.point(app.map.nearest.number));
    update();
  });
  across.addEventListener("change", update);
  up.addEventListener("change", update);
  byId("axes").hidden = false;
  byId("axes").append(acrossLabel, upLabel, details);
  update();
}
