// Steps on the clipboard, as JSON: they travel between journeys, tabs and people.

import { toast } from "../toasts.js";
import { words } from "../words.js";
import { ask } from "./ask.js";
import { chosenKeys } from "./chosen.js";
import { editor } from "./graph.js";

/** Where the clipboard is closed to us, the browser's own memory serves all tabs. */
const memory = "journey-clip";

/** @param {boolean} cut takes them out as well */
export async function copyChosen(cut) {
  const keys = chosenKeys();
  if (!keys.length) return;
  const query = keys.map((key) => `key=${encodeURIComponent(key)}`).join("&");
  const answer = await fetch(`${editor().dataset.clip}?${query}`);
  if (!answer.ok) return;
  const text = await answer.text();
  localStorage.setItem(memory, text);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // the memory is enough for this browser
  }
  toast(words("copied"));
  if (cut) ask("delete", { keys });
}

/**
 * @param {import("./graph.js").Slot} slot
 * @param {string} [text] what a paste event brought
 */
export async function pasteAt(slot, text) {
  let found = text;
  if (found === undefined) {
    try {
      found = await navigator.clipboard.readText();
    } catch {
      found = "";
    }
  }
  ask("paste", { clip: parsed(found) ?? parsed(localStorage.getItem(memory) ?? "") ?? {}, ...slot }, slot.source);
}

/** @param {string} text */
function parsed(text) {
  try {
    const found = JSON.parse(text);
    return found && typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}
