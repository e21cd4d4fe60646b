"""A definition back as JSON, in the form in which it is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from customers.models import DataType
from customers.rules import write_duration
from customers.tags.definition.nodes import (
    MAY_PROPERTY,
    Cuts,
    Definition,
    Events,
    Fact,
    Lifecycle,
    Model,
    Rfm,
    RuledValue,
    Rules,
    Scorecard,
    Stages,
    Tiers,
    Value,
)


def definition_json(definition: Definition) -> dict[str, Any]:
    """The JSON of a whole definition."""
    if definition.of is None:
        return {}
    if isinstance(definition.of, Fact):
        return {"schema": 1, "fact": fact_json(definition.of)}
    return {"schema": 1, "model": _model(definition.of)}


def fact_json(fact: Fact) -> dict[str, Any]:
    """The JSON of a fact."""
    written: dict[str, Any] = {"of": fact.of, **_events(fact.events)}
    if fact.property:
        written["property"] = fact.property
    chosen = fact.of == "favourite" or (fact.of in MAY_PROPERTY and fact.property)
    if chosen and fact.kind != DataType.TEXT:
        written["as"] = fact.kind
    return written


# helpers


def _model(model: Model) -> dict[str, Any]:
    match model:
        case Rfm():
            return {
                "of": "rfm",
                **_events(model.events),
                "amount": model.amount,
                "recency": _cuts(model.recency),
                "frequency": _cuts(model.frequency),
                "monetary": _cuts(model.monetary),
                "cells": [
                    _value(cell.value) | {"r": list(cell.r), "f": list(cell.f), "m": list(cell.m)}
                    for cell in model.cells
                ],
                "else": _value(model.otherwise),
            }
        case Lifecycle():
            return {
                "of": "lifecycle",
                **_events(model.events),
                "new_days": model.new_days,
                "active_days": model.active_days,
                "sleeping_days": model.sleeping_days,
                "loyal_times": model.loyal_times,
            }
        case Stages():
            return {"of": "stages", "kind": model.kind, "stages": _ruled(model.stages)}
        case Tiers():
            return {
                "of": "tiers",
                "fact": fact_json(model.fact),
                "cuts": _cuts(model.cuts),
                "names": [_value(each) for each in model.names],
            }
        case Rules():
            return {
                "of": "rules",
                "values": _ruled(model.values),
                "else": _value(model.otherwise),
            }
        case Scorecard():
            return {
                "of": "scorecard",
                "points": [
                    {"rule": each.rule.to_json(), "points": _number(each.points)}
                    for each in model.points
                ],
                "cuts": [_number(each) for each in model.cuts.values],
                "names": [_value(each) for each in model.names],
            }


def _events(events: Events) -> dict[str, Any]:
    written: dict[str, Any] = {"event": events.name}
    if events.where is not None:
        written["where"] = events.where.to_json()
    if events.window is not None:
        written["window"] = write_duration(events.window)
    return written


def _cuts(cuts: Cuts) -> dict[str, Any]:
    if cuts.quantiles:
        return {"quantiles": cuts.quantiles}
    return {"values": [_number(each) for each in cuts.values]}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _value(value: Value | None) -> Any:
    if value is None:
        return None
    names = dict(value.title.names)
    return {"code": value.code, "name": names or value.title.name}


def _ruled(values: tuple[RuledValue, ...]) -> list[dict[str, Any]]:
    return [{**_value(each.value), "rule": each.rule.to_json()} for each in values]
