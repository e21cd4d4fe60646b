"""What can change the value of a customer: which decides whether a refresh may look at few."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from customers.rules import PropertyCondition, Rule
from customers.rules.conditions import Event
from customers.rules.nodes import Relative
from customers.tags.compute import needs_figures
from customers.tags.definition.nodes import (
    Definition,
    Events,
    Fact,
    Lifecycle,
    Rfm,
    Rules,
    Scorecard,
    Stages,
    Tiers,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """`events`: codes of the events that are looked at. `windows`: the ages at which an event
    stops counting. `by_day`: values change when a day ends. `by_others`: they change with things
    that no event tells (attributes, tags, the figures of all customers).
    """

    events: frozenset[str]
    windows: frozenset[timedelta]
    by_day: bool
    by_others: bool


def reach_of(definition: Definition) -> Reach:
    """What the values of this definition depend on."""
    of = definition.of
    match of:
        case Fact():
            return _of_events(of.events, by_day=of.of == "days_since")
        case Rfm() | Lifecycle():
            return _of_events(of.events, by_day=True, by_others=needs_figures(definition))
        case Tiers():
            return _of_events(
                of.fact.events,
                by_day=of.fact.of == "days_since",
                by_others=needs_figures(definition),
            )
        case Stages():
            return _of_rules([each.rule for each in of.stages])
        case Rules():
            return _of_rules([each.rule for each in of.values])
        case Scorecard():
            return _of_rules([each.rule for each in of.points])
    return Reach(frozenset(), frozenset(), by_day=False, by_others=True)


# helpers


def _of_events(events: Events, *, by_day: bool = False, by_others: bool = False) -> Reach:
    windows = frozenset([events.window] if events.window else [])
    relative = events.where is not None and _is_relative(events.where)
    return Reach(frozenset([events.name]), windows, by_day, by_others or relative)


def _of_rules(rules: list[Rule]) -> Reach:
    leaves = [leaf for rule in rules for leaf in rule.conditions()]
    events = [leaf for leaf in leaves if isinstance(leaf, Event)]
    return Reach(
        frozenset(name for leaf in events for name in leaf.names),
        frozenset(age for leaf in events for age in leaf.ages),
        by_day=False,
        # Even a customer without any event may have a value, and nothing tells of a new customer.
        by_others=True,
    )


def _is_relative(condition: PropertyCondition) -> bool:
    """Whether the condition compares with a moment before or after now."""
    if condition.test is not None:
        value = condition.test.value
        values = value if isinstance(value, tuple) else (value,)
        return any(isinstance(each, Relative) for each in values)
    return any(_is_relative(part) for part in condition.parts)
