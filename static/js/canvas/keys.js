// The canvas by keys. On a card arrows walk: down to what follows, up to what leads here, sideways
// to what stands beside it. Letters do what the menu does; see act.js.

import { ACTS, go, isEarly } from "./act.js";
import { ask } from "./ask.js";
import { choose, chosenKey, chosenKeys } from "./chosen.js";
import { cards, placeOf, step, waysTo } from "./graph.js";

/** @type {Record<string, string>} */
const LETTERS = {
  a: "add", Insert: "add", c: "connect", x: "detach", m: "move", M: "move-all", n: "note", Enter: "settings",
  Delete: "delete", Backspace: "delete", "/": "find",
};
/** @type {Record<string, string>} */
const CTRL = { d: "duplicate", f: "find" };

document.addEventListener("keydown", (event) => {
  const at = event.target instanceof HTMLElement ? event.target : document.body;
  if (document.querySelector("dialog:is([open], :popover-open)") || event.isComposing || event.defaultPrevented) return;
  if (isEarly(event)) return event.preventDefault();
  const typing = at.matches("input, textarea, select, [contenteditable]");
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
  const inRule = Boolean(at.closest("[data-rule]"));
  if (ctrl && !inRule && (key === "z" || key === "Z" || key === "y") && !typed(at)) {
    return done(event, () => ask(key === "z" && !event.shiftKey ? "undo" : "redo"));
  }
  if (event.key === "Escape") {
    if (at.closest("#panel") && !inRule) return done(event, () => ACTS["close-panel"]?.());
    if (at.closest("#stage") && chosenKey()) return done(event, () => choose("", { panel: false }));
  }
  if (typing) return;
  const onCanvas = at === document.body || at.closest("#stage, #outline, .tools");
  if (!onCanvas || at.closest("#panel")) return;
  // What has the focus is what is meant.
  const focused = /** @type {HTMLElement | null} */ (at.closest("#world .node, #outline [data-step]"));
  const named = focused?.dataset.node ?? focused?.dataset.step ?? "";
  if (named && !chosenKeys().includes(named) && event.key !== "Tab") choose(named);
  if (ctrl && CTRL[key]) return done(event, () => ACTS[CTRL[key] ?? ""]?.());
  if (ctrl || event.altKey) return;
  const isButton = at.matches("button") && (key === "Enter" || key === " ");
  if (LETTERS[key] && !isButton && !at.closest(".tree [data-way-of]")) return done(event, () => ACTS[LETTERS[key] ?? ""]?.());
  const card = at.closest(".node");
  if (card instanceof HTMLElement && event.key.startsWith("Arrow") && !event.shiftKey) {
    return done(event, () => walk(card, event.key));
  }
  if (at.id === "stage" && event.key.startsWith("Arrow") && !event.shiftKey && cards().length) {
    return done(event, () => go(chosenKey() || (cards()[0]?.dataset.node ?? "")));
  }
  // Before the view (../canvas-view.js), which pans by the same arrows where there is no card.
}, true);

/** Whether there is something in the field itself to undo. @param {HTMLElement} at */
function typed(at) {
  return (at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement) && at.value !== at.defaultValue;
}

/** @param {HTMLElement} card @param {string} arrow */
function walk(card, arrow) {
  const key = card.dataset.node ?? "";
  if (arrow === "ArrowDown") {
    const next = step(key)?.ways.find(([, to]) => to)?.[1];
    if (next) go(next);
  } else if (arrow === "ArrowUp") {
    const before = waysTo(key)[0];
    if (before) go(before.source);
  } else {
    const beside = aside(card, arrow === "ArrowRight" ? 1 : -1);
    if (beside) go(beside);
  }
}

/** The nearest card of the same row. @param {HTMLElement} card @param {number} way */
function aside(card, way) {
  const from = placeOf(card);
  const row = cards()
    .map((each) => ({ key: each.dataset.node ?? "", ...placeOf(each) }))
    .filter((each) => Math.abs(each.y - from.y) < 40 && (each.x - from.x) * way > 10);
  row.sort((a, b) => (a.x - b.x) * way);
  return row[0]?.key ?? "";
}

/** @param {Event} event @param {() => unknown} what */
function done(event, what) {
  event.preventDefault();
  what();
}
