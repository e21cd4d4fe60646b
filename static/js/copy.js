// <button data-copy="text">: puts the text on the clipboard and says so.

import { toast } from "./toasts.js";
import { words } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    toast(words("copied"));
  } catch {
    select(button); // without the right to the clipboard: mark the text, so that Ctrl C takes it
  }
});

/** @param {HTMLElement} button */
function select(button) {
  const source = document.getElementById(button.dataset.copyFrom ?? "");
  if (source) getSelection()?.selectAllChildren(source);
}
