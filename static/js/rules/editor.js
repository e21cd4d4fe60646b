// The rule editor. Every operation is a post that the server answers with the editor drawn again;
// what is here are hands: keys, dragging, the clipboard, menus, and the eye after each change.

import "./counts.js";
import "./drag.js";
import "./keys.js";
import "./menu.js";
import "./pick.js";
import { editors, look } from "./post.js";

document.addEventListener("htmx:afterSettle", (event) => {
  const rule = event.target instanceof HTMLElement ? event.target.closest("[data-rule]") : null;
  const wanted = rule instanceof HTMLElement ? rule.dataset.focus : "";
  if (!(rule instanceof HTMLElement) || !wanted) return;
  rule.dataset.focus = "";
  look(rule, wanted);
});

// Enter in a field takes over what was typed there; it never saves the whole form.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
  if (!field.closest("[data-rule]")) return;
  event.preventDefault();
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// What only helps to look at the rule changes nothing of it.
document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-quiet]")) event.stopPropagation();
}, true);

// A list of several lines, as it comes from a spreadsheet, fits into one field.
document.addEventListener("paste", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.matches("[data-add]")) return;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!/[\n\t]/.test(text.trim())) return;
  event.preventDefault();
  field.value = text.trim().split(/[\r\n\t]+/).join("; ");
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// A field that added a value is empty again for the next one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement;
  if (!(active instanceof HTMLInputElement) || !active.matches("[data-add]")) return;
  const target = /** @type {CustomEvent} */ (event).detail.target;
  if (target instanceof Element && target.contains(active) && active.dataset.sent === active.value) active.value = "";
});
document.addEventListener("htmx:configRequest", () => {
  for (const rule of editors()) {
    for (const field of rule.querySelectorAll("[data-add]")) {
      if (field instanceof HTMLInputElement) field.dataset.sent = field.value;
    }
  }
});
