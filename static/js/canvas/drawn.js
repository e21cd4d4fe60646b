// After an answer: what stayed the same is only told its place, the step that one works at stays
// where it is on the screen, and what is new comes into view.

import { revealBox, shift, current } from "../canvas-view.js";
import { cardOf, placeOf } from "./graph.js";
import { put, set, settle } from "./places.js";

/** @type {{key: string, x: number, y: number} | null} */
let anchor = null;
const morphing = /** @type {any} */ (window).Idiomorph;

// A rule editor and a preview answer for themselves: the form around them leaves them alone.
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
  const come = target.id === "fresh" ? document.getElementById("fresh") : null;
  for (const fresh of /** @type {HTMLElement[]} */ ([...(come?.children ?? [])])) {
    const into = document.getElementById(fresh.dataset.into ?? "");
    if (into) merge(fresh, into);
  }
  come?.replaceChildren();
});

/**
 * Takes what an answer brought into the drawing or the outline: what is not named any more goes,
 * what differs is morphed, what is new comes in its order, all else stays as it is.
 * @param {HTMLElement} fresh
 * @param {HTMLElement} into
 */
function merge(fresh, into) {
  const order = (fresh.dataset.order ?? "").split(" ").filter(Boolean);
  const wanted = new Set(order);
  /** @type {Map<string, HTMLElement>} */
  const there = new Map();
  for (const child of /** @type {HTMLElement[]} */ ([...into.children])) {
    if (wanted.has(child.id)) there.set(child.id, child);
    else child.remove();
  }
  const come = new Map([...fresh.children].map((child) => [child.id, /** @type {HTMLElement} */ (child)]));
  /** @type {HTMLElement | null} */
  let before = null;
  for (const id of order) {
    const old = there.get(id);
    const piece = come.get(id);
    const alike = piece && old && id !== "edges" && piece.tagName === old.tagName;
    if (alike) morphing.morph(old, piece, { morphStyle: "outerHTML" });
    else if (piece && old) old.replaceWith(piece);
    else if (piece && before) before.after(piece);
    else if (piece) into.prepend(piece);
    const now = (alike ? old : piece ?? old) ?? null;
    if (now) there.set(id, now);
    if (now && before && now.previousElementSibling !== before && !piece) before.after(now);
    before = now ?? before;
  }
  into.hidden = into.id === "outline" && !order.length;
  if (into.id === "world") place(fresh, into, there);
}

/** The answer is whole: everything that may differ has been drawn. */
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent<{target: Element}>} */ (event).detail;
  if (target?.id === "world") document.dispatchEvent(new CustomEvent("canvas:drawn"));
});

/**
 * @param {HTMLElement} fresh
 * @param {HTMLElement} into
 * @param {Map<string, HTMLElement>} there
 */
function place(fresh, into, there) {
  Object.assign(into.dataset, { number: fresh.dataset.number, drawn: fresh.dataset.drawn });
  for (const name of ["--w", "--h", "--card"]) set(into, name, fresh.style.getPropertyValue(name));
  for (const line of (fresh.dataset.places ?? "").split(";")) {
    const [id = "", x, y] = line.split(" ");
    const element = there.get(id);
    if (element) put(element, { x: Number(x), y: Number(y) });
  }
  const card = anchor && cardOf(anchor.key);
  if (anchor && card) {
    const now = placeOf(card);
    const { zoom } = current();
    shift((anchor.x - now.x) * zoom, (anchor.y - now.y) * zoom);
  }
  anchor = null;
  settle();
}

/** @param {string} key brings the card of a step into view */
export function show(key) {
  const card = cardOf(key);
  if (card) revealBox(placeOf(card));
}
