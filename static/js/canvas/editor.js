// The editor of a draft. The server owns the drawing: gestures, keys and menus become operations
// (ask.js), the page morphs into the answer (drawn.js), and only the view belongs to the browser.

import "../canvas-view.js";
import "./drawn.js";
import "./chosen.js";
import "./pointer.js";
import "./menu.js";
import "./keys.js";
import "./pick.js";
import "./panel.js";
import "./tree.js";
import "./problems.js";
import "./minimap.js";
import "./clip-events.js";
import { editor } from "./graph.js";

// On a narrow window the settings lie over the drawing, so they come when they are wanted.
if (matchMedia("(max-width: 1100px)").matches && !document.getElementById("panel")?.dataset.of) {
  editor().dataset.panelClosed = "";
}
// From now on hands are heard.
editor().dataset.ready = "";
