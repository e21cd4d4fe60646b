"""Values that acts write: literals, or what the entry and the walk know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers
from journeys.nodes.base import Member, SettingError
from journeys.nodes.branch_value import inside
from journeys.nodes.forms import Form, asked_by
from journeys.nodes.templates import Words, check_template, is_template

MOST_PROPERTIES = 40
LONGEST_TEMPLATE = 2000
VALUES_HELP = gettext_lazy(
    "Literals, $entry.property, $vars.name, $entry_key, or texts with {{ customer.city }}."
)


@asked_by(Form("text", example="$entry.amount", longest=240))
def read_value(given: Any) -> Any:
    """A text, number, true or false; $entry.property, $vars.name, $entry_key; or a template."""
    if is_template(given) and len(given) <= LONGEST_TEMPLATE:
        return check_template(given)
    value = readers.scalar(given)
    if isinstance(value, str) and value.startswith("$"):
        known = value == "$entry_key" or value.startswith(("$entry.", "$vars."))
        if not known or value in ("$entry.", "$vars."):
            raise SettingError(
                _("Expected $entry.property, $vars.name or $entry_key, got “%(given)s”.")
                % {"given": value}
            )
    return value


@asked_by(Form("values", example="{order: $entry.order_id, tier: gold}"))
def read_properties(given: Any) -> dict[str, Any]:
    """{name: value}, each value as `read_value` takes it."""
    if not isinstance(given, Mapping) or len(given) > MOST_PROPERTIES:
        raise SettingError(
            _("Expected at most %(most)s names with their values, such as {order: $entry.order}.")
            % {"most": MOST_PROPERTIES}
        )
    return {readers.text(120)(name): read_value(value) for name, value in given.items()}


def value_for(written: Any, member: Member, words: Words) -> Any:
    """What a written value is for her; None when she has no such thing.

    Raises TemplateFault when a template can't be filled in for her.
    """
    if is_template(written):
        return words.fill(written, member)
    if not isinstance(written, str) or not written.startswith("$"):
        return written
    if written == "$entry_key":
        return member.entry_key or None
    if written.startswith("$entry."):
        return member.payload.get(written.removeprefix("$entry."))
    return inside(member.variables, written.removeprefix("$vars."))


def properties_for(written: Mapping[str, Any], member: Member, words: Words) -> dict[str, Any]:
    """All of them that she has; raises as `value_for` does."""
    found = {name: value_for(value, member, words) for name, value in written.items()}
    return {name: value for name, value in found.items() if value is not None}
