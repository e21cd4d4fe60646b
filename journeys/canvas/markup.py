"""The HTML of a draft's drawing, piece by piece: what a browser has already isn't sent again.

A piece (a card, a +, a row of the outline) is rendered once for what it shows and kept; where it
stands is told apart from that. Every answer has a name under which the prints of its pieces are
remembered for a while; the next request says which answer it stands on, and pieces with the same
print don't come again. Whoever's answer is forgotten gets everything.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from django.core.cache import cache
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from journeys.canvas.lacks import Lack

if TYPE_CHECKING:
    from journeys.canvas.editing import Editing

REMEMBERED: Final = 2 * 3600  # seconds
HERE: Final = "data-here"  # where the place of a piece comes in
MOST: Final = 20_000


class Piece(NamedTuple):
    """An element with its id; `html` has HERE where its place comes in."""

    id: str
    html: str
    x: int = 0
    y: int = 0

    def placed(self) -> str:
        """The whole element where it stands."""
        return self.html.replace(HERE, f'style="--x:{self.x}px;--y:{self.y}px"', 1)


class Markup:
    """The pieces of a drawing for a browser that has what the answer *known* brought."""

    def __init__(self, editing: Editing, known: str = "") -> None:
        self.token = secrets.token_urlsafe(9)
        self._had: Mapping[str, int] = cache.get(_key(known), {}) if known else {}
        self._cards = list(cards_of(editing))
        self._ways = list(ways_of(editing))
        self._rows = list(rows_of(editing))
        pieces = [*self._cards, *self._ways, *self._rows]
        begins = [] if editing.picture.cards else ["begin"]
        self._loose = [*(f"note-{note.key}" for note in editing.notes), *begins]
        self._prints = {piece.id: crc32(piece.html.encode()) for piece in pieces}
        cache.set(_key(self.token), self._prints, REMEMBERED)

    @property
    def cards(self) -> SafeString:
        """Every card."""
        return self._joined(self._cards)

    @property
    def ways(self) -> SafeString:
        """Every label, + and open end."""
        return self._joined(self._ways)

    @property
    def rows(self) -> SafeString:
        """Every row of the outline."""
        return self._joined(self._rows)

    @property
    def places(self) -> str:
        """Where each card and way stands, as "id x y;": also of those that stayed the same."""
        return ";".join(f"{p.id} {p.x} {p.y}" for p in (*self._cards, *self._ways))

    @property
    def order(self) -> str:
        """The ids of everything that lies on the drawing, in the order in which it is read."""
        pieces = (piece.id for piece in (*self._cards, *self._ways))
        return " ".join(["edges", *pieces, *self._loose])

    @property
    def row_order(self) -> str:
        """The ids of the rows of the outline."""
        return " ".join(piece.id for piece in self._rows)

    def _joined(self, pieces: Iterable[Piece]) -> SafeString:
        """Those that the browser does not have as they are."""
        had, prints = self._had, self._prints
        fresh = (piece.placed() for piece in pieces if had.get(piece.id) != prints[piece.id])
        return mark_safe("".join(fresh))  # noqa: S308 (each was rendered by a template)


# helpers


def cards_of(editing: Editing) -> Iterable[Piece]:
    language = get_language() or ""
    for card, lack, known in editing.cards:
        said = (lack.text, lack.tone) if lack else ("", "")
        html = card_html(
            language, card.key, card.family, card.family_name, card.what, card.icon,
            str(card.words), *said, known,
        )  # fmt: skip
        yield Piece(f"node-{card.key}", html, card.x, card.y)


def ways_of(editing: Editing) -> Iterable[Piece]:
    language = get_language() or ""
    for place in editing.places:
        html = way_html(
            language, place.source, place.outcome, place.name, place.is_open, place.is_labelled
        )
        yield Piece(f"way-{place.source}-{place.outcome}", html, place.x, place.y)


def rows_of(editing: Editing) -> Iterable[Piece]:
    language = get_language() or ""
    for row in editing.rows:
        if row.card is None:
            html = branch_html(
                language, row.level, row.source, row.outcome, row.name, row.leads_words, row.is_open
            )
            yield Piece(f"branch-{row.source}-{row.outcome}", html)
        else:
            card = row.card
            lack: Lack | None = editing.by_key.get(card.key)
            said = (lack.text, lack.tone) if lack else ("", "")
            html = row_html(
                language, row.level, card.key, card.family, card.family_name, card.icon,
                card.short, *said,
            )  # fmt: skip
            yield Piece(f"step-{card.key}", html)


@lru_cache(maxsize=MOST)
def card_html(
    language: str, key: str, family: str, family_name: str, what: str, icon: str, words: str,
    lack: str, tone: str, known: str,
) -> str:  # fmt: skip
    return _rendered(
        "card", key=key, family=family, family_name=family_name, what=what, icon=icon,
        words=mark_safe(words), lack=lack, tone=tone, known=known,  # noqa: S308 (a node's sentence)
    )  # fmt: skip


@lru_cache(maxsize=MOST)
def way_html(
    language: str, source: str, outcome: str, name: str, is_open: bool, is_labelled: bool
) -> str:
    return _rendered(
        "way", source=source, outcome=outcome, name=name, is_open=is_open, is_labelled=is_labelled
    )


@lru_cache(maxsize=MOST)
def row_html(
    language: str, level: int, key: str, family: str, family_name: str, icon: str, short: str,
    lack: str, tone: str,
) -> str:  # fmt: skip
    return _rendered(
        "row", level=level, key=key, family=family, family_name=family_name, icon=icon,
        short=short, lack=lack, tone=tone,
    )  # fmt: skip


@lru_cache(maxsize=MOST)
def branch_html(
    language: str, level: int, source: str, outcome: str, name: str, leads: str, is_open: bool
) -> str:
    return _rendered(
        "branch", level=level, source=source, outcome=outcome, name=name, leads=leads,
        is_open=is_open,
    )  # fmt: skip


def _rendered(template: str, /, **context: Any) -> str:
    return get_template(f"journeys/editor/{template}.html").render(context).strip()


def _key(token: str) -> str:
    return f"canvas.drawn:{token[:32]}"
