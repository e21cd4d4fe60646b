// Who owns the pointer on the canvas. A press becomes a gesture once it has moved a little; until
// then it is a click. A gesture says what it takes and what may be done; the preview is the same
// for all. What no gesture takes pans the drawing (../canvas-view.js).

import { shift } from "../canvas-view.js";
import { adding } from "./gestures/add.js";
import { connecting } from "./gestures/connect.js";
import { moving } from "./gestures/move.js";
import { begin, end, follow, target } from "./preview.js";

/** @typedef {import("./gestures/drag.js").Drag} Drag */
/** @typedef {import("./gestures/drag.js").Gesture} Gesture */

/** @type {Gesture[]} */
const GESTURES = [adding, connecting, moving];
const A_LITTLE = 4;
const EDGE = 36;
const PACE = 9;

/** @type {{id: number, x: number, y: number, make: () => Drag} | null} */
let pressed = null;
/** @type {Drag | null} */
let drag = null;
let justDragged = false;
let pacing = 0;
/** @type {{x: number, y: number}} */
let at = { x: 0, y: 0 };

document.addEventListener("pointerdown", (event) => {
  justDragged = false;
  const from = event.target instanceof Element ? event.target : null;
  if (!from || event.button !== 0 || pressed || event.pointerType === "touch") return;
  for (const gesture of GESTURES) {
    const make = gesture(from);
    if (!make) continue;
    pressed = { id: event.pointerId, x: event.clientX, y: event.clientY, make };
    event.stopPropagation();
    return;
  }
}, true);

document.addEventListener("pointermove", (event) => {
  if (!pressed || event.pointerId !== pressed.id) return;
  at = { x: event.clientX, y: event.clientY };
  if (!drag) {
    if (Math.hypot(at.x - pressed.x, at.y - pressed.y) < A_LITTLE) return;
    drag = pressed.make();
    begin(drag);
    pacing = requestAnimationFrame(pace);
  }
  follow(at);
});

document.addEventListener("pointerup", (event) => {
  if (!pressed || event.pointerId !== pressed.id) return;
  const place = drag && target();
  const done = drag;
  stop();
  if (done) justDragged = true;
  if (done && place) done.drop(place);
});

document.addEventListener("pointercancel", stop);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag) return;
  stop();
  justDragged = true;
  event.stopImmediatePropagation();
}, true);

// The click that ends a drag is none.
document.addEventListener("click", (event) => {
  if (!justDragged) return;
  justDragged = false;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function stop() {
  if (drag) end();
  cancelAnimationFrame(pacing);
  pressed = null;
  drag = null;
}

/** Near an edge the drawing comes along. */
function pace() {
  const box = document.getElementById("stage")?.getBoundingClientRect();
  if (!box || !drag) return;
  const inside = at.x > box.left && at.x < box.right && at.y > box.top && at.y < box.bottom;
  const dx = Number(at.x < box.left + EDGE) - Number(at.x > box.right - EDGE);
  const dy = Number(at.y < box.top + EDGE) - Number(at.y > box.bottom - EDGE);
  if (inside && (dx || dy)) {
    shift(dx * PACE, dy * PACE);
    follow(at);
  }
  pacing = requestAnimationFrame(pace);
}
