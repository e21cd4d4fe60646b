"""The six counts parted by one thing, as the report shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.evaluation.breakdown import (
    INSIDE,
    OUTSIDE,
    By,
    Key,
    Piece,
    inside_against_outside,
    pieces_of,
)
from campaigns.evaluation.comparing import ALPHA
from campaigns.evaluation.funnel import BARS, Sum
from campaigns.evaluation.funnel_words import NAMES
from campaigns.evaluation.verdicts import so_many
from campaigns.queries.funnel import PARTS, Asked, Counted, sums_of
from campaigns.queries.messages import UNWRITTEN
from campaigns.views.funnel import channel_names, content_names, people_url
from customers.formats import day, number, percent, share
from customers.models import Brand, Segment
from customers.sheets import Cell

WAYS: Mapping[By, Any] = {
    By.DAY: gettext_lazy("Day"),
    By.CHANNEL: gettext_lazy("Channel"),
    By.CONTENT: gettext_lazy("Content"),
    By.TEXT: gettext_lazy("Variant of the text"),
    By.SEGMENT: gettext_lazy("Segment"),
    By.BRAND: gettext_lazy("Brand"),
}
MOST_BARS = 12


@dataclass(frozen=True)
class Choice:
    """What the form asks: parted by what (None: not at all), by which segment, and which of the six
    counts is drawn."""

    by: By | None
    count: str
    segment: Segment | None = None

    @classmethod
    def read(
        cls, given: Mapping[str, str], segments: Sequence[Segment], usual: By | None
    ) -> Choice:
        """Read the parameters of an address; what makes no sense is the usual."""
        by = next((each for each in By if each.value == given.get("by")), usual)
        count = given.get("count", "")
        wanted = given.get("segment", "")
        chosen = next((each for each in segments if str(each.pk) == wanted), None)
        return cls(by, count if count in BARS else BARS[0], chosen)

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        if self.by is None:
            return ""
        segment = f"&segment={self.segment.pk}" if self.segment else ""
        return f"&by={self.by.value}&count={self.count}{segment}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be chosen before anything can be counted."""
        return self.by is None or (self.by is By.SEGMENT and self.segment is None)


@dataclass(frozen=True)
class Row:
    """A piece, ready to be read; `url` leads to its sends where a list of them can be had."""

    name: str
    counts: Sequence[int]
    rate: str
    url: str = ""


@dataclass(frozen=True)
class Card:
    """The card: its form, a sentence, the figure of each piece and the table behind it."""

    choice: Choice
    say: str
    rows: Sequence[Row]
    drawn: Sequence[tuple[date, int]]  # of days
    bars: Sequence[Mapping[str, Any]]  # of anything else, the largest first
    whole: int
    first: str
    ways: Sequence[tuple[str, str]]
    counts: Sequence[tuple[str, str]]
    segments: Sequence[Segment]
    counted_at: datetime | None = None
    is_counting: bool = False


def card_of(
    asked: Asked,
    days: Sequence[date],
    choice: Choice,
    segments: Sequence[Segment],
    now: datetime,
    counted: Counted | None = None,
) -> Card:
    """The sends of a period parted as chosen; four queries at most, however many sends. *counted*
    is what `sums_of` says of *asked*, where that is known."""
    parted = _parted(asked, choice)
    if choice.is_open:
        found, read_at = None, now
    elif counted is not None and parted == asked:
        found, read_at = counted
    else:
        found, read_at = sums_of(parted, now)
    sums = found or []
    pieces = _pieces(sums, days, choice)
    names = _names(pieces, sums, choice)
    place = BARS.index(choice.count)
    drawn = [(piece.key, piece.funnel.counts[place]) for piece in pieces]
    most = sorted(drawn, key=lambda each: -each[1])[:MOST_BARS]
    return Card(
        choice=choice,
        say=_sentence(pieces, names, choice),
        rows=[
            Row(
                names[piece.key],
                piece.funnel.counts,
                percent(piece.rate.share),
                _url(asked, choice, piece.key) if piece.funnel.targeted else "",
            )
            for piece in pieces
        ],
        drawn=[(key, n) for key, n in drawn if isinstance(key, date)],
        bars=[
            {"name": names[key], "note": "", "value": n}
            for key, n in most
            if not isinstance(key, date)
        ],
        whole=most[0][1] if most else 0,
        first=str(WAYS[choice.by]) if choice.by else "",
        ways=[(by.value, str(label)) for by, label in WAYS.items()],
        counts=[(bar, str(NAMES[bar])) for bar in BARS],
        segments=segments,
        counted_at=read_at if read_at < now else None,
        is_counting=found is None and not choice.is_open,
    )


def sheet_of(
    asked: Asked, days: Sequence[date], choice: Choice, now: datetime
) -> tuple[list[str], list[list[Cell]]]:
    """The same as plain numbers, for a file."""
    first = str(WAYS[choice.by]) if choice.by else ""
    header = [first, *(str(NAMES[bar]) for bar in BARS)]
    if choice.is_open:
        return header, []
    sums = sums_of(_parted(asked, choice), now, wait=True)[0] or []
    pieces = _pieces(sums, days, choice)
    names = _names(pieces, sums, choice)
    return header, [
        [
            piece.key.isoformat() if isinstance(piece.key, date) else names[piece.key],
            *piece.funnel.counts,
        ]
        for piece in pieces
    ]


# helpers


def _parted(asked: Asked, choice: Choice) -> Asked:
    """The question; who only needs what every sum knows asks what the rest of the page asks."""
    part = choice.by.value if choice.by and choice.by.value in PARTS else ""
    segment = choice.segment.pk if choice.by is By.SEGMENT and choice.segment else None
    return replace(asked, part=part, segment=segment)


def _pieces(sums: Sequence[Sum], days: Sequence[date], choice: Choice) -> list[Piece]:
    if choice.by is None or not sums:
        return []
    always: Mapping[By, Sequence[Key]] = {By.DAY: days, By.SEGMENT: (INSIDE, OUTSIDE)}
    return pieces_of(sums, choice.by, always.get(choice.by, ()))


def _names(pieces: Sequence[Piece], sums: Sequence[Sum], choice: Choice) -> dict[Key, str]:
    """What the pieces are called; one query at most."""
    keys = [piece.key for piece in pieces]
    if choice.by in (By.CONTENT, By.TEXT):
        contents = content_names(sums)
        return {key: _content_name(key, contents) for key in keys}
    known: Mapping[Any, str] = {}
    if choice.by is By.CHANNEL:
        known = channel_names()
    elif choice.by is By.BRAND:
        known = dict(
            Brand.objects.filter(pk__in=[key for key in keys if isinstance(key, int)]).values_list(
                "pk", "name"
            )
        )
    elif choice.by is By.SEGMENT and choice.segment:
        words = {"segment": choice.segment.name}
        known = {
            INSIDE: _("in “%(segment)s”") % words,
            OUTSIDE: _("not in “%(segment)s”") % words,
        }
    return {key: day(key) if isinstance(key, date) else known.get(key, str(key)) for key in keys}


def _content_name(key: Key, contents: Mapping[Any, str]) -> str:
    if not isinstance(key, tuple):
        return contents.get(key, "–")
    content, text = key
    language, _space, variant = text.partition(" ")
    spoken = dict(settings.LANGUAGES)
    said = (
        f"{_(str(spoken.get(language, language)))} {variant}".strip() if text else _("not written")
    )
    return f"{contents.get(content, '–')} · {said}"


def _sentence(pieces: Sequence[Piece], names: Mapping[Key, str], choice: Choice) -> str:
    """The first thing to know."""
    whole = sum(piece.funnel.targeted for piece in pieces)
    if not whole:
        return ""
    if choice.by is By.SEGMENT and choice.segment:
        return _segment_sentence(pieces, choice.segment)
    most = max(pieces, key=lambda piece: piece.funnel.targeted)
    part = percent(share(most.funnel.targeted, whole))
    values = {"name": names[most.key], "share": part, "n": number(whole)}
    if choice.by is By.DAY:
        return _("Of %(n)s sends most were wanted on %(name)s: %(share)s.") % values
    return _("Of %(n)s sends most are “%(name)s”: %(share)s.") % values


def _segment_sentence(pieces: Sequence[Piece], segment: Segment) -> str:
    told = inside_against_outside(pieces)
    if told.difference is None:
        return _("On one side nobody was reached, so there is nothing to compare.")
    if told.p is not None and told.p < ALPHA:
        text = _(
            "Of the sends that reached somebody in “%(segment)s” %(many)s were answered than of "
            "the others; this is not chance."
        )
    else:
        text = _(
            "Of the sends that reached somebody in “%(segment)s” %(many)s were answered than of "
            "the others, which may be chance."
        )
    return text % {"many": so_many(told.difference.value), "segment": segment.name}


def _url(asked: Asked, choice: Choice, key: Key) -> str:
    if choice.by is By.DAY and isinstance(key, date):
        zone = timezone.get_current_timezone()
        ends = [datetime(d.year, d.month, d.day, tzinfo=zone) for d in (key, key + timedelta(1))]
        return people_url(replace(asked, since=ends[0], until=ends[1]))
    if choice.by in (By.CHANNEL, By.CONTENT):
        return f"{people_url(asked)}&{choice.by.value}={key}"
    if choice.by is By.TEXT and isinstance(key, tuple):
        content, text = key
        return f"{people_url(asked)}&{urlencode({'content': content, 'text': text or UNWRITTEN})}"
    if choice.by is By.SEGMENT and choice.segment:
        return f"{people_url(asked)}&segment={choice.segment.pk}&side={key}"
    return ""
