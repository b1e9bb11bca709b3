// Small helpers for the page: elements, and words for numbers.

export const byId = (id) => document.getElementById(id);

/** An element with properties and children: element("p", { className: "quiet" }, "text"). */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(text, act, properties = {}) {
  const made = element("button", { type: "button", ...properties }, text);
  made.addEventListener("click", act);
  return made;
}

/** Bring a section into view and its heading into focus. */
export function reveal(section, block = "nearest") {
  section.querySelector("h2")?.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const fits = section.offsetHeight < window.innerHeight;
  section.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: fits ? block : "start" });
}

let speaking = 0;

/** Tell a screen reader, once nothing newer has come for a moment. */
export function announce(text) {
  clearTimeout(speaking);
  speaking = setTimeout(() => { byId("spoken").textContent = text; }, 400);
}

export const grouped = (number) => number.toLocaleString("en");
export const count = (number, what) => `${grouped(number)} ${what}${number === 1 ? "" : "s"}`;
