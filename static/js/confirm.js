// Asks before something that can't be undone: data-confirm, data-confirm-detail, data-confirm-verb
// on a form, on its button, or on an element with hx-…. Escape and "Cancel" do nothing.

const box = /** @type {HTMLDialogElement | null} */ (document.getElementById("confirm"));
/** Forms that were answered with yes, so that their second submit passes. @type {WeakSet<HTMLFormElement>} */
const agreed = new WeakSet();

document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = /** @type {SubmitEvent} */ (event).submitter;
  const asking = button?.closest("[data-confirm]") ?? form.closest("[data-confirm]");
  if (!(asking instanceof HTMLElement) || usesHtmx(asking) || usesHtmx(form)) return;
  if (agreed.delete(form)) return;
  event.preventDefault();
  if (await ask(asking)) {
    agreed.add(form);
    form.requestSubmit(/** @type {HTMLElement | null} */ (button));
  }
}, true);

document.addEventListener("htmx:confirm", async (event) => {
  const { elt, issueRequest } = /** @type {CustomEvent} */ (event).detail;
  const asking = elt.closest("[data-confirm]");
  if (!asking) return;
  event.preventDefault();
  if (await ask(asking)) issueRequest(true);
});

/**
 * @param {HTMLElement} asking
 * @returns {Promise<boolean>} whether the answer was yes
 */
function ask(asking) {
  if (!box) return Promise.resolve(false);
  const verb = /** @type {HTMLElement} */ (box.querySelector("#confirm-verb"));
  write("#confirm-question", asking.dataset.confirm);
  write("#confirm-detail", asking.dataset.confirmDetail);
  verb.textContent = asking.dataset.confirmVerb || verb.dataset.default || "";
  box.returnValue = "no";
  box.showModal();
  return new Promise((answer) => {
    box.addEventListener("close", () => answer(box.returnValue === "yes"), { once: true });
  });
}

/**
 * @param {string} selector
 * @param {string | undefined} text
 */
function write(selector, text) {
  const place = box?.querySelector(selector);
  if (place) place.textContent = text ?? "";
}

/** @param {Element} element */
function usesHtmx(element) {
  return ["hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"].some((name) => element.hasAttribute(name));
}

export {}; // a module: its names are its own
