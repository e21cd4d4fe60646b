// Everything the shell needs; pages add modules of their own in the block `scripts`.

import "./theme.js";
import "./menus.js";
import "./palette.js";
import "./toasts.js";
import "./confirm.js";
import "./guard.js";
import "./keep.js";
import "./copy.js";
import "./refresh.js";
