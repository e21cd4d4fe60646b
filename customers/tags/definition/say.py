"""A definition in words: what the value of a customer is and how it comes about."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from customers.formats import number
from customers.rules import say_clause, say_duration, say_property
from customers.tags.definition.nodes import (
    Cuts,
    Definition,
    Events,
    Fact,
    Lifecycle,
    Rfm,
    RuledValue,
    Rules,
    Scorecard,
    Stages,
    Tiers,
    Value,
)

CELLS_SHOWN = 8


def say(definition: Definition) -> SafeString:
    """The definition as sentences, its settings marked with <em>."""
    of = definition.of
    match of:
        case None:
            return format_html("{}", _("People, imports, the API and journeys give it by hand."))
        case Fact():
            return format_html(_("The value is {}."), say_fact(of))
        case Rfm():
            return _rfm(of)
        case Lifecycle():
            return _lifecycle(of)
        case Stages():
            return format_html(
                _("The last of these stages whose condition holds: {}."), _ruled(of.stages)
            )
        case Tiers():
            return format_html(
                _("By {fact}, from low to high: {classes}."),
                fact=say_fact(of.fact),
                classes=_classes(of.cuts, of.names),
            )
        case Rules():
            text = format_html(
                _("The first of these values whose condition holds: {}."), _ruled(of.values)
            )
            return _with_else(text, of.otherwise)
        case Scorecard():
            return _scorecard(of)


def say_fact(fact: Fact) -> SafeString:
    """A fact as a noun: "the sum of amount over Paid an order in the last 90 days"."""
    name = _em(fact.property)
    words = {
        "count": _("how often {what} happened"),
        "sum": _("the sum of {name} over {what}"),
        "average": _("the average of {name} over {what}"),
        "first": _("the day of the first {what}"),
        "last": _("the day of the last {what}"),
        "favourite": _("the most frequent {name} of {what}"),
        "days_since": _("the days since the last {what}"),
        "distinct": _("how many different {name} there are in {what}"),
    }
    if fact.property and fact.of == "first":
        words["first"] = _("{name} of the first {what}")
    if fact.property and fact.of == "last":
        words["last"] = _("{name} of the last {what}")
    return format_html(words[fact.of], name=name, what=say_events(fact.events))


def say_events(events: Events) -> SafeString:
    """Which events are meant, with their condition and window."""
    name = _em(events.title)
    if events.where is not None:
        name = format_html(_("{} ({})"), name, say_property(events.where, 1))
    if events.window is None:
        return name
    span = _em(say_duration(events.window))
    return format_html(_("{what} in the last {span}"), what=name, span=span)


def figure(value: Decimal) -> str:
    """A cut as people read it, with at most two places."""
    rounded = round(value, 2)
    return number(rounded, 0 if rounded == rounded.to_integral_value() else 2)


# helpers


def _em(words: object) -> SafeString:
    return format_html("<em>{}</em>", words)


def _listed(parts: Iterable[SafeString]) -> SafeString:
    """Parts with a semicolon between them."""
    text = SafeString("")
    for part in parts:
        text = (
            format_html(pgettext("listed", "{first}; {second}"), first=text, second=part)
            if text
            else part
        )
    return text


def _cuts(cuts: Cuts) -> SafeString:
    if cuts.quantiles:
        n = cuts.quantiles
        return _em(ngettext("%(n)s equal group", "%(n)s equal groups", n) % {"n": n})
    return _em(_("cuts at %(cuts)s") % {"cuts": " / ".join(figure(each) for each in cuts.values)})


def _rfm(model: Rfm) -> SafeString:
    text = format_html(
        _(
            "Scores over {what}: R for the days since the last ({recency}), F for how many "
            "({frequency}), M for the sum of {amount} ({monetary}). The first cell that fits is "
            "the value: {cells}."
        ),
        what=say_events(model.events),
        recency=_cuts(model.recency),
        frequency=_cuts(model.frequency),
        monetary=_cuts(model.monetary),
        amount=_em(model.amount),
        cells=_shortened([_em(cell.value.title) for cell in model.cells]),
    )
    return _with_else(text, model.otherwise)


def _shortened(parts: list[SafeString]) -> SafeString:
    left = len(parts) - CELLS_SHOWN
    if left > 0:
        more = ngettext("%(n)s more", "%(n)s more", left) % {"n": left}
        parts = [*parts[:CELLS_SHOWN], format_html("{}", more)]
    return _listed(parts)


def _lifecycle(model: Lifecycle) -> SafeString:
    return format_html(
        _(
            "By {what}: loyal with at least {times}, the last within {active}; else new for {new} "
            "after the first; else active within {active} after the last, sleeping until "
            "{sleeping}, then lost."
        ),
        what=say_events(model.events),
        times=_em(
            ngettext("%(n)s time", "%(n)s times", model.loyal_times) % {"n": model.loyal_times}
        ),
        new=_days(model.new_days),
        active=_days(model.active_days),
        sleeping=_days(model.sleeping_days),
    )


def _days(n: int) -> SafeString:
    return _em(ngettext("%(n)s day", "%(n)s days", n) % {"n": n})


def _ruled(values: tuple[RuledValue, ...]) -> SafeString:
    pattern = pgettext("value (condition)", "{value} ({condition})")
    return _listed(
        format_html(pattern, value=_em(each.value.title), condition=say_clause(each.rule))
        for each in values
    )


def _with_else(text: SafeString, otherwise: Value | None) -> SafeString:
    if otherwise is None:
        return text
    return format_html(_("{} Everybody else: {}."), text, _em(otherwise.title))


def _classes(cuts: Cuts, names: tuple[Value | None, ...]) -> SafeString:
    parts = []
    for i, each in enumerate(names):
        title = _em(each.title if each else _("no value"))
        if cuts.quantiles or not cuts.values:
            parts.append(title)
        elif i == 0:
            below = figure(cuts.values[0])
            parts.append(format_html(_("{} under {}"), title, below))
        else:
            parts.append(format_html(_("{} from {}"), title, figure(cuts.values[i - 1])))
    text = _listed(parts)
    if cuts.quantiles:
        return format_html(
            pgettext("equal groups: names", "{groups}: {names}"), groups=_cuts(cuts), names=text
        )
    return text


def _scorecard(model: Scorecard) -> SafeString:
    pattern = pgettext("points for a condition", "{points} if {condition}")
    lines = _listed(
        format_html(
            pattern,
            points=_em(_signed(each.points)),
            condition=say_clause(each.rule),
        )
        for each in model.points
    )
    if not model.names:
        return format_html(_("The value is the sum of points: {}."), lines)
    return format_html(
        _("The sum of points ({lines}) gives, from low to high: {classes}."),
        lines=lines,
        classes=_classes(model.cuts, model.names),
    )


def _signed(points: Decimal) -> str:
    text = figure(points)
    return f"+{text}" if points > 0 else text
