"""Evaluates tags: counts the parts, weighs them, and keeps numbers and score on the measure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q

from customers.models import Tag, TagMeasure, TagOutcome, TagSample, TagSettings, TagVerdict
from customers.queries.people import count_people
from customers.tags.evaluation import outcome as outcomes
from customers.tags.evaluation import success
from customers.tags.evaluation.score import (
    PARTS,
    coverage_points,
    mean,
    outcome_points,
    sample_points,
    score,
    success_points,
    use_points,
)
from customers.tags.evaluation.statistics import share_of
from customers.usage import Use, uses_of_tags

# Messages and walks of so long count for the success; a sample is good for half a year.
LOOK_BACK = timedelta(days=90)
SAMPLE_GOOD = timedelta(days=180)
BUDGET_SECONDS = 300
log = structlog.get_logger(__name__)


def evaluate(*, now: datetime, tag_ids: Sequence[int] | None = None) -> int:
    """Evaluate these tags (None: all) that were counted; returns how many.

    A fixed number of queries, and three for each tag whose outcome is measured. One whose outcome
    takes too long is evaluated without it.
    """
    found = TagMeasure.objects.select_related("tag")
    measures = list(found if tag_ids is None else found.filter(tag__in=tag_ids))
    tags = [measure.tag for measure in measures]
    uses = uses_of_tags([tag.code for tag in tags])
    everybody = count_people()
    checked, followed = _checked(tags, now), _followed(tags, now)
    fared = _fared(tags, uses, now)
    settings = TagSettings.current()
    for measure in measures:
        tag = measure.tag
        measure.parts = {
            "coverage": {
                "points": coverage_points(measure.customers, everybody),
                "customers": measure.customers,
                "everybody": everybody,
            },
            "use": _use(uses.get(tag.code, [])),
            "accuracy": _accuracy(followed.get(tag.pk), checked.get(tag.pk)),
            "success": _success(fared.get(tag.pk, {})),
        }
        measure.score = score_of(measure.parts, settings)
        measure.evaluated_at = now
    TagMeasure.objects.bulk_update(measures, ["parts", "score", "evaluated_at"], batch_size=500)
    return len(measures)


def rescore(settings: TagSettings) -> None:
    """Weigh what was found anew, after the weights changed; nothing is counted."""
    measures = list(TagMeasure.objects.filter(evaluated_at__isnull=False))
    for measure in measures:
        measure.score = score_of(measure.parts, settings)
    TagMeasure.objects.bulk_update(measures, ["score"], batch_size=500)


def score_of(parts: dict[str, Any], settings: TagSettings) -> float | None:
    """The weighted score of what stands in `TagMeasure.parts`."""
    points = {part: (parts.get(part) or {}).get("points") for part in PARTS}
    return score(points, {part: getattr(settings, part) for part in PARTS})


# helpers


def _use(uses: Sequence[Use]) -> dict[str, Any]:
    kinds = Counter(use.kind for use in uses if use.is_active)
    return {"points": use_points(sum(kinds.values())), "kinds": dict(kinds)}


def _accuracy(followed: dict[str, Any] | None, checked: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "points": mean([each["points"] for each in (followed, checked) if each]),
        "outcome": followed,
        "sample": checked,
    }


def _success(kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"points": mean([each["points"] for each in kinds.values()]), "kinds": kinds}


def _checked(tags: Sequence[Tag], now: datetime) -> dict[int, dict[str, Any]]:
    """By tag the marks of its last sample in which something was marked; one query."""
    rows = (
        TagSample.objects.filter(tag__in=tags, drawn_at__gt=now - SAMPLE_GOOD, drawn_at__lte=now)
        .annotate(
            right=Count("marks", filter=Q(marks__verdict=TagVerdict.RIGHT)),
            wrong=Count("marks", filter=Q(marks__verdict=TagVerdict.WRONG)),
            unsure=Count("marks", filter=Q(marks__verdict=TagVerdict.UNSURE)),
            size=Count("marks"),
        )
        .order_by("pk")
    )
    found = {}
    for row in rows:
        told = row.right + row.wrong
        if not told:
            continue
        found[row.tag_id] = {
            "points": sample_points(share_of(row.right, told)),
            "right": row.right,
            "wrong": row.wrong,
            "unsure": row.unsure,
            "size": row.size,
            "drawn_at": row.drawn_at.isoformat(),
        }
    return found


def _followed(tags: Sequence[Tag], now: datetime) -> dict[int, dict[str, Any]]:
    """By tag what its outcome tells."""
    found: dict[int, dict[str, Any]] = {}
    for each in TagOutcome.objects.filter(tag__in=tags).select_related("event_type", "tag"):
        about = {
            "value": each.value,
            "event": each.event_type.code,
            "expects": each.expects,
            "days": each.days,
        }
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [f"{BUDGET_SECONDS}s"]
                )
                told = outcomes.measure(each, now)
        except DatabaseError:
            log.exception("tag_outcome_failed", tag=each.tag.code)
            found[each.tag_id] = about | {"points": None, "failed": True}
            continue
        points = outcome_points(
            share_of(told.having_hits, told.having),
            share_of(told.lacking_hits, told.lacking),
            each.expects,
        )
        found[each.tag_id] = about | {
            "points": points,
            "having": told.having,
            "having_hits": told.having_hits,
            "lacking": told.lacking,
            "lacking_hits": told.lacking_hits,
            "middle": told.middle.isoformat() if told.middle else None,
        }
    return found


def _fared(
    tags: Sequence[Tag], uses: dict[str, list[Use]], now: datetime
) -> dict[int, dict[str, dict[str, Any]]]:
    """By tag and kind of success what became of its audiences."""
    audiences = []
    for tag in tags:
        journeys = tuple(
            use.key for use in uses.get(tag.code, []) if use.kind == "journey" and use.reads
        )
        if journeys:
            audiences.append(success.Audience(tag.pk, tag.brand_id, journeys))
    found: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for kind in success.kinds() if audiences else ():
        for tag_id, told in kind.find(audiences, now - LOOK_BACK, now).items():
            if not told.whole:
                continue
            found[tag_id][kind.code] = {
                "points": success_points(
                    share_of(told.hits, told.whole), share_of(told.other_hits, told.others)
                ),
                **told._asdict(),
            }
    return found
