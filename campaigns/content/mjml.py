"""MJML to HTML: tables and conditional comments that every mail program lays out alike.

The compiler is MRML, a port of MJML to Rust (package mjml-python, wheels for every platform). It is
called on the source, before Liquid: braces pass through it as text. A source is bounded before it
gets there, since a few thousand open tags would exhaust the stack of the compiler.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

DEEPEST: Final = 60
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "area", "wbr"})
_KNOWN: Final = frozenset(
    {"mjml", "mj-head", "mj-body", "mj-attributes", "mj-all", "mj-class", "mj-title", "mj-preview",
     "mj-style", "mj-font", "mj-breakpoint", "mj-raw", "mj-section", "mj-wrapper", "mj-group",
     "mj-column", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table",
     "mj-hero", "mj-navbar", "mj-navbar-link", "mj-social", "mj-social-element", "mj-accordion",
     "mj-accordion-element", "mj-accordion-title", "mj-accordion-text", "mj-carousel",
     "mj-carousel-image"}
)  # fmt: skip


class MjmlUnreadable(ValueError):
    """A source that is no MJML we compile; the text is a sentence for its author."""


def is_mjml(source: str) -> bool:
    """Whether the HTML part of a text is written in MJML."""
    return source.lstrip()[:6].lower() in ("<mjml>", "<mjml ", "<mjml\n")


@lru_cache(maxsize=300)
def to_html(source: str) -> str:
    """The HTML of *source*; raises MjmlUnreadable."""
    _check(source)
    from mjml import mjml2html

    try:
        # No fonts of others: a mail that loads them tells who opened it.
        return str(mjml2html(source.strip(), fonts={}))
    except ValueError as error:
        raise MjmlUnreadable(
            _(
                "The MJML can't be read (%(error)s). Every tag needs its end, and < inside of a "
                "text is written &lt;."
            )
            % {"error": " ".join(str(error).split())[:120]}
        ) from error


# helpers


def _check(source: str) -> None:
    depth = 0
    for closes, name, attributes in _TAG.findall(source):
        name = name.lower()
        if name.startswith("mj") and name not in _KNOWN:
            raise MjmlUnreadable(_("<%(name)s> can't be used here.") % {"name": name[:40]})
        if name in _VOID or attributes.rstrip().endswith("/"):
            continue
        depth += -1 if closes else 1
        if depth > DEEPEST:
            raise MjmlUnreadable(
                _("More than %(n)d tags are open inside each other.") % {"n": DEEPEST}
            )
