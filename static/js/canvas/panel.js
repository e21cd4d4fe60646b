// The form of the side panel is sent while one types: a moment after a key, at once for a choice.
// Each answer draws anew only what is said about the form; what is typed meanwhile is kept.

import { ask, askForm } from "./ask.js";
import { chosenKey } from "./chosen.js";
import { editor } from "./graph.js";

const A_MOMENT = 350;
let waiting = 0;
/** What was noted while one typed, not yet sent. @type {HTMLTextAreaElement | null} */
let note = null;

/** @param {EventTarget | null} target @returns {HTMLElement | null} a field of the form that is ours */
function ours(target) {
  if (!(target instanceof HTMLElement) || !target.matches("input, textarea, select")) return null;
  return target.closest("#panel-form") && !target.closest("[data-rule], dialog") ? target : null;
}

document.addEventListener("input", (event) => {
  const field = ours(event.target);
  if (!field) return;
  clearTimeout(waiting);
  if (field instanceof HTMLTextAreaElement && field.dataset.note !== undefined) note = field;
  waiting = window.setTimeout(flush, field.matches("select, [type=checkbox]") ? 0 : A_MOMENT);
});

document.addEventListener("change", (event) => {
  if (!ours(event.target) || !waiting) return;
  flush();
});

// A rule editor has its answer: the step takes the rule over.
document.addEventListener("rule:changed", (event) => {
  if (event.target instanceof Element && event.target.closest("#panel-form")) send();
});

// Before another step is opened, what was typed here goes out.
document.addEventListener("pointerdown", () => flush(), true);
document.addEventListener("focusout", (event) => { if (ours(event.target)) flush(); });

document.addEventListener("submit", (event) => {
  if (event.target instanceof Element && event.target.id === "panel-form") event.preventDefault();
}, true);

function flush() {
  if (!waiting) return;
  clearTimeout(waiting);
  waiting = 0;
  if (note?.isConnected) {
    const { dataset, value } = note;
    note = null;
    ask("annotate", { key: dataset.note ?? "", note: value });
  } else send();
}

/** @param {Record<string, string>} [more] */
function send(more) {
  const form = document.getElementById("panel-form");
  if (form instanceof HTMLFormElement) askForm(form, more);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const add = /** @type {HTMLElement | null} */ (target?.closest("[data-add-row]") ?? null);
  const drop = /** @type {HTMLElement | null} */ (target?.closest("[data-drop]") ?? null);
  if (add) send({ add: add.dataset.addRow ?? "" });
  if (drop) send({ drop: drop.dataset.drop ?? "" });
  const field = /** @type {HTMLElement | null} */ (target?.closest("[data-choose]") ?? null);
  if (field) openChoices(field);
  const chosen = /** @type {HTMLElement | null} */ (target?.closest("#pick-noun [data-chosen]") ?? null);
  if (chosen) take(chosen.dataset.chosen ?? "", chosen.dataset.title ?? "");
});

/** Id of the button whose field is being chosen for. */
let choosing = "";

/** @param {HTMLElement} field */
function openChoices(field) {
  choosing = field.id;
  const { htmx } = /** @type {any} */ (window);
  const url = (editor().dataset.panel ?? "").replace("/panel/", "/choices/");
  htmx.ajax("GET", `${url}?noun=${field.dataset.choose}`, { source: field, target: "#pick-noun", swap: "innerHTML" });
}

/** @param {string} code @param {string} title */
function take(code, title) {
  const button = document.getElementById(choosing);
  const hidden = /** @type {HTMLInputElement | null} */ (document.getElementById(button?.dataset.for ?? ""));
  if (button && hidden) {
    hidden.value = code;
    const words = button.querySelector(".cut");
    if (words) words.textContent = title;
    send();
  }
  /** @type {HTMLDialogElement | null} */ (document.getElementById("pick-noun"))?.close();
  button?.focus();
}

// Another step's settings begin at their top.
document.addEventListener("canvas:chosen", () => {
  if (!chosenKey()) return;
  delete editor().dataset.noPanel;
});
