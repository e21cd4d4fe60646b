// "Jump to…": Ctrl K (or ⌘ K) opens it, arrows choose, Enter goes. The list comes from the server.

const box = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const field = /** @type {HTMLInputElement | null} */ (document.getElementById("palette-q"));
const list = document.getElementById("palette-list");

if (box && field && list) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      box.open ? box.close() : open();
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-opens=palette]") : null;
    if (!link || /** @type {MouseEvent} */ (event).ctrlKey || /** @type {MouseEvent} */ (event).metaKey) return;
    event.preventDefault();
    for (const sheet of document.querySelectorAll(".sheet:popover-open")) {
      /** @type {HTMLElement} */ (sheet).hidePopover();
    }
    open();
  });
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1, event);
    else if (event.key === "ArrowUp") move(-1, event);
    else if (event.key === "Enter") follow(event);
  });
  list.addEventListener("htmx:afterSwap", () => choose(options()[0]));
}

/** Opens with what was typed last selected, so that one can repeat or replace it. */
function open() {
  box?.showModal();
  field?.select();
  field?.dispatchEvent(new Event("palette:open"));
}

/** @returns {HTMLAnchorElement[]} */
function options() {
  return [...(list?.querySelectorAll("a[role=option]") ?? [])].map((a) => /** @type {HTMLAnchorElement} */ (a));
}

/** @param {HTMLAnchorElement | undefined} option */
function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) field?.setAttribute("aria-activedescendant", option.id);
  else field?.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

/**
 * @param {number} step
 * @param {Event} event
 */
function move(step, event) {
  const all = options();
  if (!all.length) return;
  event.preventDefault();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  choose(all[(at + step + all.length) % all.length]);
}

/** @param {Event} event */
function follow(event) {
  const chosen = options().find((option) => option.getAttribute("aria-selected") === "true");
  event.preventDefault();
  chosen?.click();
}

export {}; // a module: its names are its own
