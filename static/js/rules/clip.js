// Conditions on the clipboard, as JSON, so that they travel between rules, pages and people.

import { toast } from "../toasts.js";
import { words } from "../words.js";
import { act } from "./post.js";

/** Where the clipboard is closed to us, the page at least remembers. */
let kept = "";

/** @param {any} condition */
export async function copy(condition) {
  kept = JSON.stringify(condition, null, 1);
  try {
    await navigator.clipboard.writeText(kept);
  } catch {
    // remembered is enough for this page
  }
  toast(words("copied"));
}

/**
 * @param {HTMLElement} rule
 * @param {string} path
 * @param {string} [text] what a paste event brought
 */
export async function paste(rule, path, text) {
  let found = text;
  if (found === undefined) {
    try {
      found = await navigator.clipboard.readText();
    } catch {
      found = kept;
    }
  }
  if ((found || kept).trim()) act(rule, `paste ${path}`, found || kept);
}
