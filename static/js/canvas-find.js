// Outline and drawing find each other. Where no drawing is shown (phone), the outline's links lead
// to the people at the step, as they do without this file.

import { reveal } from "./canvas-view.js";

let chosen = "";

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const step = target?.closest("[data-step]");
  if (step instanceof HTMLElement && isDrawn()) {
    event.preventDefault();
    choose(step.dataset.step ?? "");
    const card = document.getElementById(`node-${chosen}`);
    card?.focus({ preventScroll: true });
    if (card) reveal(card);
    return;
  }
  const card = target?.closest(".node");
  if (card instanceof HTMLElement) choose(card.dataset.node ?? "");
});

document.addEventListener("focusin", (event) => {
  const card = event.target instanceof Element ? event.target.closest(".node") : null;
  if (card instanceof HTMLElement) choose(card.dataset.node ?? "");
});

document.addEventListener("htmx:afterSettle", mark);

/** @param {string} key */
function choose(key) {
  chosen = key;
  mark();
}

/** Marks the chosen card and its line of the outline; a swap has taken the marks away. */
function mark() {
  for (const old of document.querySelectorAll(".node[aria-current], .outline [aria-current]")) {
    old.removeAttribute("aria-current");
  }
  if (!chosen) return;
  document.getElementById(`node-${chosen}`)?.setAttribute("aria-current", "true");
  document.getElementById(`step-${chosen}`)?.setAttribute("aria-current", "true");
}

function isDrawn() {
  const stage = document.querySelector(".stage");
  return stage instanceof HTMLElement && stage.offsetWidth > 0;
}
