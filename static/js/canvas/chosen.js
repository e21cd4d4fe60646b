// What is chosen: one step whose settings stand in the side panel, or several (Shift or Ctrl and a
// click). It belongs to the browser and survives every answer.

import { cardOf, cards, editor, step } from "./graph.js";
import { show } from "./drawn.js";
import { enqueue } from "./line.js";

/** @type {string[]} */
let keys = [panelKey()].filter(Boolean);
mark();

// Whoever works in the outline stays there, also when the row that she was on is gone.
let inTree = false;
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof Element && target.closest("#outline, #stage, #panel")) inTree = Boolean(target.closest("#outline"));
});

/** The one that is chosen, or the last of several. */
export function chosenKey() {
  return keys.at(-1) ?? "";
}

/** Every step that is chosen, in the order of the drawing. */
export function chosenKeys() {
  return cards().map((card) => card.dataset.node ?? "").filter((key) => keys.includes(key));
}

/**
 * Chooses a step ("" for none) and opens its settings.
 * @param {string} key
 * @param {{add?: boolean, focus?: boolean, panel?: boolean}} [how] add it to those that are chosen; focus its card
 */
export function choose(key, { add = false, focus = false, panel = true } = {}) {
  if (add && key) keys = keys.includes(key) ? keys.filter((each) => each !== key) : [...keys, key];
  else keys = key ? [key] : [];
  mark();
  if (key && focus) cardOf(key)?.focus({ preventScroll: true });
  if (key) show(key);
  if (panel && panelKey() !== chosenKey()) enqueue(open);
  if (panel) delete editor().dataset.panelClosed;
}

/** Fetches the settings of what is chosen by then. */
function open() {
  const key = chosenKey();
  if (panelKey() === key) return undefined;
  const { htmx } = /** @type {any} */ (window);
  const url = `${editor().dataset.panel}?step=${encodeURIComponent(key)}`;
  return htmx.ajax("GET", url, { source: editor(), target: "#panel", swap: "morph:outerHTML" });
}

function panelKey() {
  return document.getElementById("panel")?.dataset.of ?? "";
}

document.addEventListener("canvas:drawn", () => {
  // The answer opens the settings of what it made.
  const key = panelKey();
  const isNew = Boolean(key) && !keys.includes(key);
  keys = isNew ? [key] : keys.filter((each) => cardOf(each));
  mark();
  if (isNew) {
    show(key);
    const active = document.activeElement;
    if (!active || active === document.body || !active.matches("input, textarea, select")) {
      if (inTree) document.getElementById(`step-${key}`)?.focus();
      else cardOf(key)?.focus({ preventScroll: true });
    }
  }
});

/** Shows on card, row and lines what is chosen; one card and one row are reached by Tab. */
function mark() {
  const known = new Set(keys);
  for (const card of cards()) {
    const is = known.has(card.dataset.node ?? "");
    if (is) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
  roving(cards(), cardOf(chosenKey()));
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#outline [role=treeitem]")]);
  for (const row of rows) row.setAttribute("aria-selected", String(known.has(row.dataset.step ?? "")));
  roving(rows, document.getElementById(`step-${chosenKey()}`));
  for (const path of document.querySelectorAll("#edges path[data-from]")) {
    path.classList.toggle("on", known.has(/** @type {HTMLElement} */ (path).dataset.from ?? ""));
  }
  document.dispatchEvent(new CustomEvent("canvas:chosen"));
}

/** @param {HTMLElement[]} elements @param {HTMLElement | null} one */
export function roving(elements, one) {
  const reached = one ?? elements.find((each) => each.tabIndex === 0) ?? elements[0];
  for (const each of elements) {
    const wanted = each === reached ? 0 : -1;
    if (each.tabIndex !== wanted) each.tabIndex = wanted;
  }
}

/** @param {string} key whether more can follow a step */
export function hasWays(key) {
  return Boolean(step(key)?.ways.length);
}
