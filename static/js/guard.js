// <form data-guard>: the browser asks before a page with unsaved changes is left.

import { words } from "./words.js";

/** @type {WeakMap<HTMLFormElement, string>} */
const saved = new WeakMap();
let leaving = false;

for (const form of guarded()) saved.set(form, state(form));

document.addEventListener("htmx:load", () => {
  for (const form of guarded()) if (!saved.has(form)) saved.set(form, state(form));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement && form.matches("[data-guard]")) leaving = true;
});
addEventListener("pageshow", () => { leaving = false; });
addEventListener("beforeunload", (event) => {
  if (leaving || !guarded().some((form) => saved.has(form) && saved.get(form) !== state(form))) return;
  event.preventDefault();
  event.returnValue = words("unsaved"); // browsers show words of their own
});

/** @returns {HTMLFormElement[]} */
function guarded() {
  return [.../** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-guard]"))];
}

/** @param {HTMLFormElement} form */
function state(form) {
  return new URLSearchParams(/** @type {any} */ (new FormData(form))).toString();
}
