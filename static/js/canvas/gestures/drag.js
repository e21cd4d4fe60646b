// What gestures, pointer and preview tell each other. In a file of its own: scripts are served under
// names made of what they hold, so no two may name each other.

/**
 * @typedef {object} Drag
 * @property {string} words what hangs at the pointer
 * @property {string} [family] its colour
 * @property {HTMLElement[]} places where it may be let go
 * @property {(place: HTMLElement) => void} drop
 */
/** @typedef {(from: Element) => (() => Drag) | null} Gesture what it would do with a press there */

export {};
