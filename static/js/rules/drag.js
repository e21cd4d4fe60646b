// Lines and groups are dragged by their grip: a bar shows where they go. Keys and menu do the same.

import { act } from "./post.js";

/** @type {HTMLElement | null} */
let dragged = null;
const bar = document.createElement("div");
bar.className = "drop-here";

document.addEventListener("dragstart", (event) => {
  const grip = event.target instanceof Element ? event.target.closest("[data-grip]") : null;
  const line = grip?.closest("[data-line]");
  if (!(line instanceof HTMLElement) || !event.dataTransfer) return;
  dragged = line;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", line.dataset.path ?? "");
  event.dataTransfer.setDragImage(line, 12, 12);
  requestAnimationFrame(() => line.classList.add("is-dragged"));
});

document.addEventListener("dragover", (event) => {
  const place = dragged && spot(event);
  if (!place) return bar.remove();
  event.preventDefault();
  place.before ? place.beside.prepend(bar) : place.beside.append(bar);
  bar.style.insetBlock = place.before ? "-6px auto" : "auto -6px";
});

document.addEventListener("drop", (event) => {
  const place = dragged && spot(event);
  const rule = dragged?.closest("[data-rule]");
  if (!dragged || !place || !(rule instanceof HTMLElement)) return;
  event.preventDefault();
  act(rule, `move ${dragged.dataset.path} ${place.group} ${place.index}`);
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  bar.remove();
});

/**
 * Where it would go: beside which line, and as which line of which group.
 * @param {DragEvent} event
 * @returns {{beside: HTMLElement, before: boolean, group: string, index: number} | null}
 */
function spot(event) {
  const target = event.target instanceof Element ? event.target : null;
  const rule = dragged?.closest("[data-rule]");
  if (!target || !rule?.contains(target) || dragged?.contains(target)) return null;
  const line = target.closest(".line[data-line]");
  if (line instanceof HTMLElement) {
    const box = line.getBoundingClientRect();
    const before = event.clientY < box.top + box.height / 2;
    const [group, index] = split(line.dataset.path ?? "");
    return { beside: line, before, group, index: before ? index : index + 1 };
  }
  const group = target.closest("[data-group]");
  if (!(group instanceof HTMLElement)) return null;
  const lines = group.querySelector(".lines");
  const last = lines?.lastElementChild;
  if (!(last instanceof HTMLElement)) return null;
  return { beside: last, before: true, group: group.dataset.path ?? "r", index: Number(group.dataset.group) };
}

/**
 * @param {string} path
 * @returns {[string, number]}
 */
function split(path) {
  const parts = path.split("-");
  const index = Number(parts.pop());
  return [parts.join("-"), index];
}
