// Lists in which one picks by typing: a kind of step, a step, a way, what a field names. Arrows
// walk, Enter takes the first that fits; see ../rules/pick.js.

import { cards, nameOf, targetOf, wordsOf } from "./graph.js";
import { mayAdd } from "./may.js";

/** @typedef {import("./graph.js").Slot} Slot */

/** @type {((value: string) => void) | null} */
let taken = null;
/** @type {HTMLElement | null} */
let opener = null;

/** @param {string} id @returns {HTMLDialogElement} */
function box(id) {
  return /** @type {HTMLDialogElement} */ (document.getElementById(id));
}

/** @param {HTMLDialogElement} dialog @param {(value: string) => void} then */
function open(dialog, then) {
  taken = then;
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const search = dialog.querySelector("input");
  if (search) search.value = "";
  filter(dialog, "");
  // A modal dialog makes all else inert, for which a browser works out every style of a large
  // drawing anew, twice: the pickers only lie on top.
  if (dialog.popover) dialog.showPopover();
  else dialog.showModal();
  search?.focus();
}

/**
 * Which step to add: of those that may stand there.
 * @param {Slot} slot
 * @param {(kind: string) => void} then
 */
export function pickKind(slot, then) {
  const dialog = box("add-step");
  for (const button of kinds(dialog)) {
    button.toggleAttribute("data-not", !mayAdd(button.dataset.family ?? "", slot));
  }
  open(dialog, then);
}

/** @param {HTMLElement} dialog @returns {HTMLElement[]} */
function kinds(dialog) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll("[data-kind]"))];
}

/**
 * A step to go to.
 * @param {(key: string) => void} then
 */
export function pickStep(then) {
  pickPlace("find", () => true, then);
}

/**
 * A step among those that may be taken.
 * @param {"find" | "connect"} title
 * @param {(key: string) => boolean} may
 * @param {(key: string) => void} then
 */
export function pickPlace(title, may, then) {
  const rows = cards().filter((card) => may(card.dataset.node ?? "")).map((card) => {
    const kind = card.querySelector(".kind")?.textContent?.trim() ?? "";
    return row(card.dataset.node ?? "", wordsOf(card.dataset.node ?? ""), kind, card.querySelector(".waymark"));
  });
  fill(title, rows);
  open(box("pick-place"), then);
}

/**
 * A way among several.
 * @param {Slot[]} slots
 * @param {(slot: Slot) => void} then
 * @param {"way" | "move"} [title]
 */
export function pickWay(slots, then, title = "way") {
  const rows = slots.map((slot, n) => {
    const target = targetOf(slot);
    const name = [wordsOf(slot.source), nameOf(slot)].filter(Boolean).join(" · ");
    return row(String(n), name, target ? `→ ${wordsOf(target)}` : "→ …", null);
  });
  fill(title, rows);
  open(box("pick-place"), (n) => then(/** @type {Slot} */ (slots[Number(n)])));
}

/** @param {string} value @param {string} words @param {string} note @param {Element | null} mark */
function row(value, words, note, mark) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pick-name";
  button.dataset.value = value;
  button.dataset.words = `${words} ${note}`.toLowerCase();
  if (mark) {
    const copy = /** @type {HTMLElement} */ (mark.cloneNode(true));
    copy.classList.add("s", [...(mark.closest(".node")?.classList ?? [])].find((name) => name.startsWith("f-")) ?? "f-exit");
    button.append(copy);
  }
  const span = document.createElement("span");
  span.textContent = words;
  const small = document.createElement("small");
  small.textContent = note;
  button.append(span, small);
  return button;
}

/** @param {string} title @param {HTMLElement[]} rows */
function fill(title, rows) {
  const head = /** @type {HTMLElement} */ (document.getElementById("pick-place-title"));
  head.textContent = head.dataset[title] ?? "";
  document.getElementById("pick-place-list")?.replaceChildren(...rows);
}

/**
 * With what follows, or without?
 * @param {boolean} arms whether several ways go on
 * @param {(follow: boolean) => void} then
 */
export function askDelete(arms, then) {
  const dialog = box("ask-delete");
  const words = /** @type {HTMLElement} */ (document.getElementById("ask-delete-words"));
  words.textContent = (arms ? words.dataset.arms : words.dataset.alone) ?? "";
  open(dialog, (value) => then(value === "follow"));
  /** @type {HTMLElement | null} */ (dialog.querySelector("[data-delete=alone]"))?.focus();
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.filter) return;
  const scope = document.getElementById(field.dataset.filter);
  if (scope) filter(scope, field.value);
});

/** @param {Element} scope @param {string} text */
function filter(scope, text) {
  const asked = text.trim().toLowerCase();
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (scope.querySelectorAll("[data-words]"))) {
    item.hidden = item.hasAttribute("data-not") || !(item.dataset.words ?? "").includes(asked);
  }
  let some = false;
  for (const shelf of /** @type {NodeListOf<HTMLElement>} */ (scope.querySelectorAll("[data-shelf]"))) {
    shelf.hidden = !shelf.querySelector("[data-words]:not([hidden])");
    some ||= !shelf.hidden;
  }
  some ||= Boolean(scope.querySelector("[data-words]:not([hidden])"));
  for (const none of /** @type {NodeListOf<HTMLElement>} */ (scope.querySelectorAll(".none"))) none.hidden = some;
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const dialog = target?.closest("#add-step, #pick-place, #ask-delete");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const item = /** @type {HTMLElement | null} */ (target?.closest("[data-kind], [data-value], [data-delete]"));
  if (item) {
    const then = taken;
    shut(dialog);
    then?.(item.dataset.kind ?? item.dataset.value ?? item.dataset.delete ?? "");
  } else if (target?.closest("[data-close]") || target === dialog) shut(dialog);
});

/** @param {HTMLDialogElement} dialog */
function shut(dialog) {
  taken = null;
  if (dialog.popover) dialog.hidePopover();
  else dialog.close();
  opener?.focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  const dialog = event.target instanceof Element ? event.target.closest("#add-step, #pick-place") : null;
  if (!dialog || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key) || event.isComposing) return;
  const items = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll(".pick-name:not([hidden])")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (event.key === "Enter" && at >= 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.key === "Enter") return items[0]?.click();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  if (next < 0) return dialog.querySelector("input")?.focus();
  return items[Math.min(next, items.length - 1)]?.focus();
}, true);
