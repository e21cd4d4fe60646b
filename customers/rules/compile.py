"""A rule as one SQL condition with parameters, the same for segments, triggers, branches, goals."""

from __future__ import annotations

import re
from datetime import datetime

from customers.rules.nodes import Compiled, Group, Node, Rule
from customers.rules.properties import join
from customers.rules.where import Where

_ALIAS = re.compile(r"[a-z_][a-z0-9_]*")
_SQL = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?(\s*->\s*'[a-z_]+')*")


def compile_rule(
    rule: Rule,
    *,
    now: datetime,
    customer_alias: str = "c",
    entry_properties: str | None = None,
    entered_at: str | None = None,
    brand_id: int | None = None,
    events_of: int | None = None,
) -> Compiled:
    """SQL that is true for the customers who match; never NULL, %s placeholders in order.

    `customer_alias` stands for customers_customer in the caller's FROM. `entry_properties` and
    `entered_at` are SQL of the caller for the event by which the customer entered a journey and
    for its moment. `brand_id` is the brand whose consents count when the rule names none, and
    whose clock days are of; `events_of` the one whose events count (None: all). Raises ValueError
    for a rule about an entry when the caller has none.
    """
    if not _ALIAS.fullmatch(customer_alias):
        raise ValueError(f"{customer_alias!r} is not an alias of a table.")
    for sql in (entry_properties, entered_at):
        if sql is not None and not _SQL.fullmatch(sql):
            raise ValueError(f"{sql!r} is not a column such as x.context -> 'properties'.")
    where = Where(now, customer_alias, entry_properties, entered_at, brand_id, events_of)
    return compile_node(rule.root, where)


def audience(rule: Rule, *, now: datetime, brand_id: int | None = None) -> Compiled:
    """A SELECT of the ids of everybody who matches. Merged and erased customers never do."""
    where = Where(now, brand_id=brand_id, whole=True)
    sql, params = compile_node(rule.root, where)
    joins = where.joined
    return Compiled(
        f"SELECT c.id FROM customers_customer c{joins.sql}"
        f" WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND {sql}",
        (*joins.params, *params),
    )


def compile_node(node: Node, where: Where) -> Compiled:
    """SQL of one node and everything below it."""
    if isinstance(node, Group):
        return join(node.join, [compile_node(part, where) for part in node.parts])
    return node.compile(where)
