// What somebody changes while an answer is on its way outlives that answer.
//
// Forms that send every change wait in line (hx-sync="this:queue …"): a change made during a
// request is sent when its answer is in. But that answer draws the form as the server knew it
// before, and the change would be gone by the time it is read for its own request. And a form is
// sent only when the answers it waits for are in: what they bring would be missing in it.

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/** Fields changed since they were last sent, and what they hold. @type {Map<Field, string | boolean>} */
const unsent = new Map();

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof Element) || !field.matches("input, select, textarea")) return;
  if (field.closest("[hx-sync*=':queue']")) unsent.set(/** @type {Field} */ (field), held(/** @type {Field} */ (field)));
}, true);

document.addEventListener("htmx:configRequest", (event) => {
  const { elt } = /** @type {CustomEvent<{elt: Element}>} */ (event).detail;
  const line = elt.closest("[hx-sync*=':queue']");
  for (const field of unsent.keys()) if (!field.isConnected || line?.contains(field)) unsent.delete(field);
});

// An answer takes nothing from a field in which somebody types just now. Of other things that have
// the focus, such as a line, the morphing would leave the inside as it is, so only then.
document.addEventListener("htmx:beforeSwap", () => {
  const morphing = /** @type {any} */ (window).Idiomorph;
  if (morphing) morphing.defaults.ignoreActiveValue = Boolean(document.activeElement?.matches("input, textarea"));
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [field, value] of unsent) {
    if (typeof value === "string") field.value = value;
    else /** @type {HTMLInputElement} */ (field).checked = value;
  }
});

/** How many requests of its lines a form waits for. @type {Map<HTMLFormElement, number>} */
const pending = new Map();
/** The form that is sent as soon as they are in. @type {{form: HTMLFormElement, by: HTMLElement | null} | null} */
let heldBack = null;

document.addEventListener("htmx:beforeSend", (event) => {
  const { target, xhr } = /** @type {CustomEvent<{target: Element, xhr: XMLHttpRequest}>} */ (event).detail;
  const form = target.closest("[hx-sync*=':queue']")?.closest("form");
  if (!form) return;
  pending.set(form, (pending.get(form) ?? 0) + 1);
  // By then the next in line has begun. What htmx tells is lost with an element that it removed.
  xhr.addEventListener("loadend", () => {
    pending.set(form, (pending.get(form) ?? 1) - 1);
    if (xhr.status === 0 || xhr.status >= 500) heldBack = null; // told; pressing again is up to her
    setTimeout(send, 40); // what came is in its place
  });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !pending.get(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  heldBack = { form, by: event.submitter };
}, true);

function send() {
  if (!heldBack || pending.get(heldBack.form)) return;
  const { form, by } = heldBack;
  heldBack = null;
  if (form.isConnected) form.requestSubmit(by?.isConnected ? by : null);
}

/** @param {Field} field */
function held(field) {
  return field.matches("[type=checkbox], [type=radio]") ? /** @type {HTMLInputElement} */ (field).checked : field.value;
}

export {}; // a module: its names are its own
