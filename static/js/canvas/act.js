// What can be done with steps, by whatever hand: menu, keys, buttons and the outline come here.

import { chosenKey, chosenKeys, choose } from "./chosen.js";
import { copyChosen, pasteAt } from "./clip.js";
import { ask } from "./ask.js";
import { enqueue } from "./line.js";
import { show } from "./drawn.js";
import { editor, nameOf, step, targetOf, waysTo, wordsOf } from "./graph.js";
import { mayConnect, mayMove } from "./may.js";
import { pickKind, pickPlace, pickStep, pickWay, askDelete } from "./pick.js";
import { toProblem, turnProblem } from "./problems.js";

/** @typedef {import("./graph.js").Slot} Slot */

/** The ways out of a step. @param {string} key @returns {Slot[]} */
function ways(key) {
  return (step(key)?.ways ?? []).map(([outcome]) => ({ source: key, outcome }));
}

/**
 * The one way that is meant: the only one, else the one that somebody picks.
 * @param {Slot[]} among
 * @param {(slot: Slot) => void} then
 */
function oneOf(among, then) {
  if (among.length === 1) then(/** @type {Slot} */ (among[0]));
  else if (among.length) pickWay(among, then);
}

/** Where a new step goes when no way was named: behind the chosen one, or above everything. @param {(slot: Slot) => void} then */
export function placeBehind(then) {
  const key = chosenKey();
  if (!key) return then({ source: "", outcome: "" });
  const out = ways(key);
  if (!out.length) {
    // Nothing follows an exit: before it there is room.
    return oneOf(waysTo(key), then);
  }
  const open = out.filter((slot) => !targetOf(slot));
  return oneOf(open.length === 1 ? open : out, then);
}

/** @param {Slot} slot opens the list of steps for a place */
export function addAt(slot) {
  pickKind(slot, (kind) => add(kind, slot));
}

/** @param {string} kind @param {Slot} slot a trigger stands above everything, wherever it was asked for */
export function add(kind, slot) {
  const at = kind.startsWith("trigger.") ? { source: "", outcome: "" } : slot;
  ask("insert", { kind, ...at }, slot.source || chosenKey());
}

/** @type {Record<string, (event?: Event) => void>} */
export const ACTS = {
  undo: () => ask("undo"),
  redo: () => ask("redo"),
  find: () => pickStep((key) => choose(key, { focus: true })),
  settings: () => focusPanel(),
  journey: () => { choose(""); focusPanel(); },
  "close-panel": () => closePanel(),
  add: () => placeBehind(addAt),
  connect: () => oneOf(ways(chosenKey()), (slot) => {
    pickPlace("connect", (key) => mayConnect(slot, key), (key) => ask("connect", { ...slot, target: key }));
  }),
  detach: () => oneOf(ways(chosenKey()).filter((slot) => targetOf(slot)), (slot) => ask("detach", { ...slot })),
  move: () => move(false),
  "move-all": () => move(true),
  duplicate: () => ask("duplicate", { keys: chosenKeys() }),
  copy: () => copyChosen(false),
  paste: () => placeBehind((slot) => pasteAt(slot)),
  note: () => focusPanel("textarea[data-note]"),
  delete: () => remove(),
  problem: () => toProblem(),
  "problem-next": () => turnProblem(1),
  "problem-back": () => turnProblem(-1),
};

/** @param {boolean} follow with everything that only it leads to */
function move(follow) {
  const key = chosenKey();
  if (!key) return;
  const slots = [...document.querySelectorAll("#world [data-slot]")].map((at) => ({
    source: /** @type {HTMLElement} */ (at).dataset.source ?? "", outcome: /** @type {HTMLElement} */ (at).dataset.outcome ?? "",
  }));
  pickWay(slots.filter((slot) => mayMove(key, slot)), (slot) => ask("move", { key, follow, ...slot }), "move");
}

function remove() {
  const keys = chosenKeys();
  if (!keys.length) return;
  const follows = keys.some((key) => (step(key)?.ways ?? []).some(([, to]) => to && !keys.includes(to)));
  const arms = keys.some((key) => (step(key)?.ways ?? []).filter(([, to]) => to).length > 1);
  if (!follows) ask("delete", { keys }, waysTo(/** @type {string} */ (keys[0]))[0]?.source ?? "");
  else askDelete(arms, (follow) => ask("delete", { keys, follow }, waysTo(/** @type {string} */ (keys[0]))[0]?.source ?? ""));
}

/** What is typed while the settings of a step are still on their way. @type {string | null} */
let early = null;

/** @param {string} [selector] */
export function focusPanel(selector = "form :is(input:not([type=hidden]), select, textarea, button)") {
  delete editor().dataset.panelClosed;
  early ??= "";
  enqueue(() => {
    const field = /** @type {HTMLElement | null} */ (document.querySelector(`#panel ${selector}`));
    field?.focus();
    const typed = early ?? "";
    early = null;
    if (!typed || !(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    field.setRangeText(typed, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/**
 * Whether a key is for a field that is still to come; then it is kept for it.
 * @param {KeyboardEvent} event
 */
export function isEarly(event) {
  if (early === null || event.ctrlKey || event.metaKey || event.key.length !== 1) return false;
  early += event.key;
  return true;
}

export function closePanel() {
  editor().dataset.panelClosed = "";
  const key = chosenKey();
  if (key) document.getElementById(`node-${key}`)?.focus({ preventScroll: true });
  else document.getElementById("stage")?.focus({ preventScroll: true });
}

/** @param {string} key goes to a step that is named somewhere */
export function go(key) {
  choose(key, { focus: true });
  show(key);
}

/** @param {Slot} slot a way in words, for a list */
export function sayWay(slot) {
  const target = targetOf(slot);
  const name = nameOf(slot);
  return { from: wordsOf(slot.source), name, to: target ? wordsOf(target) : "" };
}
