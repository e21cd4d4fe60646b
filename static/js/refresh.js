// Fragments that poll (hx-trigger="every …") rest while the tab is hidden or someone types inside,
// and keep the focus over the swap.

/** Id of what had the focus before a swap. @type {string} */
let focused = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = /** @type {CustomEvent<{elt: Element}>} */ (event).detail;
  if (!elt.getAttribute("hx-trigger")?.includes("every ")) return;
  if (document.hidden || busyInside(elt)) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", () => {
  focused = document.activeElement?.id ?? "";
});

document.addEventListener("htmx:afterSettle", () => {
  if (!focused || document.activeElement?.id === focused) return;
  if (document.activeElement && document.activeElement !== document.body) return;
  document.getElementById(focused)?.focus({ preventScroll: true });
});

/** @param {Element} element */
function busyInside(element) {
  const active = document.activeElement;
  const typing = active?.matches("input, select, textarea") && element.contains(active);
  return Boolean(typing) || element.querySelector(":popover-open, dialog[open]") !== null;
}

export {}; // a module: its names are its own
