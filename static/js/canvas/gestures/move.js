// A card, dragged to another way; with Alt everything that only it leads to comes along.

import { ask } from "../ask.js";
import { slotOf, world, wordsOf } from "../graph.js";
import { mayMove } from "../may.js";

let follow = false;
document.addEventListener("pointermove", (event) => { follow = event.altKey; });

/** @type {import("./drag.js").Gesture} */
export function moving(from) {
  const card = /** @type {HTMLElement | null} */ (from.closest("#world .node"));
  if (!card || from.closest("button") || card.matches(".f-trigger")) return null;
  const key = card.dataset.node ?? "";
  return () => {
    const slots = /** @type {HTMLElement[]} */ ([...world().querySelectorAll("[data-slot]")]);
    return {
      words: wordsOf(key),
      places: slots.filter((slot) => mayMove(key, slotOf(slot))),
      drop: (place) => ask("move", { key, follow, ...slotOf(place) }, slotOf(place).source),
    };
  };
}
