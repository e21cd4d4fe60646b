// <button data-copy="text">: puts the text on the clipboard and says so. data-copy-of="id" takes that
// of an element.

import { toast } from "./toasts.js";
import { words } from "./words.js";

document.addEventListener("click", async (event) => {
  const at = event.target instanceof Element ? event.target : null;
  const button = at?.closest("[data-copy], [data-copy-of]");
  if (!(button instanceof HTMLElement)) return;
  try {
    const source = document.getElementById(button.dataset.copyOf ?? "");
    await navigator.clipboard.writeText(source?.textContent ?? button.dataset.copy ?? "");
    toast(words("copied"));
  } catch {
    select(button); // without the right to the clipboard: mark the text, so that Ctrl C takes it
  }
});

/** @param {HTMLElement} button */
function select(button) {
  const source = document.getElementById(button.dataset.copyOf ?? button.dataset.copyFrom ?? "");
  if (source) getSelection()?.selectAllChildren(source);
}
