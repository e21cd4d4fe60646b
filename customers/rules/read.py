"""Reads a rule as it was written: every problem at once, each with its place and the reason."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from customers.rules.conditions import KINDS
from customers.rules.nodes import PropertyCondition, Rule
from customers.rules.problem import Problem
from customers.rules.reader import Reader
from customers.rules.schema import READABLE_VERSIONS, SCHEMA_VERSION
from customers.rules.vocabulary import Vocabulary


def read_rule(
    data: object,
    place: str = "rule",
    *,
    in_journey: bool = False,
    vocabulary: Vocabulary | None = None,
) -> tuple[Rule | None, list[Problem]]:
    """Read a rule; return it, or None and every problem.

    Attributes, tags, segments and brands must exist. An event that never came in yet is only a
    warning. `in_journey` allows {"entry": …} and "since": "entry". `"schema"` beside the first
    key names the version in which the rule was written; without it, it is the newest.
    """
    kinds = {key: kind for key, kind in KINDS.items() if in_journey or not kind.in_journey}
    reader = Reader(kinds, in_journey=in_journey, vocabulary=vocabulary)
    data = _without_version(data, place, reader)
    root = reader.node(data, place, 0)
    refused = any(not problem.is_warning for problem in reader.problems)
    return (None if refused or root is None else Rule(root)), reader.problems


def read_property_condition(
    data: object, place: str = "where"
) -> tuple[PropertyCondition | None, list[Problem]]:
    """Read a condition over the properties of an event; return it, or None and every problem."""
    reader = Reader(KINDS, in_journey=False)
    condition = reader.property(data, place, 0)
    return (None if reader.problems else condition), reader.problems


# helpers


def _without_version(data: object, place: str, reader: Reader) -> object:
    if not isinstance(data, Mapping) or "schema" not in data:
        return data
    version = data["schema"]
    if isinstance(version, bool) or version not in READABLE_VERSIONS:
        text = _("Rules of schema %(known)s can be read here, but %(version)s came.")
        known = ", ".join(map(str, READABLE_VERSIONS))
        shown = repr(version)[:40]
        reader.refuse(f"{place}.schema", text % {"known": known, "version": shown})
    return {key: value for key, value in data.items() if key != "schema"}


__all__ = ["SCHEMA_VERSION", "read_property_condition", "read_rule"]
