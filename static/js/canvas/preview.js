// What is seen while something is dragged: its name at the pointer, the places where it may go
// grown, the nearest filled. Nothing is asked of the server.

/** @typedef {import("./gestures/drag.js").Drag} Drag */

const NEAR = 90;
/** @type {HTMLElement | null} */
let ghost = null;
/** @type {HTMLElement[]} */
let places = [];
/** @type {HTMLElement | null} */
let nearest = null;

/** @param {Drag} drag */
export function begin(drag) {
  places = drag.places;
  ghost = document.createElement("div");
  ghost.className = `drag-ghost${drag.family ? ` f-${drag.family}` : ""}`;
  ghost.textContent = drag.words;
  document.body.append(ghost);
  const stage = document.getElementById("stage");
  if (stage) stage.dataset.dragging = "";
  for (const place of places) place.classList.add("may");
}

/** @param {{x: number, y: number}} at */
export function follow(at) {
  if (!ghost) return;
  ghost.style.translate = `${at.x + 12}px ${at.y + 10}px`;
  const found = near(at);
  if (found === nearest) return;
  nearest?.classList.remove("hot");
  found?.classList.add("hot");
  nearest = found;
}

/** Where it would be let go now, if anywhere. */
export function target() {
  return nearest;
}

export function end() {
  ghost?.remove();
  ghost = null;
  nearest?.classList.remove("hot");
  for (const place of places) place.classList.remove("may");
  places = [];
  nearest = null;
  delete document.getElementById("stage")?.dataset.dragging;
}

/** @param {{x: number, y: number}} at @returns {HTMLElement | null} */
function near(at) {
  const stage = document.getElementById("stage")?.getBoundingClientRect();
  if (!stage || at.x < stage.left || at.x > stage.right || at.y < stage.top || at.y > stage.bottom) return null;
  /** @type {HTMLElement | null} */
  let best = null;
  let least = NEAR;
  for (const place of places) {
    const box = place.getBoundingClientRect();
    const dx = Math.max(box.left - at.x, 0, at.x - box.right);
    const dy = Math.max(box.top - at.y, 0, at.y - box.bottom);
    const far = Math.hypot(dx, dy);
    if (far < least) [best, least] = [place, far];
  }
  return best;
}
