// The list of customers: "/" goes to the search, arrows walk through the rows, Enter opens one; in
// the dialog of columns, buttons move a column. Ticked rows bring up what can be done with them.

const field = () => /** @type {HTMLInputElement | null} */ (document.querySelector(".listbar input[name=q]"));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const at = /** @type {HTMLElement} */ (event.target);
  const typing = at.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    field()?.focus();
    field()?.select();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (!typing || at === field())) {
    walk(event.key === "ArrowDown" ? 1 : -1, event);
  }
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-move]") : null;
  const row = button?.closest("li");
  if (!(button instanceof HTMLElement) || !row) return;
  if (button.dataset.move === "-1") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
});

document.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const form = box.closest("[data-bulk]");
  if (!(form instanceof HTMLFormElement)) return;
  const rows = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=id]")]);
  if (box.matches("[data-pick-all]")) for (const row of rows) row.checked = box.checked;
  count(form, rows);
});
// After Back the browser ticks again what was ticked.
addEventListener("pageshow", () => {
  const form = document.querySelector("[data-bulk]");
  if (form instanceof HTMLFormElement) count(form, [...form.querySelectorAll("input[name=id]")]);
});

/**
 * Says how many are ticked; with the whole page ticked, offers everybody in the list.
 * @param {HTMLFormElement} form
 * @param {any[]} rows
 */
function count(form, rows) {
  const ticked = rows.filter((row) => row.checked).length;
  const all = /** @type {HTMLInputElement | null} */ (form.querySelector("[name=all]"));
  const bar = /** @type {HTMLElement | null} */ (form.querySelector("[data-bulk-bar]"));
  const words = /** @type {HTMLElement | null} */ (form.querySelector("[data-bulk-count]"));
  const rest = /** @type {HTMLElement | null} */ (form.querySelector("[data-bulk-rest]"));
  if (!all || !bar || !words || !rest) return;
  const isWhole = ticked > 0 && ticked === rows.length;
  for (const pick of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-pick-all]"))) {
    pick.checked = isWhole;
    pick.indeterminate = ticked > 0 && !isWhole;
  }
  rest.hidden = !isWhole;
  if (rest.hidden) all.checked = false;
  bar.hidden = !ticked;
  words.hidden = all.checked;
  words.textContent = (words.dataset.one ?? "{n}").replace("{n}", String(ticked));
}

/**
 * From the search to the first row, from a row to the next, from the first back to the search.
 * @param {number} step
 * @param {KeyboardEvent} event
 */
function walk(step, event) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")]);
  const current = document.activeElement?.closest("tr")?.querySelector("[data-row]");
  const now = current ? rows.indexOf(/** @type {HTMLElement} */ (current)) : -1;
  // Where nothing of the list has the focus, arrows scroll the page as ever.
  if (now < 0 && document.activeElement !== field()) return;
  event.preventDefault();
  if (now + step < 0) field()?.focus();
  else rows[Math.min(now + step, rows.length - 1)]?.focus();
}
