// After an answer: what stayed the same is only told its place, the step that one works at stays
// where it is on the screen, and what is new comes into view.

import { revealBox, shift, current } from "../canvas-view.js";
import { cardOf, placeOf, world } from "./graph.js";

/** @type {{key: string, x: number, y: number} | null} */
let anchor = null;
const morphing = /** @type {any} */ (window).Idiomorph;

// Of what the browser has already only the id comes: such an element is left alone.
if (morphing) {
  morphing.defaults.callbacks.beforeNodeMorphed = (/** @type {Node} */ old, /** @type {Node} */ fresh) =>
    !(fresh instanceof Element && fresh.hasAttribute("data-same") && old instanceof Element && old.id === fresh.id);
}

/** @param {string} key of the step that is to stay where it is */
export function remember(key) {
  const card = cardOf(key);
  anchor = card ? { key, ...placeOf(card) } : null;
}

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const { target } = /** @type {CustomEvent<{target: Element}>} */ (event).detail;
  if (target.id === "world") place();
});

/** The answer is whole: everything that may differ has been drawn. */
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent<{target: Element}>} */ (event).detail;
  if (target?.id === "world") document.dispatchEvent(new CustomEvent("canvas:drawn"));
});

function place() {
  for (const line of (world().dataset.places ?? "").split(";")) {
    const [id, x, y] = line.split(" ");
    const element = id ? document.getElementById(id) : null;
    if (!element) continue;
    set(element, "--x", `${x}px`);
    set(element, "--y", `${y}px`);
  }
  const card = anchor && cardOf(anchor.key);
  if (!anchor || !card) return;
  const now = placeOf(card);
  const { zoom } = current();
  shift((anchor.x - now.x) * zoom, (anchor.y - now.y) * zoom);
  anchor = null;
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
function set(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** @param {string} key brings the card of a step into view */
export function show(key) {
  const card = cardOf(key);
  if (card) revealBox(placeOf(card));
}
