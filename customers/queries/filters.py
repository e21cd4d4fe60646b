"""The filters of the list of customers: read from an address, as SQL, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from customers.models import (
    Brand,
    Channel,
    ConsentState,
    Namespace,
    Purpose,
    Segment,
    Source,
    Tag,
    last_seen_sql,
)
from customers.queries.periods import Period, read_period
from customers.queries.tags import visible
from customers.rules import Compiled, compile_rule, read_rule
from customers.scope import Scope
from customers.tags.labels import value_label

TAGS: Final = 6  # conditions on tags at once
UNKNOWN: Final = "unknown"
# What may stand before the value of a tag in an address. The longer sign comes first.
SIGNS: Final = {">=": "gte", "<=": "lte", "!": "ne", ">": "gt", "<": "lt"}
NAMES: Final = (
    "tag", "segment", "from", "has", "created", "created_from", "created_to",
    "seen", "seen_from", "seen_to", "consent", "consent_is",
)  # fmt: skip
STATES: Final = {
    ConsentState.GRANTED.value: ConsentState.GRANTED.label,
    ConsentState.PENDING.value: ConsentState.PENDING.label,
    ConsentState.DENIED.value: ConsentState.DENIED.label,
    UNKNOWN: gettext_lazy("never asked"),
}


@dataclass(frozen=True)
class Choices:
    """What can be filtered by: one query for each kind, all of the brands in scope."""

    tags: list[Tag]
    segments: list[Segment]
    sources: list[Source]
    brands: list[Brand]
    namespaces: list[Namespace]

    @classmethod
    def of(cls, scope: Scope) -> Choices:
        mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
        return cls(
            list(visible(scope).order_by("name")),
            list(Segment.objects.filter(mine).order_by("name")),
            list(Source.objects.filter(mine).order_by("name")),
            list(scope.brands),
            list(Namespace.objects.filter(mine).order_by("name")),
        )


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words: what, its value, and the parameters of the address that hold it."""

    what: str
    value: str
    names: tuple[str, ...]
    only: str = ""  # of several values of that name this one


@dataclass
class Filters:
    """What was asked for. `problems` are sentences about what could not be read."""

    where: list[Compiled] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    periods: dict[str, Period] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.where)

    def compiled(self) -> Compiled:
        """True of the customers c who pass all filters."""
        if not self.where:
            return Compiled("true")
        params = tuple(value for one in self.where for value in one.params)
        return Compiled(f"({' AND '.join(one.sql for one in self.where)})", params)


def read_filters(data: QueryDict, choices: Choices, scope: Scope, now: datetime) -> Filters:
    """Read the filters of an address; what can't be read is told and left out."""
    found = Filters()
    for text in list(dict.fromkeys(filter(None, data.getlist("tag"))))[:TAGS]:
        _tag(found, text, choices.tags, now)
    if code := data.get("segment", ""):
        _segment(found, code, choices.segments)
    if code := data.get("from", ""):
        _source(found, code, choices)
    for code in dict.fromkeys(filter(None, data.getlist("has"))):
        _has(found, code, choices.namespaces)
    for name, column, what in (
        ("created", "c.created_at", _("Since")),
        ("seen", last_seen_sql("c"), _("Last seen")),
    ):
        _period(found, data, name, column, what, now)
    if text := data.get("consent", ""):
        _consent(found, text, data.get("consent_is", "") or ConsentState.GRANTED.value, scope)
    return found


# helpers


def _tag(found: Filters, text: str, tags: Iterable[Tag], now: datetime) -> None:
    code, _colon, value = text.partition(":")
    tag = _one(found, code, tags, _("There is no tag “%(code)s” here."))
    if tag is None:
        return
    op = next((sign for sign in SIGNS if value.startswith(sign)), "")
    bare = value.removeprefix(op)
    condition: dict[str, Any] = {"tag": tag.code}
    if bare:
        condition |= {"op": SIGNS.get(op, "eq"), "value": _typed(tag, bare)}
        if tag.data_type == "list":
            condition["op"] = "contains"
    elif op == "!":
        condition["op"] = "missing"
    rule, problems = read_rule(condition)
    if rule is None:
        found.problems += [f"{tag.title}: {problem.text}" for problem in problems]
        return
    found.where.append(compile_rule(rule, now=now))
    label = value_label(tag, bare) if bare else _("any value")
    signs = {">=": "≥ ", "<=": "≤ ", "!": "≠ " if bare else "", ">": "> ", "<": "< "}
    words = _("without it") if op == "!" and not bare else f"{signs.get(op, '')}{label}"
    found.chips.append(Chip(tag.title, words, ("tag",), text))


def _typed(tag: Tag, text: str) -> Any:
    if tag.data_type == "number":
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            return text
    return {"true": True, "false": False}.get(text, text) if tag.data_type == "boolean" else text


def _segment(found: Filters, code: str, segments: Iterable[Segment]) -> None:
    segment = _one(found, code, segments, _("There is no segment “%(code)s” here."))
    if segment is None:
        return
    sql = (
        "EXISTS (SELECT 1 FROM customers_segmentmember m"
        " WHERE m.customer_id = c.id AND m.segment_id = %s)"
    )
    found.where.append(Compiled(sql, (segment.pk,)))
    found.chips.append(Chip(_("Segment"), segment.title, ("segment",)))


def _source(found: Filters, code: str, choices: Choices) -> None:
    """By the source that first knew one of her identities, or by a brand that knows her."""
    problem = _("There is no source “%(code)s” here.")
    if code.startswith("brand."):
        brand = _one(found, code.removeprefix("brand."), choices.brands, problem)
        if brand is not None:
            found.where.append(Compiled("(c.brand_ids @> ARRAY[%s]::bigint[])", (brand.pk,)))
            found.chips.append(Chip(_("Known to"), brand.title, ("from",)))
        return
    source = _one(found, code, choices.sources, problem)
    if source is None:
        return
    sql = (
        "EXISTS (SELECT 1 FROM customers_identity i"
        " WHERE i.customer_id = c.id AND i.source_id = %s)"
    )
    found.where.append(Compiled(sql, (source.pk,)))
    found.chips.append(Chip(_("Came from"), source.title, ("from",)))


def _has(found: Filters, text: str, namespaces: Iterable[Namespace]) -> None:
    code = text.removeprefix("!")
    space = _one(found, code, namespaces, _("There is no identity “%(code)s” here."))
    if space is None:
        return
    sql = (
        "EXISTS (SELECT 1 FROM customers_identity h"
        " WHERE h.customer_id = c.id AND h.namespace_id = %s)"
    )
    if text.startswith("!"):
        sql = f"(NOT {sql})"
    found.where.append(Compiled(sql, (space.pk,)))
    without, with_ = pgettext("an identity", "Without"), pgettext("an identity", "With")
    what = without if text.startswith("!") else with_
    found.chips.append(Chip(what, space.title, ("has",), text))


def _period(
    found: Filters, data: QueryDict, name: str, column: str, what: str, now: datetime
) -> None:
    names = (name, f"{name}_from", f"{name}_to")
    period, problem = read_period(*(data.get(each, "") for each in names))
    if problem:
        found.problems.append(f"{what}: {problem}")
    found.periods[name] = period
    if period:
        found.where.append(Compiled(*period.sql(column, now)))
        found.chips.append(Chip(what, str(period), names))


def _consent(found: Filters, text: str, state: str, scope: Scope) -> None:
    """Of any brand in scope; never asked is who none of them has asked."""
    channel, _dot, purpose = text.partition(".")
    if channel not in Channel.values or purpose not in Purpose.values or state not in STATES:
        found.problems.append(_("There is no consent “%(code)s”.") % {"code": text[:60]})
        return
    sql = (
        "EXISTS (SELECT 1 FROM customers_consent s WHERE s.customer_id = c.id"
        " AND s.brand_id = ANY(%s) AND s.channel = %s AND s.purpose = %s"
    )
    params: tuple[Any, ...] = (scope.brand_ids, channel, purpose)
    if state == UNKNOWN:
        found.where.append(Compiled(f"(NOT {sql}))", params))
    else:
        found.where.append(Compiled(f"{sql} AND s.state = %s)", (*params, state)))
    what = f"{Channel(channel).label}, {Purpose(purpose).label}"
    found.chips.append(Chip(what, str(STATES[state]), ("consent", "consent_is")))


def _one(found: Filters, code: str, among: Iterable[Any], problem: str) -> Any:
    each = next((each for each in among if each.code == code), None)
    if each is None:
        found.problems.append(problem % {"code": code[:60]})
    return each
