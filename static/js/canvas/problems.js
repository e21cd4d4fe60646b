// Problems, one at a time, each leading to its step and to the field that it is about.

import { choose } from "./chosen.js";
import { show } from "./drawn.js";
import { enqueue } from "./line.js";
import { editor } from "./graph.js";

let now = 0;

/** @returns {HTMLElement[]} */
function all() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-problem]"))];
}

/** @param {number} by */
export function turnProblem(by) {
  const problems = all();
  if (!problems.length) return;
  now = (now + by + problems.length) % problems.length;
  render();
}

export function toProblem() {
  const problem = all()[now];
  if (!problem) return;
  const { problem: key = "", setting = "" } = problem.dataset;
  choose(key, { focus: true });
  show(key);
  delete editor().dataset.panelClosed;
  enqueue(() => {
    const name = setting.split(".")[0] ?? "";
    const row = document.querySelector(`#panel [id^="row-f-"][id$="-${CSS.escape(name)}"]`);
    const field = row?.querySelector("input:not([type=hidden]), select, textarea, button") ?? null;
    if (name && name !== "next") /** @type {HTMLElement | null} */ (field)?.focus();
  });
}

function render() {
  const problems = all();
  now = Math.min(now, Math.max(0, problems.length - 1));
  problems.forEach((problem, n) => { problem.hidden = n !== now; });
  const place = document.getElementById("problem-now");
  if (place) place.textContent = String(now + 1);
}

document.addEventListener("canvas:drawn", render);
