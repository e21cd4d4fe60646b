// Sentences in the reader's language, which the server puts on <body data-words>.

/** @type {Record<string, string> | undefined} */
let known;

/**
 * The sentence for a key; the key itself when the server did not send it.
 * @param {string} key
 * @returns {string}
 */
export function words(key) {
  known ??= /** @type {Record<string, string>} */ (JSON.parse(document.body.dataset.words || "{}"));
  return known[key] ?? key;
}
