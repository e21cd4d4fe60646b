"""A rule as one SQL condition with parameters, the same for segments, triggers, branches, goals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from customers.rules import nodes
from customers.rules.chance import step_sql, threshold
from customers.rules.nodes import OPPOSITES, Compiled, Rule, Test
from customers.rules.properties import compile_property_condition, join
from customers.rules.testing import compile_test

_ALIAS = re.compile(r"[a-z_][a-z0-9_]*")
_SQL = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?(\s*->\s*'[a-z_]+')*")


@dataclass(frozen=True, slots=True)
class _Where:
    """What surrounds the condition in the caller's statement."""

    now: datetime
    alias: str
    entry_properties: str | None
    entered_at: str | None
    brand_id: int | None
    whole: bool


def compile_rule(
    rule: Rule,
    *,
    now: datetime,
    customer_alias: str = "c",
    entry_properties: str | None = None,
    entered_at: str | None = None,
    brand_id: int | None = None,
    whole: bool = False,
) -> Compiled:
    """SQL that is true for the customers who match; never NULL, %s placeholders in order.

    `customer_alias` stands for customers_customer in the caller's FROM. `entry_properties` and
    `entered_at` are SQL of the caller for the event by which the customer entered a journey and
    for its moment. `brand_id` is the brand whose consents count when the rule names none.
    `whole` shapes counts for a run over everybody instead of over a few customers.
    Raises ValueError for a rule about an entry when the caller has none.
    """
    if not _ALIAS.fullmatch(customer_alias):
        raise ValueError(f"{customer_alias!r} is not an alias of a table.")
    for sql in (entry_properties, entered_at):
        if sql is not None and not _SQL.fullmatch(sql):
            raise ValueError(f"{sql!r} is not a column such as x.context -> 'properties'.")
    where = _Where(now, customer_alias, entry_properties, entered_at, brand_id, whole)
    return _node(rule.root, where)


# helpers


def _node(node: nodes.Node, where: _Where) -> Compiled:
    match node:
        case nodes.Group():
            return join(node.join, [_node(part, where) for part in node.parts])
        case nodes.Attribute():
            value = Compiled(f"{where.alias}.attributes -> %s::text", (node.code,))
            return compile_test(node.test, value, where.now)
        case nodes.Tag():
            return _tag(node, where)
        case nodes.Event():
            return _event(node, where)
        case nodes.Segment():
            return Compiled(
                "EXISTS (SELECT 1 FROM customers_segmentmember m "
                f"WHERE m.segment_id = %s AND m.customer_id = {where.alias}.id)",
                (node.id,),
            )
        case nodes.Consent():
            return _consent(node, where)
        case nodes.Random():
            sql, params = step_sql(f"{where.alias}.id", node.salt)
            return Compiled(f"({sql} < %s)", (*params, threshold(node.below)))
        case nodes.Entry():
            if where.entry_properties is None:
                raise ValueError('{"entry": …} has a meaning only inside a journey.')
            value = Compiled(f"{where.entry_properties} -> %s::text", (node.name,))
            return compile_test(node.test, value, where.now)


def _tag(node: nodes.Tag, where: _Where) -> Compiled:
    opposite = OPPOSITES.get(node.test.op)
    if opposite:
        test = Test(opposite, node.test.kind, node.test.value)
        return _negated(_tag(nodes.Tag(node.id, node.code, node.title, test), where))
    sql = (
        "EXISTS (SELECT 1 FROM customers_customertag t "
        f"WHERE t.customer_id = {where.alias}.id AND t.tag_id = %s "
        "AND (t.expires_at IS NULL OR t.expires_at > %s)"
    )
    params: tuple[object, ...] = (node.id, where.now)
    if node.test.op == "exists":
        return Compiled(sql + ")", params)
    if node.test.op == "eq" and node.test.kind == "text":
        return Compiled(sql + " AND t.value = %s)", (*params, node.test.value))
    value = Compiled(_TAG_VALUES.get(node.test.kind, "to_jsonb(t.value)"))
    test_sql, test_params = compile_test(node.test, value, where.now)
    return Compiled(f"{sql} AND {test_sql})", (*params, *test_params))


# Values of tags are kept as text; these bring them into the type of the tag.
_TAG_VALUES = {
    "number": (
        "(CASE WHEN t.value ~ '^-?[0-9]{1,15}([.][0-9]{1,9})?$'"
        " THEN to_jsonb(t.value::numeric) END)"
    ),
    "boolean": "(CASE WHEN t.value IN ('true', 'false') THEN t.value::jsonb END)",
    "list": "jsonb_build_array(t.value)",
}


def _consent(node: nodes.Consent, where: _Where) -> Compiled:
    sql = (
        "EXISTS (SELECT 1 FROM customers_consent s "
        f"WHERE s.customer_id = {where.alias}.id AND s.channel = %s AND s.purpose = %s"
    )
    params: tuple[object, ...] = (node.channel, node.purpose)
    brand_id = node.brand_id or where.brand_id
    if brand_id is not None:
        sql += " AND s.brand_id = %s"
        params += (brand_id,)
    if node.state == "unknown":
        return Compiled(f"(NOT {sql}))", params)
    return Compiled(sql + " AND s.state = %s)", (*params, node.state))


def _event(node: nodes.Event, where: _Where) -> Compiled:
    """A count of happenings against a number: as "at least n", or its opposite."""
    match node.op:
        case "gte":
            return _at_least(node, node.number, where)
        case "gt":
            return _at_least(node, node.number + 1, where)
        case "lt":
            return _negated(_at_least(node, node.number, where))
        case "lte":
            return _negated(_at_least(node, node.number + 1, where))
        case _:
            enough = _at_least(node, node.number, where)
            return join("all", [enough, _negated(_at_least(node, node.number + 1, where))])


def _negated(inner: Compiled) -> Compiled:
    return Compiled(f"(NOT {inner.sql})", inner.params)


def _at_least(node: nodes.Event, number: int, where: _Where) -> Compiled:
    if number <= 0:
        return Compiled("true")
    # The type is found when the statement runs, so that a rule outlives the first such event.
    sql = (
        "FROM customers_event e WHERE e.event_type_id = "
        "(SELECT y.id FROM customers_eventtype y WHERE y.code = %s) AND e.occurred_at <= %s"
    )
    params: tuple[object, ...] = (node.name, where.now)
    if node.within is not None:
        sql += " AND e.occurred_at >= %s"
        params += (where.now - node.within,)
    if node.since_entry:
        if where.entered_at is None:
            raise ValueError('"since": "entry" has a meaning only inside a journey.')
        sql += f" AND e.occurred_at >= {where.entered_at}"
    if node.where is not None:
        inner = compile_property_condition(node.where, "e.properties", now=where.now)
        sql += f" AND {inner.sql}"
        params += inner.params
    mine = f"e.customer_id = {where.alias}.id"
    if where.whole and not node.since_entry:
        # Over everybody one pass over the events beats a look into the index per customer.
        return Compiled(
            f"{where.alias}.id IN (SELECT e.customer_id {sql} GROUP BY e.customer_id"
            f" HAVING count(*) >= %s)",
            (*params, number),
        )
    if number == 1:
        return Compiled(f"EXISTS (SELECT 1 {sql} AND {mine})", params)
    return Compiled(
        f"((SELECT count(*) FROM (SELECT 1 {sql} AND {mine} LIMIT %s) AS found) >= %s)",
        (*params, number, number),
    )
