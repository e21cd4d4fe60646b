"""Whether what a graph names is there: contents, events, segments, tags, and the rules it uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.models import Content, Offer
from customers.models import Attribute, Brand, EventType, Segment, SegmentKind, Tag
from customers.rules import read_property_condition, read_rule
from journeys.graph.schema import Graph
from journeys.models import Journey, Webhook
from journeys.nodes.base import Problem

Places = Mapping[str, list[str]]  # code → places where it is named


def check_references(graph: Graph, brand: Brand) -> list[Problem]:
    """Problems with what *graph* names, seen from *brand*. One query per noun, however many nodes.

    An event that never came in yet is only a warning: a journey may be ready before the shop is.
    """
    named: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, node in graph.nodes.items():
        for reference in node.refers():
            named[reference.noun][reference.code].append(f"nodes.{key}.{reference.setting}")
    if graph.goal:
        named["event"][graph.goal.event].append("goal.event")
    return [
        *check_contents(named["content"], brand),
        *check_segments(named["segment"], brand),
        *check_tags(named["tag"]),
        *check_events(named["event"]),
        *check_attributes(named["attribute"]),
        *check_lists(named["list"], brand),
        *check_journeys(named["journey"], brand),
        *check_offers(named["offer"], brand),
        *check_webhooks(named["webhook"], brand),
        *check_rules(graph),
    ]


# helpers


def check_contents(named: Places, brand: Brand) -> Iterable[Problem]:
    if not named:
        return
    rows = Content.objects.filter(brand=brand, code__in=named, is_archived=False)
    known = dict(rows.values_list("code", "current_id"))
    for code, places in named.items():
        if code not in known:
            text = _("%(brand)s has no content “%(code)s”. Make it, or name another one.")
            yield from at(places, text % {"brand": brand, "code": code})
        elif known[code] is None:
            yield from at(places, _("The content “%s” has no text yet. Write one.") % code)


def check_segments(named: Places, brand: Brand) -> Iterable[Problem]:
    if not named:
        return
    rows = Segment.objects.filter(Q(brand=brand) | Q(brand=None), code__in=named)
    known = set(rows.values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("There is no segment “%(code)s” that %(brand)s may use.")
        yield from at(named[code], text % {"brand": brand, "code": code})


def check_tags(named: Places) -> Iterable[Problem]:
    if not named:
        return
    known = set(Tag.objects.filter(code__in=named).values_list("code", flat=True))
    for code in named.keys() - known:
        yield from at(named[code], _("There is no tag “%s”.") % code)


def check_events(named: Places) -> Iterable[Problem]:
    if not named:
        return
    known = set(EventType.objects.filter(code__in=named).values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("No event “%s” has ever come in. Right if the first is still to come.")
        yield from at(named[code], text % code, is_warning=True)


def check_attributes(named: Places) -> Iterable[Problem]:
    if not named:
        return
    known = set(Attribute.objects.filter(code__in=named).values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("No customer has an attribute “%s”. Right if the first is still to come.")
        yield from at(named[code], text % code, is_warning=True)


def check_lists(named: Places, brand: Brand) -> Iterable[Problem]:
    if not named:
        return
    rows = Segment.objects.filter(Q(brand=brand) | Q(brand=None), code__in=named)
    known = set(rows.filter(kind=SegmentKind.LIST).values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("There is no list “%(code)s” that %(brand)s may use. A segment by rule is none.")
        yield from at(named[code], text % {"code": code, "brand": brand})


def check_journeys(named: Places, brand: Brand) -> Iterable[Problem]:
    if not named:
        return
    known = set(Journey.objects.filter(brand=brand, code__in=named).values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("%(brand)s has no journey “%(code)s” yet. Until it runs, nobody enters it.")
        words = {"brand": brand, "code": code}
        yield from at(named[code], text % words, is_warning=True)


def check_offers(named: Places, brand: Brand) -> Iterable[Problem]:
    if not named:
        return
    known = set(Offer.objects.filter(brand=brand, code__in=named).values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("%(brand)s has no offer “%(code)s”. Make it, or name another one.")
        yield from at(named[code], text % {"brand": brand, "code": code})


def check_webhooks(named: Places, brand: Brand) -> Iterable[Problem]:
    if not named:
        return
    known = set(Webhook.objects.filter(brand=brand, code__in=named).values_list("code", flat=True))
    for code in named.keys() - known:
        text = _("%(brand)s has no webhook “%(code)s”. An admin can make one.")
        yield from at(named[code], text % {"brand": brand, "code": code})


def check_rules(graph: Graph) -> Iterable[Problem]:
    rules: list[tuple[str, Any]] = []
    conditions: list[tuple[str, Any]] = []
    if graph.exit_when:
        rules.append(("exit_when", graph.exit_when))
    if graph.goal and graph.goal.where:
        conditions.append(("goal.where", graph.goal.where))
    for key, node in graph.nodes.items():
        rules += [(f"nodes.{key}.{setting}", rule) for setting, rule in node.rules()]
        conditions += [(f"nodes.{key}.{setting}", rule) for setting, rule in node.conditions()]
    for place, rule in rules:
        yield from (dotted(problem) for problem in read_rule(rule, place, in_journey=True)[1])
    for place, rule in conditions:
        yield from (dotted(problem) for problem in read_property_condition(rule, place)[1])


def dotted(problem: Any) -> Problem:
    """A rule's problem in the words of a graph: rule.all[2].value is rule.all.2.value here."""
    place = problem.place.replace("[", ".").replace("]", "")
    return Problem(place, problem.text, problem.is_warning)


def at(places: Iterable[str], text: str, *, is_warning: bool = False) -> Iterable[Problem]:
    return (Problem(place, text, is_warning) for place in places)
