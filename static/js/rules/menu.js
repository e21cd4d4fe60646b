// What can be done with a line: one menu for all of them, opened beside the button of a line.

import { act, editor, json } from "./post.js";
import { copy, paste } from "./clip.js";

let path = "";

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest("[data-menu]");
  if (button instanceof HTMLElement) return open(button);
  const item = target?.closest("[data-rule-menu] [data-do]");
  const menu = item?.closest("[data-rule-menu]");
  if (!(item instanceof HTMLElement) || !(menu instanceof HTMLElement)) return;
  const rule = editor(menu.dataset.ruleMenu ?? "");
  menu.hidePopover();
  if (!rule) return;
  if (item.dataset.do === "copy") copy(json(rule, path));
  else if (item.dataset.do === "paste") paste(rule, path);
  else act(rule, `${item.dataset.do} ${path}`);
});

/** @param {HTMLElement} button */
function open(button) {
  const rule = button.closest("[data-rule]");
  const menu = rule instanceof HTMLElement ? document.getElementById(`menu-${rule.dataset.rule}`) : null;
  if (!menu) return;
  path = button.dataset.menu ?? "";
  const isGroup = Boolean(button.closest("[data-path]")?.matches("[data-group]"));
  for (const item of menu.querySelectorAll("[data-only]")) /** @type {HTMLElement} */ (item).hidden = !isGroup;
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  const below = at.bottom + 4 + box.height + 8 <= innerHeight;
  menu.style.inset = "auto";
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - box.height)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right - box.width, innerWidth - box.width - 8))}px`;
  /** @type {HTMLElement | null} */ (menu.querySelector("button:not([hidden])"))?.focus();
}
