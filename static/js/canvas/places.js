// Where cards and ways stand on the drawing. After an operation hundreds of them may have moved, and
// a browser works out the style of each: what can be seen moves at once, what is out of sight when
// there is nothing else to do, or when it comes into sight.

import { current, roomOf } from "../canvas-view.js";

/** @typedef {{ x: number, y: number }} Point */

/** A screen further on to each side counts as seen: so far a hand gets before the next frame. */
const MORE = 1;
const SLICE = 40;
/** @type {Map<HTMLElement, Point>} */
const waiting = new Map();
let isAsked = false;

/** @param {HTMLElement} element where it stands, or will in a moment */
export function pointOf(element) {
  return waiting.get(element) ?? { x: pixels(element, "--x"), y: pixels(element, "--y") };
}

/** @param {HTMLElement} element @param {string} name of a property in pixels */
export function pixels(element, name) {
  return Number.parseFloat(element.style.getPropertyValue(name)) || 0;
}

/** @param {HTMLElement} element @param {Point} point */
export function put(element, point) {
  const from = pointOf(element);
  if (from.x === point.x && from.y === point.y) return;
  waiting.set(element, point);
}

/** Moves what is seen, before or after; the rest follows. */
export function settle() {
  for (const [element, point] of waiting) {
    if (isSeen(point) || isSeen({ x: pixels(element, "--x"), y: pixels(element, "--y") })) move(element, point);
  }
  if (waiting.size && !isAsked) {
    isAsked = true;
    later(follow);
  }
}

// helpers

/** @param {HTMLElement} element @param {Point} point */
function move(element, point) {
  waiting.delete(element);
  set(element, "--x", `${point.x}px`);
  set(element, "--y", `${point.y}px`);
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
export function set(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** @param {Point} point */
function isSeen({ x, y }) {
  const view = current();
  const { width, height } = roomOf();
  const [left, top] = [view.x + x * view.zoom, view.y + y * view.zoom];
  return left > -width * MORE && left < width * (1 + MORE) && top > -height * MORE && top < height * (1 + MORE);
}

function follow() {
  isAsked = false;
  let some = 0;
  for (const [element, point] of waiting) {
    if (element.isConnected) move(element, point);
    else waiting.delete(element);
    some += 1;
    if (some === SLICE) break;
  }
  settle();
}

/** @param {() => void} act */
function later(act) {
  if ("requestIdleCallback" in window) requestIdleCallback(act, { timeout: 200 });
  else setTimeout(act, 30);
}

document.addEventListener("canvas:view", () => {
  if (waiting.size) settle();
});
