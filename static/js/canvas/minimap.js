// What is seen of the drawing, as a frame in the small one; a press there goes there.

import { centre, current, roomOf } from "../canvas-view.js";
import { world } from "./graph.js";
import { pixels } from "./places.js";

function frame() {
  const view = document.getElementById("minimap-view");
  if (!view) return;
  const { zoom, x, y } = current();
  const stage = roomOf();
  const [width, height] = [pixels(world(), "--w"), pixels(world(), "--h")];
  // Where all of it is seen, a small one tells nothing.
  const isWhole = x >= 0 && y >= 0 && x + width * zoom <= stage.width && y + height * zoom <= stage.height;
  document.getElementById("minimap")?.toggleAttribute("data-whole", isWhole);
  view.setAttribute("x", String(-x / zoom));
  view.setAttribute("y", String(-y / zoom));
  view.setAttribute("width", String(stage.width / zoom));
  view.setAttribute("height", String(stage.height / zoom));
}

/** @param {PointerEvent} event */
function go(event) {
  const map = /** @type {SVGSVGElement | null} */ (/** @type {unknown} */ (document.getElementById("minimap")));
  const matrix = map?.getScreenCTM()?.inverse();
  if (!matrix) return;
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  centre(point.x, point.y);
}

document.addEventListener("pointerdown", (event) => {
  const map = event.target instanceof Element ? event.target.closest("#minimap") : null;
  if (!map || event.button) return;
  event.preventDefault();
  go(event);
  const move = (/** @type {PointerEvent} */ moved) => go(moved);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", () => document.removeEventListener("pointermove", move), { once: true });
});

document.addEventListener("canvas:view", frame);
document.addEventListener("canvas:drawn", frame);
addEventListener("resize", frame);
frame();
