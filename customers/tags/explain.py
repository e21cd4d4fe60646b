"""Why a customer has the value that she has: the figures that were compared, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Tag
from customers.rules import Rule, compile_rule, say_clause
from customers.tags.clock import zone_of
from customers.tags.compute import Frame
from customers.tags.compute.cuts import Figures
from customers.tags.compute.values import RFM_COLUMNS, measures
from customers.tags.definition import read_definition
from customers.tags.definition.nodes import (
    Fact,
    Lifecycle,
    Rfm,
    Rules,
    Scorecard,
    Stages,
    Tiers,
)
from customers.tags.definition.say import figure, say_fact


def explain(tag: Tag, customer_id: int, now: datetime) -> list[SafeString]:
    """Sentences such as "M = 5 because 812.40 ≥ 639.50", by the cuts of the last refresh.

    The figures are those of *now*; they may be newer than the value. Empty for a tag that is
    assigned, for a definition that can't be read, and when there is nothing to tell.
    """
    definition, _problems = read_definition(tag.definition)
    of = definition.of if definition else None
    if of is None:
        return []
    frame = Frame(now, zone_of(tag), tag.brand_id, customer_id=customer_id)
    if isinstance(of, Fact):
        return [format_html(_("It is {}."), say_fact(of))]
    if isinstance(of, Rfm | Tiers | Lifecycle):
        row = _measures(of, frame)
        if row is None:
            return []
        kept = {name: Figures.of_json(each) for name, each in (tag.figures or {}).items()}
        if isinstance(of, Rfm):
            return [
                _score(letter, row[name], kept[name])
                for letter, name in zip("RFM", RFM_COLUMNS, strict=True)
                if name in kept
            ]
        if isinstance(of, Tiers):
            return [_score(str(say_fact(of.fact)), row["fact"], kept["fact"])] if kept else []
        return _lifecycle(row)
    return _rules(of, frame)


# helpers


def _measures(of: Rfm | Tiers | Lifecycle, frame: Frame) -> dict[str, Decimal] | None:
    sql, params = measures(of, frame)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    return dict(zip(names, row, strict=True)) if row else None


def _score(name: str, value: Decimal, figures: Figures) -> SafeString:
    """The comparison that gives the class, or the one that keeps from the next."""
    score = figures.score(value)
    reached = "≤" if figures.falling else "≥"
    missed = ">" if figures.falling else "<"
    words = format_html("{} = <em>{}</em>", SafeString(name), score)
    if score > 1:
        cuts = figures.cuts[::-1] if figures.falling else figures.cuts
        cut, sign = cuts[score - 2], reached
    else:
        parting = [cut for cut in figures.cuts if (cut < value if figures.falling else cut > value)]
        if not parting:
            return words
        cut, sign = (parting[-1] if figures.falling else parting[0]), missed
    return format_html(
        _("{score} because {value} {sign} {cut}"),
        score=words,
        value=figure(value),
        sign=sign,
        cut=figure(cut),
    )


def _lifecycle(row: Mapping[str, Any]) -> list[SafeString]:
    def days(n: Decimal) -> str:
        return ngettext("%(n)s day", "%(n)s days", int(n)) % {"n": int(n)}

    n = int(row["times"])
    return [
        format_html(
            _("{times}, the first {first} ago, the last {last} ago"),
            times=format_html("<em>{}</em>", ngettext("%(n)s time", "%(n)s times", n) % {"n": n}),
            first=days(row["first"]),
            last=days(row["last"]),
        )
    ]


def _rules(of: Stages | Rules | Scorecard, frame: Frame) -> list[SafeString]:
    """The conditions that hold; of stages and values the one that decided."""
    lines: list[tuple[Rule, str]]
    match of:
        case Stages():
            lines = [(each.rule, str(each.value.title)) for each in reversed(of.stages)]
        case Rules():
            lines = [(each.rule, str(each.value.title)) for each in of.values]
        case _:
            lines = [(each.rule, f"{each.points:+f}") for each in of.points]
    held = _those_that_hold([rule for rule, _name in lines], frame)
    said = [
        format_html(_("{name}, because {condition}"), name=name, condition=say_clause(rule))
        for (rule, name), holds in zip(lines, held, strict=True)
        if holds
    ]
    return said if isinstance(of, Scorecard) else said[:1]


def _those_that_hold(rules: Sequence[Rule], frame: Frame) -> list[bool]:
    parts: list[str] = []
    params: list[Any] = []
    for rule in rules:
        compiled = compile_rule(
            rule, now=frame.now, brand_id=frame.brand_id, events_of=frame.brand_id
        )
        parts.append(compiled.sql)
        params += compiled.params
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(parts)} FROM customers_customer c WHERE c.id = %s",
            [*params, frame.customer_id],
        )
        row = cursor.fetchone()
    return list(row) if row else [False] * len(rules)
