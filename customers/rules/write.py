"""A rule back as JSON, in the form in which it is stored."""

from __future__ import annotations

from typing import Any

from customers.rules import nodes
from customers.rules.duration import write_duration
from customers.rules.nodes import NO_VALUE, PropertyCondition, Relative, Test


def node_json(node: nodes.Node) -> dict[str, Any]:
    """The JSON of one node and everything below it."""
    match node:
        case nodes.Group(join="not"):
            return {"not": node_json(node.parts[0])}
        case nodes.Group():
            return {node.join: [node_json(part) for part in node.parts]}
        case nodes.Attribute():
            return {"attribute": node.code, **_test(node.test)}
        case nodes.Tag():
            return {"tag": node.code, **_test(node.test)}
        case nodes.Entry():
            return {"entry": node.name, **_test(node.test)}
        case nodes.Segment():
            return {"segment": node.code}
        case nodes.Random():
            return {"random": {"salt": node.salt, "below": node.below}}
        case nodes.Consent():
            consent = {"channel": node.channel, "purpose": node.purpose, "is": node.state}
            return {"consent": consent | ({"brand": node.brand} if node.brand else {})}
        case nodes.Event():
            return _event(node)


def property_json(condition: PropertyCondition) -> dict[str, Any]:
    """The JSON of a property condition."""
    if condition.test is not None:
        return {"property": condition.name, **_test(condition.test)}
    parts = [property_json(part) for part in condition.parts]
    return {condition.join: parts[0] if condition.join == "not" else parts}


# helpers


def _test(test: Test) -> dict[str, Any]:
    if test.op in NO_VALUE:
        return {"op": test.op}
    if isinstance(test.value, tuple):
        return {"op": test.op, "value": [_value(each) for each in test.value]}
    return {"op": test.op, "value": _value(test.value)}


def _value(value: Any) -> Any:
    if not isinstance(value, Relative):
        return value
    side = "ahead" if value.offset.total_seconds() > 0 else "ago"
    return {side: write_duration(abs(value.offset))}


def _event(node: nodes.Event) -> dict[str, Any]:
    written: dict[str, Any] = {"event": node.name, "count": {node.op: node.number}}
    if node.within is not None:
        written["within"] = write_duration(node.within)
    if node.since_entry:
        written["since"] = "entry"
    if node.where is not None:
        written["where"] = property_json(node.where)
    return written
