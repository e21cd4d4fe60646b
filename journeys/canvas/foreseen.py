"""What is foreseen of a journey, as a page shows it: sentences, and rows by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.gate.rules import BY_CODE
from customers.formats import day, is_chinese, number
from customers.models import Channel
from customers.rules import say_duration
from journeys.canvas.picture import Card, Picture
from journeys.simulation.foresee import Foreseen


@dataclass(frozen=True)
class Row:
    """A line of a table: whose it is, its figure of each day, and all of them."""

    name: str
    figures: Sequence[str]
    total: str
    card: Card | None = None


def days_of(found: Foreseen) -> list[str]:
    """The heads of the columns."""
    return [day(one) for one in found.days]


def steps_of(found: Foreseen, picture: Picture) -> list[Row]:
    """How many come to each step, in the order in which they are read."""
    return [
        row_of(card.short, found.arrivals.get(key, {}), found.days, card)
        for key, card in picture.cards.items()
    ]


def messages_of(found: Foreseen) -> list[Row]:
    """How many messages go out on each channel."""
    return [
        row_of(str(Channel(channel).label), by_day, found.days)
        for channel, by_day in sorted(found.messages.items())
    ]


def stopped_of(found: Mapping[tuple[str, str], int]) -> list[tuple[str, str, str]]:
    """Channel, rule and number of what the gate stops, or lets wait."""
    return [
        (str(Channel(channel).label), rule_name(rule), number(n))
        for (channel, rule), n in found.items()
    ]


def sentence_of(found: Foreseen) -> SafeString:
    """What is foreseen, in a few sentences."""
    about = _("about %s") if found.share > 1 else "%s"
    sent = sum(sum(by_day.values()) for by_day in found.messages.values())
    span = say_duration(found.until - found.start)
    people = ngettext("%(n)s entry", "%(n)s entries", found.entered)
    messages = ngettext("%(n)s message goes out", "%(n)s messages go out", sent)
    text = _("Within <em>{span}</em>: {people}, {messages}, and the gate stops {stopped}.")
    said = [
        format_html(
            text,
            span=span,
            people=people % {"n": about % number(found.entered)},
            messages=messages % {"n": about % number(sent)},
            stopped=about % number(sum(found.stopped.values())),
        )
    ]
    return joined(said)


def basis_of(found: Foreseen) -> SafeString:
    """What that rests upon."""
    span = say_duration(found.until - found.start)
    said = [
        format_html(
            _("{people} people could be taken by its triggers."), people=number(found.people)
        )
    ]
    if found.share > 1:
        text = _("One in {share} of them walks here, and the figures are multiplied.")
        said.append(format_html(text, share=number(found.share)))
    text = _("They are taken to do again what they did in the last {span}; other systems answer, "
             "and nobody does a task.")  # fmt: skip
    said.append(format_html(text, span=span))
    if found.grain.total_seconds() > 3600:
        text = _("The clock goes by {grain} here, so hours are not exact.")
        said.append(format_html(text, grain=say_duration(found.grain)))
    if found.unknown:
        text = _("Who enters by {steps} can't be known beforehand and is not counted.")
        said.append(format_html(text, steps=", ".join(found.unknown)))
    if found.cut:
        said.append(format_html("{}", found.cut))
    return joined(said)


# helpers


def row_of(
    name: str, by_day: Mapping[date, int], days: Sequence[date], card: Card | None = None
) -> Row:
    figures = [number(by_day[one]) if by_day.get(one) else "" for one in days]
    return Row(name, figures, number(sum(by_day.get(one, 0) for one in days)), card)


def rule_name(code: str) -> str:
    rule = BY_CODE.get(code)
    return str(rule.label) if rule else code


def joined(said: Sequence[SafeString]) -> SafeString:
    return format_html_join("" if is_chinese() else " ", "{}", ((one,) for one in said))
