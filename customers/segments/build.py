"""Builds a segment: who matches now, as a difference to who is in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from customers.bits import write_moves
from customers.formats import number
from customers.models import Segment, SegmentKind, SegmentScope, SegmentSize
from customers.rules import Rule, audience, read_rule
from customers.rules.cost import cost
from customers.segments.hearing import move, open_moves

# A rule that takes longer is stopped, so that one segment never holds up the others.
BUDGET_SECONDS = 300
# So often everybody is looked at, whatever else is known.
FULL_EVERY = timedelta(days=1)
# The sizes of a live segment are kept for steps of so long.
SIZE_STEP = timedelta(minutes=5)
# Below this the members are counted after every build; above, what came and went is added up.
COUNTED_BELOW = 100_000
CANCELLED = "57014"

# Everybody who matches is found once, and compared with who is in.
_DIFFERENCE = """
INSERT INTO segment_moves (customer_id, comes)
SELECT m.id, true FROM segment_matches m
WHERE NOT EXISTS (SELECT 1 FROM customers_segmentmember s
                  WHERE s.segment_id = %s AND s.customer_id = m.id)
UNION ALL
SELECT s.customer_id, false FROM customers_segmentmember s
WHERE s.segment_id = %s
  AND NOT EXISTS (SELECT 1 FROM segment_matches m WHERE m.id = s.customer_id)
"""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did. `scope` says whether everybody was looked at or only what changed;
    `problem` is a sentence when the members were left as they were."""

    size: int
    entered: int
    left: int
    seconds: float
    problem: str = ""
    scope: str = SegmentScope.FULL


def build(segment: Segment, *, now: datetime, full: bool = True) -> Built:
    """Bring the members of *segment* up to date, and write its size into the history.

    Without `full` the kept sets say whose membership can differ, and everybody is looked at only
    where they can't, or once a day. Two builds of one segment at once are one after the other. A
    rule that can't be used any more or takes too long leaves the members as they are and is named
    in `segment.problem`.
    """
    built = _build(segment, now, few=not full, everybody=True)
    if built is None:
        raise RuntimeError("Everybody may be looked at, so a build always ends.")
    return built


def build_changed(segment: Segment, *, now: datetime) -> Built | None:
    """As `build`, but by kept sets only: None, and nothing done, while they are not there."""
    return _build(segment, now, few=True, everybody=False)


# helpers


def _build(segment: Segment, now: datetime, *, few: bool, everybody: bool) -> Built | None:
    started = time.monotonic()
    scope, size, problem = segment.build_scope, segment.size, ""
    came = went = 0
    try:
        with transaction.atomic():
            locked = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
            rule, problem = _rule_of(locked)
            if rule is not None:
                with connection.cursor() as cursor, _budget(cursor):
                    found = _write_moves(cursor, locked, rule, now, few, everybody)
                    if found is None:
                        return None
                    scope = found
                    moves = move(cursor, locked.pk, now=now)
                    came, went = moves.came, moves.went
            if not problem:
                size = _size(locked, scope, came - went)
                _note_size(locked, size, now, came, went)
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != CANCELLED:
            raise
        came = went = 0
        size = segment.size
        problem = _why_stopped(segment, now)
    seconds = time.monotonic() - started
    _note(segment, now, size, seconds, problem, scope, came, went)
    return Built(size, came, went, seconds, problem, scope)


def _rule_of(segment: Segment) -> tuple[Rule | None, str]:
    """The rule, or why there is none; a list has no rule and only counts itself."""
    if segment.kind == SegmentKind.LIST:
        return None, ""
    rule, problems = read_rule(segment.rule)
    return rule, "; ".join(f"{problem.place}: {problem.text}" for problem in problems)


def _why_stopped(segment: Segment, now: datetime) -> str:
    """What made it take so long, as far as the planner knows."""
    found = _("The rule took longer than %(most)s seconds and was stopped; the members stay.")
    words = [found % {"most": BUDGET_SECONDS}]
    rule, _problems = read_rule(segment.rule)
    expected = cost(rule, now=now, brand_id=segment.brand_id) if rule else None
    if expected and expected.read:
        read = _("It reads about %(rows)s rows.") % {"rows": number(expected.read)}
        words.append(read)
    if expected and expected.missing:
        index = _("There is no index for it on %(index)s.") % {"index": expected.missing[0]}
        words.append(index)
    else:
        words.append(_("Narrow it: a shorter window, fewer conditions over events."))
    return " ".join(words)


@contextmanager
def _budget(cursor: Any) -> Iterator[None]:
    cursor.execute(
        "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)",
        [f"{BUDGET_SECONDS}s"],
    )
    before = cursor.fetchone()[0]
    yield
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


def _write_moves(
    cursor: Any, segment: Segment, rule: Rule, now: datetime, few: bool, everybody: bool
) -> SegmentScope | None:
    """Fill `segment_moves`; says what was looked at, None when only few may be and can't."""
    open_moves(cursor)
    lately = segment.full_built_at is not None and now - segment.full_built_at < FULL_EVERY
    if few and (lately or not everybody) and segment.full_built_at is not None:
        brand_id = segment.brand_id
        if write_moves(cursor, rule, segment.pk, now=now, brand_id=brand_id):
            return SegmentScope.CHANGED
    if not everybody:
        return None
    units = cost(rule, now=now, brand_id=segment.brand_id).units
    sql, params = audience(rule, now=now, brand_id=segment.brand_id)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.segment_matches")
    started = time.monotonic()
    cursor.execute(f"CREATE TEMPORARY TABLE segment_matches ON COMMIT DROP AS {sql}", params)
    # What later rules will cost is foreseen from what this one did.
    Segment.objects.filter(pk=segment.pk).update(
        full_seconds=time.monotonic() - started, full_cost=units
    )
    cursor.execute("ANALYZE segment_matches")
    cursor.execute(_DIFFERENCE, [segment.pk, segment.pk])
    cursor.execute("ANALYZE segment_moves")
    return SegmentScope.FULL


def _size(segment: Segment, scope: str, more: int) -> int:
    if scope == SegmentScope.CHANGED and segment.size >= COUNTED_BELOW:
        return max(0, segment.size + more)
    return segment.members.count()


def _note_size(segment: Segment, size: int, now: datetime, came: int, went: int) -> None:
    at = now
    if segment.is_live:
        at = now - timedelta(seconds=now.timestamp() % SIZE_STEP.total_seconds())
        is_same = size == segment.size and not came and not went
        if is_same and segment.built_at is not None and segment.built_at >= at:
            return
    first = {"size": size, "entered": came, "left": went}
    # Several builds of a live segment share a row.
    more = {
        "size": size,
        "entered": Coalesce(F("entered"), 0) + came,
        "left": Coalesce(F("left"), 0) + went,
    }
    SegmentSize.objects.update_or_create(
        segment=segment, at=at, defaults=more, create_defaults=first
    )


def _note(
    segment: Segment,
    now: datetime,
    size: int,
    seconds: float,
    problem: str,
    scope: str,
    came: int,
    went: int,
) -> None:
    segment.size, segment.build_seconds = size, seconds
    segment.built_at, segment.problem = now, problem[:240]
    fields = ["size", "build_seconds", "built_at", "problem"]
    if not problem:
        segment.build_scope = scope
        fields.append("build_scope")
        if scope == SegmentScope.FULL:
            segment.full_built_at = now
            fields.append("full_built_at")
        if came or went:
            segment.entered, segment.left = came, went
            fields += ["entered", "left"]
    segment.save(update_fields=fields)
