// The list of what a condition can be about: opened by a button that fetched it, walked by arrows.

/** @type {HTMLElement | null} */
let opener = null;

document.addEventListener("htmx:afterSwap", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLDialogElement) || !box.matches(".pick") || box.open) return;
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  box.showModal();
  /** @type {HTMLElement | null} */ (box.querySelector("input"))?.focus();
});

// What was typed before the field was ready to ask is asked for now.
document.addEventListener("htmx:afterSettle", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLDialogElement) || !box.matches(".pick")) return;
  const search = box.querySelector("input");
  if (search?.value) search.dispatchEvent(new Event("ready", { bubbles: true }));
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const box = target?.closest("dialog.pick");
  if (!(box instanceof HTMLDialogElement)) return;
  if (target?.closest("[data-close]") || target === box) {
    box.close();
    opener?.focus();
  }
});

// The choice is on its way: the list has done its work.
document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.target instanceof Element ? event.target.closest(".pick-name") : null;
  const box = button?.closest("dialog");
  if (box) setTimeout(() => box.close());
});

document.addEventListener("keydown", (event) => {
  const box = event.target instanceof Element ? event.target.closest("dialog.pick") : null;
  if (!box || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const names = /** @type {HTMLElement[]} */ ([...box.querySelectorAll(".pick-name")]);
  const at = names.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (event.key === "Enter") {
    if (at >= 0 || event.isComposing) return;
    event.preventDefault();
    names[0]?.click();
    return;
  }
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  if (next < 0) /** @type {HTMLElement | null} */ (box.querySelector("input"))?.focus();
  else names[Math.min(next, names.length - 1)]?.focus();
});

export {}; // a module: its names are its own
