"""Segments: making one, changing its rule, asking for a build."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import Brand, Segment, SegmentKind
from customers.rules import Problem, RuleError, read_rule
from customers.rules.conditions import Segment as SegmentNode
from customers.rules.nodes import Group, Node


def create(
    actor: Actor,
    brand: Brand | None,
    *,
    code: str,
    name: str,
    rule: Any,
    refresh_seconds: int | None = 3600,
    description: str = "",
    now: datetime,
) -> Segment:
    """Make a segment by rule and ask for its first build.

    Raises RightMissing, RuleError with every problem of the rule, ValidationError for the rest.
    """
    require(actor, Right.EDIT, brand)
    segment = Segment(
        code=code,
        name=name,
        kind=SegmentKind.RULE,
        brand=brand,
        rule=_checked(rule, code),
        description=description,
        refresh_seconds=refresh_seconds,
        owner=actor.user,
    )
    segment.full_clean()
    with transaction.atomic():
        segment.save()
        record(actor, "segment.create", segment, now=now, changes={"rule": [None, segment.rule]})
        wake("customers.segments.build", segment.pk)
    return segment


def change(actor: Actor, segment: Segment, *, rule: Any, now: datetime) -> None:
    """Give the segment another rule and ask for a build. Raises RightMissing and RuleError."""
    require(actor, Right.EDIT, segment.brand)
    before = segment.rule
    segment.rule = _checked(rule, segment.code)
    with transaction.atomic():
        segment.save(update_fields=["rule"])
        record(actor, "segment.change", segment, now=now, changes={"rule": [before, segment.rule]})
        wake("customers.segments.build", segment.pk)


def keep_up_to_date(
    actor: Actor,
    segment: Segment,
    *,
    is_live: bool,
    refresh_seconds: int | None,
    now: datetime,
) -> None:
    """Say how the segment is kept up to date: live, every so many seconds (at least 60), or, with
    neither, by hand. Raises RightMissing and ValidationError."""
    require(actor, Right.EDIT, segment.brand)
    before = {"is_live": segment.is_live, "refresh_seconds": segment.refresh_seconds}
    segment.is_live, segment.refresh_seconds = is_live, refresh_seconds
    segment.full_clean()
    after = {"is_live": is_live, "refresh_seconds": refresh_seconds}
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return
    with transaction.atomic():
        segment.save(update_fields=list(changes))
        record(actor, "segment.keep", segment, now=now, changes=changes)


def rebuild(actor: Actor, segment: Segment, *, now: datetime) -> None:
    """Ask for a build as soon as a worker is free. Raises RightMissing."""
    require(actor, Right.EDIT, segment.brand)
    with transaction.atomic():
        record(actor, "segment.rebuild", segment, now=now)
        wake("customers.segments.build", segment.pk)


# helpers


def _checked(data: Any, code: str) -> Any:
    rule, problems = read_rule(data)
    if rule is None:
        raise RuleError(problems)
    _refuse_circles(rule.root, code, seen=set())
    return rule.to_json()


def _refuse_circles(node: Node, code: str, seen: set[str]) -> None:
    """A segment must not hold itself, not even through others."""
    for inner in _segments_in(node):
        if inner == code:
            text = _("The segment would contain itself.")
            raise RuleError([Problem("rule", text)])
        if inner in seen:
            continue
        seen.add(inner)
        found = Segment.objects.filter(code=inner, kind=SegmentKind.RULE).first()
        rule, _problems = read_rule(found.rule) if found else (None, [])
        if rule is not None:
            _refuse_circles(rule.root, code, seen)


def _segments_in(node: Node) -> list[str]:
    if isinstance(node, SegmentNode):
        return [node.code]
    parts = node.parts if isinstance(node, Group) else ()
    return [code for part in parts for code in _segments_in(part)]
