// The outline as a tree for keys, and the two tabs beside the drawing. Its rows are steps and ways;
// on a way Enter and A put a step down, C leads it elsewhere, X cuts it.

import { addAt, ACTS } from "./act.js";
import { ask } from "./ask.js";
import { choose, chosenKey, roving } from "./chosen.js";
import { pickPlace } from "./pick.js";
import { mayConnect } from "./may.js";
import { targetOf } from "./graph.js";

const memory = "journey-left";

/** @returns {HTMLElement[]} */
function rows() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#outline [role=treeitem]"))];
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const tab = /** @type {HTMLElement | null} */ (target?.closest("[data-tab]") ?? null);
  if (tab) return open(tab.dataset.tab ?? "add");
  const row = /** @type {HTMLElement | null} */ (target?.closest("#outline [role=treeitem]") ?? null);
  if (!row) return undefined;
  row.focus();
  if (row.dataset.step) return choose(row.dataset.step, { add: event.ctrlKey || event.metaKey });
  return way(row);
});

document.addEventListener("keydown", (event) => {
  const at = event.target instanceof HTMLElement ? event.target : null;
  if (at?.matches("[data-tab]") && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    const other = at.dataset.tab === "add" ? "outline" : "add";
    open(other);
    document.getElementById(`tab-${other}`)?.focus();
    return;
  }
  const row = at?.closest("#outline [role=treeitem]");
  if (!(row instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = rows();
  const n = all.indexOf(row);
  const level = Number(row.getAttribute("aria-level"));
  /** @type {Record<string, () => HTMLElement | undefined>} */
  const to = {
    ArrowDown: () => all[n + 1],
    ArrowUp: () => all[n - 1],
    Home: () => all[0],
    End: () => all.at(-1),
    ArrowRight: () => (Number(all[n + 1]?.getAttribute("aria-level")) > level ? all[n + 1] : undefined),
    ArrowLeft: () => all.slice(0, n).reverse().find((each) => Number(each.getAttribute("aria-level")) < level),
  };
  const next = to[event.key]?.();
  if (to[event.key]) {
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    roving(all, next);
    next.focus();
    if (next.dataset.step) choose(next.dataset.step);
    return;
  }
  if (row.dataset.wayOf !== undefined) onWay(row, event);
});

/** @param {HTMLElement} row @param {KeyboardEvent} event */
function onWay(row, event) {
  const slot = { source: row.dataset.wayOf ?? "", outcome: row.dataset.outcome ?? "" };
  if (event.key === "Enter" || event.key === "a" || event.key === " ") addAt(slot);
  else if (event.key === "c") {
    pickPlace("connect", (key) => mayConnect(slot, key), (key) => ask("connect", { ...slot, target: key }, slot.source));
  } else if ((event.key === "x" || event.key === "Delete") && targetOf(slot)) ask("detach", { ...slot }, slot.source);
  else if (event.key === "/") ACTS.find?.();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {HTMLElement} row */
function way(row) {
  const slot = { source: row.dataset.wayOf ?? "", outcome: row.dataset.outcome ?? "" };
  choose(slot.source);
  if (!targetOf(slot)) addAt(slot);
}

/** @param {string} name */
function open(name) {
  for (const tab of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tab]"))) {
    const is = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !is;
  }
  sessionStorage.setItem(memory, name);
  if (name === "outline") document.getElementById(`step-${chosenKey()}`)?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("canvas:chosen", () => {
  // Behind the palette there is nothing to bring into view, and asking makes the browser lay out.
  const row = document.getElementById(`step-${chosenKey()}`);
  if (row && !row.closest("[hidden]")) row.scrollIntoView({ block: "nearest" });
});

const phone = matchMedia("(max-width: 760px)").matches;
open(phone ? "outline" : sessionStorage.getItem(memory) ?? "add");
