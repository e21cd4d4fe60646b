"""What needs somebody: each floor registers functions that look for it, the home page shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from customers.scope import Scope

ORDER = ("bad", "warn", "info")


@dataclass(frozen=True)
class Need:
    """One row of "Needs you".

    tone: "bad" (broken or stopped), "warn" (watch it), "info" (asked or ready);
    title: a sentence without its full stop; words: what follows from it and what can be done.
    """

    tone: str
    title: str
    words: str = ""
    url: str = ""
    verb: str = ""

    @property
    def kind(self) -> str:
        """The word that stands for the icon where it is not seen."""
        return {"bad": _("Broken"), "warn": _("Watch"), "info": _("Asked")}[self.tone]


Finder = Callable[[Scope, datetime], list[Need]]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Let the home page ask `finder(scope, now)`; it makes a fixed number of queries."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def needs_of(scope: Scope, now: datetime) -> list[Need]:
    """All needs of the brands in scope, what is broken first."""
    found = [need for finder in _finders for need in finder(scope, now)]
    return sorted(found, key=lambda need: ORDER.index(need.tone))
