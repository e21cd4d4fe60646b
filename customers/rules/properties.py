"""Conditions over the properties of an event: as SQL over a jsonb column, and in plain Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.rules.nodes import Compiled, PropertyCondition
from customers.rules.testing import compile_test, holds
from customers.rules.where import Where

_COLUMN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?(\s*->\s*'[a-z_]+')*")


def compile_property_condition(
    condition: PropertyCondition,
    column: str = "e.properties",
    *,
    now: datetime,
    brand_id: int | None = None,
) -> Compiled:
    """SQL that tests the jsonb *column* (our own SQL, never a user's). Never NULL.

    Days are those of the brand's clock.
    """
    return property_sql(condition, column, Where(now, alias=None, brand_id=brand_id))


def property_sql(condition: PropertyCondition, column: str, where: Where) -> Compiled:
    """As `compile_property_condition`, with the clock of what surrounds it."""
    if not _COLUMN.fullmatch(column):
        raise ValueError(f"{column!r} is not a column such as e.properties.")
    if condition.test is not None:
        value = Compiled(f"{column} -> %s::text", (condition.name,))
        return compile_test(condition.test, value, where)
    parts = [property_sql(part, column, where) for part in condition.parts]
    return join(condition.join, parts)


def matches(
    condition: PropertyCondition,
    properties: Mapping[str, Any],
    *,
    now: datetime | None = None,
    zone: str = "UTC",
) -> bool:
    """Whether *properties* fulfil the condition, exactly as the SQL says it."""
    if condition.test is not None:
        return holds(condition.test, properties.get(condition.name), now, zone)
    found = (matches(part, properties, now=now, zone=zone) for part in condition.parts)
    if condition.join == "not":
        return not next(found)
    return all(found) if condition.join == "all" else any(found)


def join(how: str, parts: list[Compiled]) -> Compiled:
    """Several conditions as one; nothing to fulfil is fulfilled."""
    params = tuple(param for part in parts for param in part.params)
    if how == "not":
        return Compiled(f"(NOT {parts[0].sql})", params)
    if not parts:
        return Compiled("true")
    word = " AND " if how == "all" else " OR "
    return Compiled("(" + word.join(part.sql for part in parts) + ")", params)
