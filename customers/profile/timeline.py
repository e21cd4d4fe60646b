"""The timeline of one customer: events here, and what other floors add, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.formats import clock, day, weekday
from customers.models import Customer
from customers.profile.events import events
from customers.profile.registry import Moment, Source, timelines
from customers.profile.veil import Veil
from customers.scope import Scope

PAGE = 30


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind `seen` moments of the instant `at`.

    A bulk import writes many facts of one instant, so the instant alone would lose some.
    """

    at: datetime
    seen: int = 0

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """Read the parameter of an address; None for anything else."""
        instant, _comma, seen = text.partition(",")
        try:
            at = datetime.fromisoformat(instant)
        except ValueError:
            return None
        if at.tzinfo is None or not 1900 < at.year < 2200 or not re.fullmatch("[0-9]{1,4}", seen):
            return None
        return cls(at.astimezone(UTC), int(seen))

    def __str__(self) -> str:
        return f"{self.at.isoformat()},{self.seen}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days in words with their rows, as partials/timeline.html takes them; `after` is a cursor."""

    days: list[tuple[str, list[dict[str, Any]]]]
    after: str
    is_empty: bool


def timeline(
    customer: Customer, *, scope: Scope, cursor: Cursor, kind: str = "", only: int | None = None,
    veil: Veil,
) -> Timeline:  # fmt: skip
    """One page of what happened, newest first, from all sources or from those of one kind; with
    *only*, the id of an event type, of its events alone.

    Every source answers with its newest `limit` moments, so that the newest of all of them are
    the newest there are.
    """
    before = cursor.at + timedelta(microseconds=1)
    limit = cursor.seen + PAGE + 1
    sources = [Source(partial(events, veil=veil, only=only), "events")]
    if only is None:
        sources += timelines()
    found = [
        moment
        for source in sources
        if kind in ("", source.kind)
        for moment in source.find(
            customer, scope=scope, before=before, limit=limit, unmask=veil.is_open
        )
    ]
    # Sorting keeps the order of the sources within an instant, so that `seen` counts the same ones.
    found.sort(key=lambda moment: moment.at, reverse=True)
    page = found[cursor.seen : cursor.seen + PAGE]
    after = ""
    if len(found) > cursor.seen + PAGE:
        last = page[-1].at
        shown = found[: cursor.seen + PAGE]
        after = str(Cursor(last, sum(moment.at == last for moment in shown)))
    days: list[tuple[str, list[Moment]]] = []
    for moment in page:
        name = day_in_words(moment.at)
        if not days or days[-1][0] != name:
            days.append((name, []))
        days[-1][1].append(moment)
    # Whatever a floor says of her, nothing personal goes out to who may not see it.
    told = [(name, [_row(each) for each in moments]) for name, moments in veil.days(days)]
    return Timeline(told, after, not page)


def day_in_words(at: datetime) -> str:
    """The day of a moment: "Today, 21 Nov", "Yesterday, 20 Nov", "Thursday, 19 Nov", "18 Oct"."""
    local, today = timezone.localtime(at).date(), timezone.localdate()
    named = {0: _("Today"), 1: _("Yesterday")}
    back = (today - local).days
    if not 0 <= back < 7:
        return day(local)
    words = {"name": named.get(back) or weekday(local), "day": day(local)}
    return _("%(name)s, %(day)s") % words


# helpers


def _row(moment: Moment) -> dict[str, Any]:
    return {
        "title": capfirst(moment.title),
        "words": format_html("{}", moment.words) if moment.words else "",
        "family": moment.family,
        "icon": moment.icon,
        "time": clock(moment.at),
        "url": moment.url,
    }
