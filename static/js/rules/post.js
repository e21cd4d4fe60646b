// How the hands of the rule editor ask the server: as its buttons do.

/** @returns {HTMLElement[]} */
export function editors() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-rule]"))];
}

/**
 * @param {string} name of the field that holds the rule
 * @returns {HTMLElement | null}
 */
export function editor(name) {
  return document.getElementById(`editor-${name}`);
}

/**
 * Asks for an operation, such as "remove r-0".
 * @param {HTMLElement} rule
 * @param {string} what
 * @param {string} [clip] JSON that is pasted
 */
export function act(rule, what, clip) {
  // The values stand here and not in a field, which an answer on its way would draw anew.
  const values = { do: what, [`${rule.dataset.rule}.clip`]: clip ?? "" };
  const { htmx } = /** @type {any} */ (window);
  htmx.ajax("POST", rule.getAttribute("hx-post"), { source: rule, target: rule, swap: "morph:outerHTML", values });
}

/**
 * The condition or group at a path, as JSON.
 * @param {HTMLElement} rule
 * @param {string} path
 * @returns {any}
 */
export function json(rule, path) {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById(`${rule.dataset.rule}-json`));
  let found = JSON.parse(field?.value || "{}");
  for (const index of path.split("-").slice(1)) {
    const group = found.not ?? found;
    found = (group.all ?? group.any)[Number(index)];
  }
  return found;
}

/**
 * Brings a line under the eye: its first empty field when it is new, else the line itself.
 * @param {HTMLElement} rule
 * @param {string} path
 */
export function look(rule, path) {
  const line = document.getElementById(`${rule.dataset.rule}-${path}`);
  if (!line || !rule.contains(line)) return;
  const empty = [...line.querySelectorAll("input.chip")].find((field) => !(/** @type {HTMLInputElement} */ (field)).value);
  const isTyping = rule.contains(document.activeElement) && document.activeElement?.matches("input, select, textarea");
  if (isTyping && line.contains(document.activeElement)) return;
  /** @type {HTMLElement} */ (line.matches(".line") && empty ? empty : line).focus();
}
