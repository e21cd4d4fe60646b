"""One text for one recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

from liquid import BoundTemplate, RenderContext
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError
from liquid.output import LimitedStringIO

from campaigns.content.compiled import Compiled
from campaigns.content.liquid import LARGEST_OUTPUT
from campaigns.content.plain import text_of
from campaigns.content.recipient import Recipient
from campaigns.models import OnMissing

LONGEST_SUBJECT = 900
_BODY: Final = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_HIDDEN: Final = "display:none;max-height:0;overflow:hidden;mso-hide:all"
# What an inbox shows after the preheader is filled up, or the first words of the mail follow it.
_FILL: Final = "&#847;&zwnj;&nbsp;" * 60


class FaultKind(StrEnum):
    """Why a text could not be made."""

    MISSING = "missing"  # a value that the text needs
    LIMIT = "limit"  # the template does more than a message may
    BROKEN = "broken"  # the template fails
    NO_TEXT = "no_text"  # there is no text at all


@dataclass(frozen=True, slots=True)
class TextFault:
    """A text that could not be made, and what its content wants done: skip or hold."""

    kind: FaultKind
    detail: str
    on_missing: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished text."""

    language: str
    variant: str
    subject: str
    body: str
    html: str
    used_fallback: bool = False


def render(compiled: Compiled, to: Recipient, *, language: str = "") -> Rendered | TextFault:
    """Render a version for *to*, in *language* or in hers, else the brand's, else any.

    When a value is missing the content's policy decides: "fallback" leaves it empty, the others
    yield a TextFault. A template that breaks or goes beyond its limits always does.
    """
    policy = compiled.on_missing
    text = compiled.for_language(language or to.language, to.brand_language)
    if text is None:
        kind = FaultKind.BROKEN if compiled.broken else FaultKind.NO_TEXT
        return TextFault(kind, compiled.broken, policy)
    variables = to.variables()
    fallback = False
    try:
        try:
            parts = _render(text.strict, variables)
        except UndefinedError:
            if policy != OnMissing.FALLBACK:
                raise
            fallback = True
            parts = _render(text.lenient, variables)
    except UndefinedError as error:
        return TextFault(FaultKind.MISSING, _name_of(error), policy)
    except ResourceLimitError as error:
        return TextFault(FaultKind.LIMIT, said(error), policy)
    except (LiquidError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        # A filter meets a value of a kind it can't take: the customer's data, not our code.
        return TextFault(FaultKind.BROKEN, said(error), policy)
    if not parts.get("body", "").strip() and not parts.get("html", "").strip():
        return TextFault(FaultKind.BROKEN, "", policy)
    body = parts.get("body", "")
    if not body.strip():
        body = text_of(parts["html"])
    return Rendered(
        language=text.language,
        variant=text.variant,
        subject=one_line(parts.get("subject", ""))[:LONGEST_SUBJECT],
        body=body,
        html=_with_preheader(parts),
        used_fallback=fallback,
    )


def one_line(text: str) -> str:
    """A subject in one line: a line break in a customer's name must not begin a new header."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def said(error: Exception) -> str:
    """What an error of Liquid says, in one line and without the picture of the source."""
    message = error.message if isinstance(error, LiquidError) else error
    return " ".join(str(message).split())[:200]


# helpers


def _render(templates: Mapping[str, BoundTemplate], variables: dict[str, object]) -> dict[str, str]:
    return {part: _rendered(template, variables) for part, template in templates.items()}


def _rendered(template: BoundTemplate, variables: dict[str, object]) -> str:
    """The same as its `render`, without the copies that this makes of the variables: no template
    of ours has globals of its own."""
    buffer = LimitedStringIO(LARGEST_OUTPUT)
    template.render_with_context(RenderContext(template, globals=variables), buffer)
    return buffer.getvalue()


def _with_preheader(parts: Mapping[str, str]) -> str:
    """The line that inboxes show after the subject, hidden in the mail itself."""
    html, preheader = parts.get("html", ""), one_line(parts.get("preheader", ""))
    if not html or not preheader:
        return html
    line = f'<div style="{_HIDDEN}">{escape(preheader)}{_FILL}</div>'
    begin = _BODY.search(html)
    return f"{html[: begin.end()]}{line}{html[begin.end() :]}" if begin else line + html


def _name_of(error: UndefinedError) -> str:
    """The variable that was missing, such as customer.city."""
    return said(error).removesuffix(" is undefined").strip("'")
