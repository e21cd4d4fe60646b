// What waits for the operations on their way, one after the other.

/** @type {Promise<void>} */
let line = Promise.resolve();

/**
 * Something that has to wait for the operations on their way.
 * @param {() => Promise<unknown> | unknown} work
 * @returns {Promise<void>}
 */
export function enqueue(work) {
  line = line.then(work).then(() => {}, () => {});
  return line;
}
