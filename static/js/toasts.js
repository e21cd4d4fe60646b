// Toasts go by themselves, unless one looks at them; failed requests become a sentence in the page.

import { words } from "./words.js";

const STAYS = 6000;
// With something to decide in it.
const STAYS_LONGER = 12000;
/** Which sentence for which status; anything else is "failed". @type {Record<number, string>} */
const SENTENCES = { 0: "offline", 401: "signed_out", 403: "forbidden", 404: "gone", 429: "busy" };

const room = document.getElementById("toasts");
if (room) {
  for (const toast of room.querySelectorAll("[data-toast]")) watch(/** @type {HTMLElement} */ (toast));
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof HTMLElement) watch(node);
    }
  }).observe(room, { childList: true });
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-dismiss]") : null;
  const toast = button?.closest(".toast, .notice");
  if (toast) leave(/** @type {HTMLElement} */ (toast));
});

document.addEventListener("htmx:responseError", (event) => {
  say(words(SENTENCES[statusOf(event)] ?? "failed"));
});
document.addEventListener("htmx:sendError", () => say(words("offline")));
document.addEventListener("htmx:timeout", () => say(words("offline")));

/**
 * Tells what worked.
 * @param {string} sentence
 */
export function toast(sentence) {
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.toast = "";
  box.textContent = sentence;
  room?.append(box);
}

/**
 * Tells what failed: a notice in the page, once, that stays until it is closed or replaced.
 * @param {string} sentence
 */
export function say(sentence) {
  // A dialog lies over the page, so what fails inside of it is told inside of it.
  const notices = document.querySelector("dialog:is([open], :popover-open)") ?? document.getElementById("notices");
  document.getElementById("failure")?.remove();
  const box = document.createElement("div");
  box.className = "notice bad";
  box.id = "failure";
  box.setAttribute("role", "alert");
  box.textContent = sentence;
  notices?.append(box);
  box.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement} box */
function watch(box) {
  /** @type {number | undefined} */
  let timer;
  const stays = box.querySelector("form") ? STAYS_LONGER : STAYS;
  const wait = () => { timer = window.setTimeout(() => leave(box), stays); };
  const stay = () => window.clearTimeout(timer);
  box.addEventListener("pointerenter", stay);
  box.addEventListener("focusin", stay);
  box.addEventListener("pointerleave", wait);
  box.addEventListener("focusout", wait);
  wait();
}

/** @param {HTMLElement} box */
function leave(box) {
  box.dataset.leaving = "";
  window.setTimeout(() => box.remove(), 220);
}

/** @param {Event} event */
function statusOf(event) {
  const detail = /** @type {CustomEvent<{xhr?: XMLHttpRequest}>} */ (event).detail;
  return detail?.xhr?.status ?? 0;
}
