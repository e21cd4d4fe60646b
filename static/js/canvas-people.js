// The panel of the people at a step: opened beside the count that was clicked, closed by Escape,
// by its button, and by a click elsewhere. It lies outside of what is polled, so it stays.

const GAP = 14;
const EDGE = 12;
const panel = document.getElementById("people");
/** Id of the count that opened it. */
let openedBy = "";

document.addEventListener("htmx:afterSwap", (event) => {
  const { target, requestConfig } = /** @type {CustomEvent} */ (event).detail;
  const button = requestConfig?.elt?.closest?.("[data-people]");
  if (target?.id !== "people-in" || !panel || !button) return;
  openedBy = button.id;
  if (!panel.matches(":popover-open")) panel.showPopover();
  place(button);
  expand(true);
  panel.querySelector("input")?.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  if (!panel?.matches(":popover-open") || !(event.target instanceof Element)) return;
  const inside = event.target.closest("#people, [data-people]");
  if (!inside || event.target.closest("[data-close-people]")) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel?.matches(":popover-open")) close();
});

// A swap draws the count anew, without its mark.
document.addEventListener("htmx:afterSettle", () => expand(Boolean(panel?.matches(":popover-open"))));

function close() {
  panel?.hidePopover();
  expand(false);
  document.getElementById(openedBy)?.focus({ preventScroll: true });
}

/** @param {boolean} open */
function expand(open) {
  for (const button of document.querySelectorAll("[data-people]")) {
    button.setAttribute("aria-expanded", String(open && button.id === openedBy));
  }
}

/**
 * Beside the card: on its right, else on its left, else wherever there is room.
 * @param {Element} button
 */
function place(button) {
  if (!panel) return;
  const card = (button.closest(".node") ?? button).getBoundingClientRect();
  const count = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const right = card.right + GAP + width + EDGE <= innerWidth;
  const x = right ? card.right + GAP : Math.max(EDGE, card.left - GAP - width);
  const middle = count.top + count.height / 2;
  const y = Math.min(Math.max(EDGE, middle - height / 2), Math.max(EDGE, innerHeight - height - EDGE));
  panel.dataset.side = right ? "right" : "left";
  panel.style.setProperty("--people-x", `${x}px`);
  panel.style.setProperty("--people-y", `${y}px`);
  panel.style.setProperty("--arrow", `${Math.min(Math.max(16, middle - y - 6), height - 28)}px`);
}
