// The page of a journey: pan and zoom, cards and outline that find each other, people at a step.

import "./canvas-view.js";
import "./canvas-find.js";
import "./canvas-people.js";
