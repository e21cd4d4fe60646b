"""What a condition can be about, for the list in which marketers look for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.models import Channel
from customers.rules.conditions.customer import KNOWN, MOMENTS, TEXTS
from customers.rules.editing.desk import Desk

FEW: Final = 6
MANY: Final = 40


@dataclass(frozen=True, slots=True)
class Name:
    """An entry: what the button does (`kind code`), its name, and a note beside it."""

    do: str
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Entries of one kind; `more` of them are not shown until somebody types."""

    title: str
    icon: str
    names: Sequence[Name]
    more: int = 0


def names(desk: Desk, q: str) -> list[Shelf]:
    """Everything whose name or code holds *q*, by kind; a few of each kind without it."""
    words = desk.words
    alive = [each for each in words.segments.values() if each.archived_at is None]
    shelves = [
        (_("Events"), "bolt", _rows("event", words.events.values())),
        (_("Attributes"), "person", _typed("attribute", words.attributes.values())),
        (_("Tags"), "tag", _typed("tag", words.tags.values())),
        (_("Segments"), "segment", _rows("segment", alive)),
        (_("Channels"), "send", _channels()),
        (_("Record and identities"), "key", _record(desk)),
    ]
    if desk.in_journey:
        entry = [Name("entry", _("A property of the event at entry"))]
        shelves.insert(0, (_("Journey"), "journey", entry))
    found = [_shelf(title, icon, rows, q) for title, icon, rows in shelves]
    return [shelf for shelf in found if shelf.names]


# helpers


def _shelf(title: str, icon: str, rows: Sequence[Name], q: str) -> Shelf:
    asked = q.casefold()
    fitting = [
        each for each in rows if asked in each.title.casefold() or asked in each.do.casefold()
    ]
    fitting.sort(key=lambda each: (not each.title.casefold().startswith(asked), each.title))
    most = MANY if asked else FEW
    return Shelf(title, icon, fitting[:most], max(0, len(fitting) - most))


def _rows(kind: str, nouns: Iterable[object]) -> list[Name]:
    return [
        Name(f"{kind} {each.code}", each.title)  # type: ignore[attr-defined]
        for each in nouns
    ]


def _typed(kind: str, nouns: Iterable[object]) -> list[Name]:
    return [
        Name(f"{kind} {each.code}", each.title, str(each.get_data_type_display()))  # type: ignore[attr-defined]
        for each in nouns
    ]


def _channels() -> list[Name]:
    reach, consent = _("Can be reached by %(channel)s"), _("Consent to %(channel)s")
    return [
        Name(f"{kind} {code}", words % {"channel": label})
        for kind, words in (("reachable", reach), ("consent", consent))
        for code, label in Channel.choices
    ]


def _record(desk: Desk) -> list[Name]:
    fields = [(name, words) for name, (_column, words) in (MOMENTS | TEXTS).items()]
    found = [Name(f"customer {name}", capfirst(str(words))) for name, words in fields]
    found.append(Name(f"customer {KNOWN}", _("Known person or still anonymous")))
    found.append(Name("random", _("A random share")))
    spaces = desk.words.namespaces.values()
    return [*found, *(Name(f"identity {each.code}", each.title, _("identity")) for each in spaces)]
