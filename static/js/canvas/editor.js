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
import "./clip.js";
import { editor } from "./graph.js";

// From now on hands are heard.
editor().dataset.ready = "";
