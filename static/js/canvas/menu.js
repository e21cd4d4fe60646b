// Clicks on the canvas, and the menu of a step: by its button, by the right button of the mouse,
// by the menu key.

import { ACTS, add, addAt, go, placeBehind } from "./act.js";
import { ask } from "./ask.js";
import { choose, chosenKey } from "./chosen.js";
import { slotOf, step } from "./graph.js";

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  const menuOf = /** @type {HTMLElement | null} */ (target.closest("[data-menu-of]"));
  if (menuOf) {
    const box = menuOf.getBoundingClientRect();
    return openMenu(menuOf.dataset.menuOf ?? "", box.left, box.bottom + 4);
  }
  const doing = /** @type {HTMLElement | null} */ (target.closest("[data-do]"));
  if (doing?.dataset.do && ACTS[doing.dataset.do] && !doing.closest("[data-rule], [data-rule-menu]")) {
    if (doing.getAttribute("aria-disabled") === "true") return;
    hideMenu();
    document.getElementById("journey-more")?.hidePopover();
    return ACTS[doing.dataset.do]?.(event);
  }
  if (target.closest("[data-add]")) return addAt(slotOf(target));
  const at = /** @type {HTMLElement | null} */ (target.closest("#panel [data-add-at]"));
  if (at) return addAt({ source: chosenKey(), outcome: at.dataset.addAt ?? "" });
  const to = /** @type {HTMLElement | null} */ (target.closest("#panel [data-go]"));
  if (to) return go(to.dataset.go ?? "");
  const kind = /** @type {HTMLElement | null} */ (target.closest("#palette [data-kind]"));
  if (kind) {
    const which = kind.dataset.kind ?? "";
    return which.startsWith("trigger.") ? add(which, { source: "", outcome: "" }) : placeBehind((slot) => add(which, slot));
  }
  const version = /** @type {HTMLElement | null} */ (target.closest("[data-restore]"));
  if (version) {
    /** @type {HTMLDialogElement | null} */ (document.getElementById("dialog"))?.close();
    ask("restore", JSON.parse(version.dataset.restore ?? "{}"));
    return;
  }
  const note = /** @type {HTMLElement | null} */ (target.closest(".sticky"));
  if (note) return choose(note.dataset.noteOf ?? "");
  const card = /** @type {HTMLElement | null} */ (target.closest("#world .node"));
  if (card) return choose(card.dataset.node ?? "", { add: event.shiftKey || event.ctrlKey || event.metaKey, focus: true });
});

document.addEventListener("contextmenu", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const at = /** @type {HTMLElement | null} */ (target?.closest("#world .node, #outline [data-step]") ?? null);
  if (!at) return;
  event.preventDefault();
  const box = at.getBoundingClientRect();
  const byKey = event.clientX === 0 && event.clientY === 0;
  openMenu(at.dataset.node ?? at.dataset.step ?? "", byKey ? box.left + 24 : event.clientX, byKey ? box.bottom - 8 : event.clientY);
});

/** @param {string} key @param {number} x @param {number} y */
export function openMenu(key, x, y) {
  if (key !== chosenKey()) choose(key);
  const menu = /** @type {HTMLElement | null} */ (document.getElementById("step-menu"));
  const at = step(key);
  if (!menu || !at) return;
  hide(menu, ["add", "connect", "detach", "paste"], !at.ways.length);
  hide(menu, ["move", "move-all"], at.family === "trigger");
  menu.showPopover();
  menu.style.inset = "auto";
  const { offsetWidth: width, offsetHeight: height } = menu;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
  /** @type {HTMLElement | null} */ (menu.querySelector("button:not([hidden])"))?.focus();
}

function hideMenu() {
  const menu = document.getElementById("step-menu");
  if (menu?.matches(":popover-open")) menu.hidePopover();
}

/** @param {HTMLElement} menu @param {string[]} names @param {boolean} hidden */
function hide(menu, names, hidden) {
  for (const name of names) {
    const item = /** @type {HTMLElement | null} */ (menu.querySelector(`[data-do="${name}"]`));
    if (item) item.hidden = hidden;
  }
}
