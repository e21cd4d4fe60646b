"""What needs attention in a journey, in words, with the buttons that mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import duration, number
from journeys.actions.repair import GO_ON, LOOK, MOVE_THEM, RETRY, TAKE_OUT, WAKE_UP
from journeys.graph.sketch import sketch
from journeys.models import Journey, JourneyVersion
from journeys.queries.ills import Ill, ills_of
from journeys.queries.titles import titles_of


@dataclass(frozen=True)
class Mend:
    """A button: what it does, said first."""

    how: str
    label: str
    question: str
    detail: str
    tone: str = ""


@dataclass(frozen=True)
class IllRow:
    """One cause with its people, the step where they stand, and what mends it."""

    ill: Ill
    title: str
    words: SafeString | str
    step: SafeString | str
    tone: str
    mends: Sequence[Mend]


def ill_rows(journey: Journey, now: datetime) -> list[IllRow]:
    """Everything that needs somebody in a journey; what is broken first."""
    ills = ills_of(journey, now)
    names = step_names(journey, ills)
    rows = [row_of(journey, ill, names.get((ill.version, ill.node), ill.node), now) for ill in ills]
    return sorted(rows, key=lambda row: ("bad", "warn", "info").index(row.tone))


# helpers


def step_names(journey: Journey, ills: Sequence[Ill]) -> dict[tuple[int, str], SafeString | str]:
    """The sentences of the steps that are named, by (number of the version, key)."""
    numbers = {ill.version for ill in ills if ill.version}
    found: dict[tuple[int, str], SafeString | str] = {}
    for version in JourneyVersion.objects.filter(journey=journey, number__in=numbers):
        nodes = sketch(version.graph).nodes
        titles = titles_of(nodes.values(), journey.brand_id)
        found |= {(version.number, key): titles.say(node) for key, node in nodes.items()}
    return found


def row_of(journey: Journey, ill: Ill, step: SafeString | str, now: datetime) -> IllRow:
    n = ill.people
    people = ngettext("%(n)s person", "%(n)s people", n) % {"n": number(n)}
    span = duration(now - ill.since) if ill.since else ""
    words: SafeString | str
    out = Mend(
        TAKE_OUT,
        _("Take out…"),
        _("Take %(people)s out?") % {"people": people},
        _("They leave the journey now, counted as taken out. This can't be undone."),
        "danger",
    )
    if ill.kind == "set_aside":
        title = ngettext("%(n)s person is set aside", "%(n)s people are set aside", n)
        again = Mend(
            RETRY,
            _("Try again"),
            _("Try %(people)s again?") % {"people": people},
            _("The step is done again for them, with what woke them. Mend its cause first."),
        )
        words = format_html("{}", ill.error or _("The engine noted no cause."))
        return IllRow(ill, title % {"n": number(n)}, words, step, "bad", (again, out))
    if ill.kind == "stuck":
        title = ngettext("%(n)s person waits for nothing", "%(n)s people wait for nothing", n)
        look = Mend(
            LOOK,
            _("Look again"),
            _("Look at %(people)s again?") % {"people": people},
            _("The engine looks at them where they stand, as if they had just come there; time "
              "already waited counts."),
        )  # fmt: skip
        words = _("Neither a time nor an event will ever move them on from this step.")
        return IllRow(ill, title % {"n": number(n)}, words, step, "bad", (look, out))
    if ill.kind == "lost":
        title = ngettext(
            "%(n)s person stands at a step that is gone",
            "%(n)s people stand at a step that is gone", n,
        )  # fmt: skip
        move = Mend(
            MOVE_THEM,
            _("Move to the current version"),
            _("Move %(people)s to the current version?") % {"people": people},
            _("It has this step. They go on from there; time already waited counts."),
        )
        words = _("The graph of their version has no step of that name.")
        mends = (move, out) if ill.can_move else (out,)
        return IllRow(ill, title % {"n": number(n)}, words, step, "bad", mends)
    if ill.kind == "behind":
        title = ngettext("%(n)s step waits for the engine", "%(n)s steps wait for the engine", n)
        wake = Mend(
            WAKE_UP,
            _("Wake the engine"),
            _("Wake the engine now?"),
            _("A worker looks at once. If that does not help, look whether workers run."),
        )
        words = _("The oldest is due since %(span)s. Nobody is lost.") % {"span": span}
        return IllRow(ill, title % {"n": number(n)}, words, "", "warn", (wake,))
    if ill.kind == "late":
        title = ngettext("%(n)s person is late", "%(n)s people are late", n)
        words = _(
            "What fell due while the journey was paused is too late by now, the oldest by "
            "%(span)s. Say whether it is done now or skipped."
        )
        return IllRow(ill, title % {"n": number(n)}, words % {"span": span}, "", "info", ())
    title = ngettext("%(n)s person is not moved yet", "%(n)s people are not moved yet", n)
    go = Mend(
        GO_ON,
        _("Go on"),
        _("Go on with moving %(people)s?") % {"people": people},
        _("Whoever has been moved stays so; the others have their turn now."),
    )
    words = _("A move of people stands still since %(span)s.") % {"span": span}
    return IllRow(ill, title % {"n": number(n)}, words, "", "warn", (go,))
