// A link with hx-target="#dialog" opens its form in a dialog; without scripts it is a page.

const box = /** @type {HTMLDialogElement | null} */ (document.getElementById("dialog"));

document.addEventListener("htmx:afterSwap", (event) => {
  if (!box || event.target !== box || box.open) return;
  box.showModal();
  /** @type {HTMLElement | null} */ (box.querySelector("[autofocus], input:not([type=hidden]), select, textarea"))?.focus();
});

// What is no longer looked at must not stay in the page: it may be personal.
box?.addEventListener("close", () => box.replaceChildren());

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("#dialog [data-close]")) {
    event.preventDefault();
    box?.close();
  }
});

export {}; // a module: its names are its own
