// A way, dragged by its label, its + or its open end to the step that it is to lead to.

import { ask } from "../ask.js";
import { cards, nameOf, slotOf, wordsOf } from "../graph.js";
import { mayConnect } from "../may.js";

/** @type {import("./drag.js").Gesture} */
export function connecting(from) {
  const place = from.closest("#world [data-slot]:not(.begin)");
  if (!place) return null;
  const slot = slotOf(place);
  return () => ({
    words: `${nameOf(slot) || wordsOf(slot.source)} →`,
    places: cards().filter((card) => mayConnect(slot, card.dataset.node ?? "")),
    drop: (card) => ask("connect", { ...slot, target: card.dataset.node ?? "" }, slot.source),
  });
}
