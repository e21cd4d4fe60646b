"""Why somebody does not enter by a trigger: each limit of it, asked for her alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.formats import at_moment
from customers.rules import (
    compile_rule,
    matches,
    read_property_condition,
    read_rule,
    say_clause,
    say_property,
)
from journeys.engine.enroll import window_of
from journeys.models import Enrollment
from journeys.nodes.entry import ALWAYS, EntrySettings
from journeys.simulation.world import World


def why_not_in(
    world: World,
    node: Any,
    properties: Mapping[str, Any],
    now: datetime,
    personal: frozenset[str],
) -> list[SafeString]:
    """What of the trigger *node* keeps the customer of *world* out at *now*, in sentences."""
    settings: EntrySettings = node.settings
    said = [*_properties(node, properties), *_window(world, settings, now)]
    for name, wanted in (("only_if", True), ("exclude", False)):
        rule = getattr(settings, name)
        if rule and _fits(world, rule, properties, now) is not wanted:
            read, _problems = read_rule(rule, in_journey=True)
            words = say_clause(read) if read else SafeString("")
            text = _("Only customers who fit enter: {rule}") if wanted else _("Kept out: {rule}")
            said.append(format_html(text, rule=words))
    if not said and settings.reentry != ALWAYS and Enrollment.objects.exists():
        said.append(format_html("{}", _("She has entered before, and may not enter again yet.")))
    return said or [format_html("{}", _("A limit of the trigger keeps her out."))]


# helpers


def _properties(node: Any, properties: Mapping[str, Any]) -> list[SafeString]:
    said = []
    where, key = getattr(node.settings, "where", None), getattr(node.settings, "key", "")
    condition = read_property_condition(where)[0] if where else None
    if condition is not None and not matches(condition, dict(properties)):
        text = _("The event does not fit: {condition}")
        said.append(format_html(text, condition=say_property(condition)))
    if key and not 1 <= len(str(properties.get(key, ""))) <= 120:
        text = _("The event has no property <em>{key}</em>, by which entries are told apart.")
        said.append(format_html(text, key=key))
    return said


def _window(world: World, settings: EntrySettings, now: datetime) -> list[SafeString]:
    said = []
    journey = world.journey
    opens, closes = window_of(world.version, settings)
    for moment in (journey.starts_at, opens):
        if moment is not None and now < moment:
            text = _("Nobody enters before {when}.")
            said.append(format_html(text, when=at_moment(moment, now)))
    for moment in (journey.ends_at, closes):
        if moment is not None and now >= moment:
            text = _("Nobody enters after {when}.")
            said.append(format_html(text, when=at_moment(moment, now)))
    return said


def _fits(
    world: World, rule: Mapping[str, Any], properties: Mapping[str, Any], now: datetime
) -> bool:
    read, _problems = read_rule(rule, in_journey=True)
    if read is None:
        return False
    compiled = compile_rule(
        read,
        now=now,
        customer_alias="c",
        entry_properties="w.properties",
        entered_at="w.at",
        brand_id=world.version.brand_id,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM customers_customer c,"
            " (SELECT %s::jsonb AS properties, %s::timestamptz AS at) w"
            f" WHERE c.id = %s AND {compiled.sql}",
            [json.dumps(dict(properties), default=str), now, world.customer_id, *compiled.params],
        )
        return cursor.fetchone() is not None
