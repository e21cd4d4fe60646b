// Pan and zoom. Nothing but three custom properties of the editor changes, and no request is made:
// the drawing inside may be swapped at any time and inherits them.

const LEAST = 0.2;
const MOST = 2;
const STEP = 1.25;
const FAR = [0.6, 0.35];
/** The smallest zoom at which a page opens: cards must be readable. */
const READABLE = 0.75;
const MARGIN = 24;
const NUDGE = 60;

const editor = /** @type {HTMLElement | null} */ (document.getElementById("journey"));
const memory = `journey-view-${editor?.dataset.journey}`;
/** @type {{zoom: number, x: number, y: number}} */
let view = { zoom: 1, x: 0, y: 0 };

if (editor) {
  const kept = remembered();
  if (kept) set(kept);
  else open();
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:afterSwap", show);
  editor.addEventListener("wheel", onWheel, { passive: false });
  editor.addEventListener("pointerdown", onDown);
  editor.addEventListener("click", onClick);
  editor.addEventListener("keydown", onKey);
  editor.addEventListener("focusin", onFocus);
  editor.addEventListener("scroll", unscroll, true);
}

/** @returns {HTMLElement} */
function stage() {
  return /** @type {HTMLElement} */ (editor?.querySelector(".stage"));
}

/** Size of the drawing in its own pixels. */
function size() {
  const world = /** @type {HTMLElement} */ (stage().querySelector(".world"));
  return { width: world.offsetWidth, height: world.offsetHeight };
}

/** @param {{zoom: number, x: number, y: number}} wanted */
function set(wanted) {
  view = wanted;
  if (editor?.matches(".drawing")) {
    // Here the drawing itself is never swapped. What is inherited would be worked out anew for
    // every part of it, with each step of the hand.
    const at = `${wanted.x.toFixed(1)}px, ${wanted.y.toFixed(1)}px`;
    const world = /** @type {HTMLElement} */ (stage().querySelector(".world"));
    world.style.transform = `translate(${at}) scale(${wanted.zoom.toFixed(4)})`;
    stage().style.backgroundPosition = at.replace(",", "");
  } else {
    editor?.style.setProperty("--zoom", wanted.zoom.toFixed(4));
    editor?.style.setProperty("--pan-x", `${wanted.x.toFixed(1)}px`);
    editor?.style.setProperty("--pan-y", `${wanted.y.toFixed(1)}px`);
  }
  sessionStorage.setItem(memory, JSON.stringify(view));
  show();
  document.dispatchEvent(new CustomEvent("canvas:view"));
}

/** Where the drawing stands now; not to be changed. */
export function current() {
  return view;
}

/** How large the stage is: known beforehand, so that asking never makes the browser lay out. */
const room = { width: 0, height: 0 };
if (editor) {
  new ResizeObserver(([seen]) => {
    Object.assign(room, { width: seen?.contentRect.width ?? 0, height: seen?.contentRect.height ?? 0 });
  }).observe(stage());
}

export function roomOf() {
  if (!room.width) Object.assign(room, { width: stage().clientWidth, height: stage().clientHeight });
  return room;
}

/**
 * Moves the drawing by pixels of the screen.
 * @param {number} dx
 * @param {number} dy
 */
export function shift(dx, dy) {
  if (dx || dy) set({ ...view, x: view.x + dx, y: view.y + dy });
}

/**
 * Brings a point of the drawing into the middle of the stage.
 * @param {number} x
 * @param {number} y
 */
export function centre(x, y) {
  set({ ...view, x: roomOf().width / 2 - x * view.zoom, y: roomOf().height / 2 - y * view.zoom });
}

/**
 * Pans just so far that a box of the drawing is seen.
 * @param {{x: number, y: number, width: number, height: number}} box
 */
export function revealBox(box) {
  const { width, height } = roomOf();
  const left = view.x + box.x * view.zoom;
  const top = view.y + box.y * view.zoom;
  const right = left + box.width * view.zoom;
  const bottom = top + box.height * view.zoom;
  const free = 3 * MARGIN;
  shift(
    Math.max(0, free - left) - Math.max(0, right - width + free),
    Math.max(0, free - top) - Math.max(0, bottom - height + free),
  );
}

/** Tells the stage how far away one is; repeated after a swap, which knows nothing of it. */
function show() {
  const far = FAR.filter((limit) => view.zoom < limit).length;
  if (far) stage().dataset.far = String(far);
  else delete stage().dataset.far;
  const output = document.getElementById("zoom-now");
  const text = `${Math.round(view.zoom * 100)} %`;
  if (output && output.textContent !== text) output.textContent = text;
}

function remembered() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(memory) ?? "null");
    return kept && [kept.zoom, kept.x, kept.y].every(Number.isFinite) ? kept : null;
  } catch {
    return null;
  }
}

/** The first look: the top of the drawing, as large as its width allows, never too small to read. */
function open() {
  const { width } = size();
  const room = stage().clientWidth;
  const zoom = Math.min(1, Math.max(READABLE, (room - 2 * MARGIN) / width));
  set({ zoom, x: (room - width * zoom) / 2, y: 0 });
}

/** All of it. */
function fit() {
  const { width, height } = size();
  const { clientWidth } = stage();
  const clientHeight = stage().clientHeight - (document.getElementById("problems")?.offsetHeight ?? 0);
  const wanted = Math.min((clientWidth - MARGIN) / width, (clientHeight - MARGIN) / height);
  const zoom = Math.min(1, Math.max(LEAST, wanted));
  set({ zoom, x: (clientWidth - width * zoom) / 2, y: Math.max(0, (clientHeight - height * zoom) / 2) });
}

/**
 * Zooms so that the point of the stage stays where it is.
 * @param {number} factor
 * @param {number} [x]
 * @param {number} [y]
 */
function zoomBy(factor, x = stage().clientWidth / 2, y = stage().clientHeight / 2) {
  const zoom = Math.min(MOST, Math.max(LEAST, view.zoom * factor));
  const real = zoom / view.zoom;
  set({ zoom, x: x - (x - view.x) * real, y: y - (y - view.y) * real });
}

/** @param {string | undefined} what */
function act(what) {
  if (what === "in") zoomBy(STEP);
  if (what === "out") zoomBy(1 / STEP);
  if (what === "one") zoomBy(1 / view.zoom);
  if (what === "fit") fit();
  if (what === "full") toggleFull();
}

function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else editor?.requestFullscreen();
}

/** @param {MouseEvent} event */
function onClick(event) {
  const button = event.target instanceof Element ? event.target.closest("[data-zoom]") : null;
  if (button instanceof HTMLElement) act(button.dataset.zoom);
}

/** @param {WheelEvent} event */
function onWheel(event) {
  if (!(event.target instanceof Element) || !event.target.closest(".stage")) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) {
    const box = stage().getBoundingClientRect();
    zoomBy(Math.exp(-event.deltaY * 0.01), event.clientX - box.left, event.clientY - box.top);
    return;
  }
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const across = event.shiftKey ? event.deltaY : event.deltaX;
  const down = event.shiftKey ? 0 : event.deltaY;
  set({ ...view, x: view.x - across * lines, y: view.y - down * lines });
}

/** @type {Map<number, {x: number, y: number}>} */
const fingers = new Map();

/** @param {PointerEvent} event */
function onDown(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target?.closest(".stage") || target.closest("button, a, .float, .problems, .minimap") || event.button > 1) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (fingers.size > 1) return;
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
}

/** One finger pans, two zoom around their middle. @param {PointerEvent} event */
function onMove(event) {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const now = { x: event.clientX, y: event.clientY };
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  stage().dataset.panning = "";
  if (other) {
    const box = stage().getBoundingClientRect();
    const grown = distance(now, other) / Math.max(1, distance(before, other));
    zoomBy(grown, (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top);
  } else {
    set({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y });
  }
  fingers.set(event.pointerId, now);
}

/** @param {PointerEvent} event */
function onUp(event) {
  fingers.delete(event.pointerId);
  if (fingers.size) return;
  delete stage().dataset.panning;
  document.removeEventListener("pointermove", onMove);
  document.removeEventListener("pointerup", onUp);
  document.removeEventListener("pointercancel", onUp);
}

/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** @type {Record<string, string>} */
const KEYS = { "+": "in", "=": "in", "-": "out", 0: "one", f: "fit" };
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target?.closest(".stage") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("input, textarea, select")) return;
  const arrow = ARROWS[event.key];
  if (KEYS[event.key]) act(KEYS[event.key]);
  else if (arrow) set({ ...view, x: view.x + arrow[0] * NUDGE, y: view.y + arrow[1] * NUDGE });
  else return;
  event.preventDefault();
}

/** What gets the focus comes into view. @param {FocusEvent} event */
function onFocus(event) {
  const card = event.target instanceof Element ? event.target.closest(".node") : null;
  if (card && card.matches(":focus-visible, :has(:focus-visible)")) reveal(card);
}

/** Browsers scroll what overflows to a focused element; here that is panning's work. */
function unscroll() {
  const place = stage();
  if (place.scrollLeft || place.scrollTop) place.scrollTo(0, 0);
}

/**
 * Pans just so far that the whole card is seen.
 * @param {Element} card
 */
export function reveal(card) {
  unscroll();
  const box = stage().getBoundingClientRect();
  const it = card.getBoundingClientRect();
  const dx = Math.max(0, box.left + MARGIN - it.left) - Math.max(0, it.right - box.right + MARGIN);
  const dy = Math.max(0, box.top + MARGIN - it.top) - Math.max(0, it.bottom - box.bottom + MARGIN);
  if (dx || dy) set({ ...view, x: view.x + dx, y: view.y + dy });
}
