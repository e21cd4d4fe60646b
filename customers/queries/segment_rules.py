"""The filters of the list of customers as a rule, so that they can be kept as a segment."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.models import Channel, Purpose, Tag
from customers.queries.filters import SIGNS, STATES, Choices
from customers.queries.periods import read_period


def rule_of_filters(data: QueryDict, choices: Choices) -> tuple[dict[str, Any], list[str]]:
    """(the rule that says the same, names of the filters that a rule can't say)."""
    parts: list[dict[str, Any]] = []
    left_out = []
    tags = {tag.code: tag for tag in choices.tags}
    for text in dict.fromkeys(filter(None, data.getlist("tag"))):
        code, _colon, value = text.partition(":")
        if code in tags:
            parts.append(_tag(tags[code], value))
    if code := data.get("segment", ""):
        parts.append({"segment": code})
    for code in dict.fromkeys(filter(None, data.getlist("has"))):
        op = "missing" if code.startswith("!") else "exists"
        parts.append({"identity": code.removeprefix("!"), "op": op})
    for name, field in (("created", "created"), ("seen", "last_seen")):
        parts += _period(data, name, field)
    channel, _dot, purpose = data.get("consent", "").partition(".")
    state = data.get("consent_is", "") or "granted"
    if channel in Channel.values and purpose in Purpose.values and state in STATES:
        parts.append({"consent": {"channel": channel, "purpose": purpose, "is": state}})
    if data.get("from"):
        left_out.append(_("Came from"))
    if data.get("q"):
        left_out.append(_("Search"))
    return {"all": parts} if parts else {}, left_out


# helpers


def _tag(tag: Tag, value: str) -> dict[str, Any]:
    op = next((sign for sign in SIGNS if value.startswith(sign)), "")
    bare = value.removeprefix(op)
    if not bare:
        return {"tag": tag.code, "op": "missing" if op == "!" else "exists"}
    if tag.data_type == "list":
        return {"tag": tag.code, "op": "contains", "value": bare}
    typed: Any = bare
    if tag.data_type == "number":
        try:
            typed = float(bare) if "." in bare else int(bare)
        except ValueError:
            typed = bare
    elif tag.data_type == "boolean":
        typed = {"true": True, "false": False}.get(bare, bare)
    return {"tag": tag.code, "op": SIGNS.get(op, "eq"), "value": typed}


def _period(data: QueryDict, name: str, field: str) -> list[dict[str, Any]]:
    names = (name, f"{name}_from", f"{name}_to")
    period, problem = read_period(*(data.get(each, "") for each in names))
    if problem or not period:
        return []
    if period.days:
        seen = {"customer": field, "op": "gte", "value": {"ago": f"{period.days}d"}}
        return [seen if period.inside else {"not": seen}]
    found = []
    if period.first:
        found.append({"customer": field, "op": "gte", "value": period.first.isoformat()})
    if period.last:
        found.append({"customer": field, "op": "lte", "value": period.last.isoformat()})
    return found
