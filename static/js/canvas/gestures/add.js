// A kind of step, dragged from the palette to a place on a way.

import { add } from "../act.js";
import { slotOf, world } from "../graph.js";
import { mayAdd } from "../may.js";

/** @type {import("./drag.js").Gesture} */
export function adding(from) {
  const button = /** @type {HTMLElement | null} */ (from.closest("#palette [data-kind]"));
  if (!button) return null;
  const { kind = "", family = "" } = button.dataset;
  return () => ({
    words: button.textContent?.trim() ?? "",
    family,
    places: places(family),
    drop: (place) => add(kind, place.matches(".node") ? { source: "", outcome: "" } : slotOf(place)),
  });
}

/** A trigger goes beside the triggers. @param {string} family @returns {HTMLElement[]} */
function places(family) {
  if (family === "trigger") {
    const begin = /** @type {HTMLElement | null} */ (world().querySelector(".begin"));
    return begin ? [begin] : [.../** @type {NodeListOf<HTMLElement>} */ (world().querySelectorAll(".node.f-trigger"))];
  }
  const slots = /** @type {HTMLElement[]} */ ([...world().querySelectorAll("[data-slot]")]);
  return slots.filter((slot) => mayAdd(family, slotOf(slot)));
}
