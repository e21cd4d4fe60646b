// "May I?", asked before the server is: what a gesture could do is shown, what it can't is not.
// The server judges again; this only spares a refusal.

import { step, targetOf } from "./graph.js";

/** @typedef {import("./graph.js").Slot} Slot */

/**
 * May a new step of this family come here?
 * @param {string} family
 * @param {Slot} slot
 */
export function mayAdd(family, slot) {
  if (family === "trigger") return !slot.source;
  if (!slot.source) return false;
  return family !== "exit" || !targetOf(slot);
}

/**
 * May a step be moved here?
 * @param {string} key
 * @param {Slot} slot
 */
export function mayMove(key, slot) {
  const moved = step(key);
  if (!moved || moved.family === "trigger" || !slot.source || slot.source === key) return false;
  const target = targetOf(slot);
  return target !== key && (moved.ways.length > 0 || !target);
}

/**
 * May this way lead to that step? Not to a trigger, and not round without a wait.
 * @param {Slot} slot
 * @param {string} target
 */
export function mayConnect(slot, target) {
  const to = step(target);
  if (!slot.source || !to || to.family === "trigger" || targetOf(slot) === target) return false;
  return step(slot.source)?.waits || !walks(target, slot.source);
}

/**
 * Whether one gets from a step to another without ever waiting.
 * @param {string} from
 * @param {string} to
 */
function walks(from, to) {
  const seen = new Set();
  const ahead = [from];
  while (ahead.length) {
    const key = ahead.pop() ?? "";
    if (key === to) return true;
    const at = seen.has(key) ? null : step(key);
    seen.add(key);
    if (at && !at.waits) ahead.push(...at.ways.map(([, next]) => next));
  }
  return false;
}
