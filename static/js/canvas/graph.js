// What the drawing says of itself: steps with their ways, read from the cards.

import { pointOf } from "./places.js";

/** @typedef {{ source: string, outcome: string }} Slot A place on a way; no source: above everything. */
/** @typedef {{ key: string, family: string, ways: [string, string][], waits: boolean }} Step */

/** @returns {HTMLElement} */
export function editor() {
  return /** @type {HTMLElement} */ (document.getElementById("journey"));
}

/** @returns {HTMLElement} */
export function world() {
  return /** @type {HTMLElement} */ (document.getElementById("world"));
}

/** @param {string} key @returns {HTMLElement | null} */
export function cardOf(key) {
  return key ? document.getElementById(`node-${key}`) : null;
}

/** @returns {HTMLElement[]} */
export function cards() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (world().querySelectorAll(".node"))];
}

/** @param {string} key @returns {Step | null} */
export function step(key) {
  const card = cardOf(key);
  if (!card) return null;
  const { ways, waits } = JSON.parse(card.dataset.known ?? "{}");
  const family = [...card.classList].find((name) => name.startsWith("f-"))?.slice(2) ?? "";
  return { key, family, ways, waits };
}

/** @param {Element} element @returns {Slot} */
export function slotOf(element) {
  const at = /** @type {HTMLElement} */ (element.closest("[data-slot]") ?? element);
  return { source: at.dataset.source ?? "", outcome: at.dataset.outcome ?? "" };
}

/** @param {Slot} slot where it leads, "" when it is open */
export function targetOf(slot) {
  return step(slot.source)?.ways.find(([name]) => name === slot.outcome)?.[1] ?? "";
}

/** @param {string} key @returns {Slot[]} the ways that lead to a step */
export function waysTo(key) {
  return cards().flatMap((card) => {
    const from = step(card.dataset.node ?? "");
    return (from?.ways ?? []).filter(([, to]) => to === key).map(([outcome]) => ({ source: from?.key ?? "", outcome }));
  });
}

/** @param {string} key the words on a card */
export function wordsOf(key) {
  return document.getElementById(`words-${key}`)?.textContent?.trim() ?? key;
}

/** @param {Slot} slot what a way is called, "" when its step has no other */
export function nameOf(slot) {
  const label = document.getElementById(`way-${slot.source}-${slot.outcome}`)?.querySelector(".cut");
  return label?.textContent?.trim() ?? "";
}

/** Cards are of one size, which is known without asking the browser to lay out. */
const CARD = { width: 256, height: 84 };

/** @param {HTMLElement} card its place in the drawing */
export function placeOf(card) {
  return { ...pointOf(card), ...CARD };
}
