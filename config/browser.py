"""Finds a Chromium for the tests that drive pages."""

import os
import shutil
from pathlib import Path

# The first has no windows, toolbars or extensions to run: half the work for the same page.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# Chromium as root needs the first; the others keep it quiet and off the network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_GET_ONE = (
    "Install one (Debian: apt-get install chromium-headless-shell; or: playwright install "
    "chromium), or set WAYPOST_BROWSER to its path."
)


def find_browser() -> str | None:
    """The path of a Chromium: WAYPOST_BROWSER, one of the system's, or Playwright's own."""
    named = os.environ.get("WAYPOST_BROWSER")
    if named:
        return shutil.which(named)
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    default = Path.home() / ".cache" / "ms-playwright"
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", default))
    found = sorted(downloads.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None
