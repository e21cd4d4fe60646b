// The rule by keys: arrows walk through lines, Enter goes into one, Escape comes out; Alt with
// arrows moves it, Delete removes it, Ctrl with C, V, D, Z and Y does what it does everywhere.

import { act, json } from "./post.js";
import { copy, paste } from "./clip.js";

const FIELDS = "input, select, textarea";

document.addEventListener("keydown", (event) => {
  const at = event.target instanceof HTMLElement ? event.target : null;
  const rule = at?.closest("[data-rule]") ?? only(at);
  if (!at || !(rule instanceof HTMLElement) || event.isComposing) return;
  const line = at.closest("[data-line]");
  const path = line instanceof HTMLElement ? line.dataset.path ?? "" : "";
  const typing = at.matches(FIELDS);
  const typed = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement ? at.value !== at.defaultValue : false;
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (ctrl && !typed && key === "z") return done(event, () => act(rule, event.shiftKey ? "redo" : "undo"));
  if (ctrl && !typed && key === "y") return done(event, () => act(rule, "redo"));
  if (key === "Escape" && typing && line instanceof HTMLElement) return done(event, () => line.focus());
  if (!(line instanceof HTMLElement)) {
    if (at.matches("[data-group]") && key === "ArrowDown") walk(rule, at, 1, event);
    return;
  }
  if (event.altKey && (key === "ArrowUp" || key === "ArrowDown")) {
    return done(event, () => act(rule, `${key === "ArrowUp" ? "up" : "down"} ${path}`));
  }
  if (typing || at !== line) return;
  if (ctrl && key === "c") return done(event, () => copy(json(rule, path)));
  if (ctrl && key === "d") return done(event, () => act(rule, `duplicate ${path}`));
  if (ctrl || event.altKey) return;
  if (key === "Delete" || key === "Backspace") return done(event, () => act(rule, `remove ${path}`));
  if (key === "ArrowUp" || key === "ArrowDown") return walk(rule, line, key === "ArrowUp" ? -1 : 1, event);
  if (key === "Enter") return done(event, () => inside(line));
});

/**
 * After a click beside everything the keys still mean the one rule of the page.
 *
 * @param {HTMLElement | null} at
 */
function only(at) {
  const rules = at?.matches("body, main") ? document.querySelectorAll("[data-rule]") : [];
  return rules.length === 1 ? rules[0] : null;
}

document.addEventListener("paste", (event) => {
  const at = event.target instanceof HTMLElement ? event.target : null;
  const rule = at?.closest("[data-rule]");
  const place = at?.closest("[data-path]");
  if (!at || at.matches(FIELDS) || !(rule instanceof HTMLElement) || !(place instanceof HTMLElement)) return;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  event.preventDefault();
  paste(rule, place.dataset.path ?? "r", text);
});

/**
 * @param {HTMLElement} rule
 * @param {HTMLElement} from
 * @param {number} step
 * @param {Event} event
 */
function walk(rule, from, step, event) {
  event.preventDefault();
  const lines = /** @type {HTMLElement[]} */ ([...rule.querySelectorAll("[data-line]")]);
  const next = lines[lines.indexOf(from) + step];
  if (next) next.focus();
}

/** @param {HTMLElement} line */
function inside(line) {
  /** @type {HTMLElement | null} */ (line.querySelector("select, input, button.chip, button.join"))?.focus();
}

/**
 * @param {Event} event
 * @param {() => unknown} what
 */
function done(event, what) {
  event.preventDefault();
  event.stopPropagation();
  what();
}
