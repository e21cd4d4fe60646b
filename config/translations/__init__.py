"""Message catalogues without the gettext binaries: extract, merge, check, compile.

One catalogue per room: `customers`, `campaigns` and `journeys` hold the words of their own
Python and of `templates/<app>`; `config` holds those of the ground and of every other template.
"""

from config.places import ROOMS
from config.translations.catalogues import LOCALE, compile_stale, merge
from config.translations.problems import find_problems
from config.translations.sources import ExtractionError, extract

__all__ = [
    "LOCALE",
    "ROOMS",
    "ExtractionError",
    "compile_stale",
    "extract",
    "find_problems",
    "merge",
]
