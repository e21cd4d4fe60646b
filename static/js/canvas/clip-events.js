// Ctrl C, X and V on the canvas, and what the browser's own menu does.

import { placeBehind } from "./act.js";
import { chosenKeys } from "./chosen.js";
import { copyChosen, pasteAt } from "./clip.js";

/** @param {Event} event whether it is about the canvas and not about what is typed */
function isCanvas(event) {
  const at = event.target instanceof Element ? event.target : null;
  if (!at || at.matches("input, textarea, select") || at.closest("[data-rule], dialog, #panel")) return false;
  return !getSelection()?.toString();
}

document.addEventListener("copy", (event) => {
  if (!isCanvas(event) || !chosenKeys().length) return;
  event.preventDefault();
  copyChosen(false);
});
document.addEventListener("cut", (event) => {
  if (!isCanvas(event) || !chosenKeys().length) return;
  event.preventDefault();
  copyChosen(true);
});
document.addEventListener("paste", (event) => {
  if (!isCanvas(event)) return;
  event.preventDefault();
  const text = event.clipboardData?.getData("text/plain");
  placeBehind((slot) => pasteAt(slot, text || undefined));
});
