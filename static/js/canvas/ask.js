// Operations on their way to the server, one after the other: each names the draft that it stands
// on, so the next waits for the answer. What the server refuses it says itself.

import { chosenKey } from "./chosen.js";
import { editor, world } from "./graph.js";
import { remember } from "./drawn.js";
import { enqueue } from "./line.js";

/**
 * Does an operation, after those that are on their way.
 * @param {string} operation
 * @param {Record<string, unknown>} [given]
 * @param {string} [anchor] the step that stays where it is on the screen
 */
export function ask(operation, given = {}, anchor = chosenKey()) {
  const url = (editor().dataset.operate ?? "").replace("OPERATION", operation);
  return enqueue(() => post(url, { given: JSON.stringify(given) }, editor(), anchor));
}

/**
 * Sends the form of the side panel as it is when its turn comes.
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} [more]
 */
export function askForm(form, more = {}) {
  return enqueue(() => {
    if (!form.isConnected) return Promise.resolve();
    return post(editor().dataset.settings ?? "", { ...fields(form), ...more }, form, chosenKey());
  });
}

/**
 * @param {string} url
 * @param {Record<string, unknown>} values
 * @param {HTMLElement} source
 * @param {string} anchor
 */
async function post(url, values, source, anchor) {
  remember(anchor);
  const { htmx } = /** @type {any} */ (window);
  const { number, drawn } = world().dataset;
  await htmx.ajax("POST", url, {
    source, target: "#world", swap: "none",
    values: { ...values, number, drawn, selected: chosenKey() },
  });
}

/** @param {HTMLFormElement} form every field, of those that stand several times all values */
function fields(form) {
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const [name, value] of new FormData(form)) {
    const before = found[name];
    found[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return found;
}
