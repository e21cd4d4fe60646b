"""Starter templates of e-mails: MJML that is light and dark, in both languages of the product.

The drawing of each stands in a `.mjml` file between the head and foot of `frame.mjml`; its words
are in `words.yaml`. What comes out is a text like any other, for its author to change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: Final[Mapping[str, Promise]] = {
    "welcome": _("Welcome"),
    "order_reminder": _("Order reminder"),
    "coupon": _("Coupon"),
    "newsletter": _("Newsletter"),
}
_HERE: Final = Path(__file__).parent
_WORD: Final = re.compile(r"\[\[(\w+)\]\]")


def starter(code: str) -> dict[str, dict[str, str]]:
    """By language the parts of the starter called *code*; raises KeyError for an unknown one."""
    if code not in NAMES:
        raise KeyError(code)
    return {language: _parts(code, words) for language, words in _words().items()}


# helpers


def _parts(code: str, words: Mapping[str, Any]) -> dict[str, str]:
    own: dict[str, str] = {**words["all"], **words[code]}
    own["title"] = own["head"]
    frame, body = _source("frame"), _source(code)
    drawing = frame.replace("[[body]]", body.rstrip())
    return {
        "subject": own["subject"],
        "preheader": own["preheader"],
        "body": "",
        "html": _WORD.sub(lambda found: own[found[1]], drawing),
    }


@cache
def _words() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((_HERE / "words.yaml").read_text(encoding="utf-8"))
    return read


@cache
def _source(name: str) -> str:
    return (_HERE / f"{name}.mjml").read_text(encoding="utf-8")
