// Places a popover menu beside the button that opens it, and brings `command` to older browsers.
// The browser itself opens and closes; without this file menus stand at the foot of the window.

const GAP = 4;
const EDGE = 8;
/** @type {WeakMap<Element, Element>} */
const openers = new WeakMap();

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[popovertarget]") : null;
  const menu = button && document.getElementById(button.getAttribute("popovertarget") || "");
  if (button && menu) openers.set(menu, button);
}, true);

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches(".menu[popover]")) return;
  const opener = openers.get(menu);
  const open = /** @type {ToggleEvent} */ (event).newState === "open";
  opener?.setAttribute("aria-expanded", String(open));
  if (open && opener) place(menu, opener);
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target instanceof Element ? event.target.closest(".menu[popover]") : null;
  if (!menu) return;
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("a, button")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = (at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
  items[next]?.focus();
  event.preventDefault();
});

if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[commandfor]") : null;
    const box = button && document.getElementById(button.getAttribute("commandfor") || "");
    if (!(box instanceof HTMLDialogElement)) return;
    if (button?.getAttribute("command") === "show-modal") box.showModal();
    if (button?.getAttribute("command") === "close") box.close();
  });
}

/**
 * Below its button, or above where there is no room; never outside the window.
 * @param {HTMLElement} menu
 * @param {Element} opener
 */
function place(menu, opener) {
  const button = opener.getBoundingClientRect();
  menu.style.inset = "auto";
  menu.style.minWidth = `${Math.max(200, button.width)}px`;
  const box = menu.getBoundingClientRect();
  const below = button.bottom + GAP + box.height + EDGE <= innerHeight;
  const top = below ? button.bottom + GAP : Math.max(EDGE, button.top - GAP - box.height);
  const left = Math.min(Math.max(EDGE, button.left), innerWidth - box.width - EDGE);
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}

export {}; // a module: its names are its own
