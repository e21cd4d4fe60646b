"""Counting sends for the six counts: one statement over the candidates of a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.evaluation.conversions import conversions
from campaigns.evaluation.funnel import (
    ARRIVED,
    BARS,
    HANDED,
    NOT_ELIGIBLE,
    REASON,
    STAGE,
    VALUES,
    Sum,
)
from campaigns.evaluation.kept import answer, register_counter
from campaigns.models import Candidate

NAME = "funnel"
SUMS = """
SELECT c.journey_id, c.node, c.content_id, c.channel, (c.wanted_at AT TIME ZONE %(zone)s)::date,
       {stage}, {reason}, {converted}, count(*)
  FROM campaigns_candidate c LEFT JOIN campaigns_message m ON m.candidate_id = c.id {join}
 WHERE {of} AND c.wanted_at >= %(since)s::timestamptz
   AND c.wanted_at < %(until)s::timestamptz
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which sends: of a journey or of a campaign, wanted in [since, until)."""

    since: datetime
    until: datetime
    journey: int | None = None
    campaign: int | None = None


def sums_of(
    asked: Asked, now: datetime, *, wait: bool = False
) -> tuple[list[Sum] | None, datetime]:
    """The sends of a period, summed over everything that is alike, and when they were counted;
    None while they are counted for the first time, unless one will *wait*. A period without length
    has none."""
    if asked.since >= asked.until:
        return [], now
    question = {
        "journey": asked.journey,
        "campaign": asked.campaign,
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "zone": timezone.get_current_timezone_name(),
    }
    found = answer(NAME, question, now, wait=wait)
    if found.data is None:
        return None, now
    return [
        Sum(journey, node, content, channel, date.fromisoformat(day), *rest)
        for journey, node, content, channel, day, *rest in found.data
    ], found.read_at


def count_sums(question: Mapping[str, Any], now: datetime) -> list[list[Any]]:
    """Count what `sums_of` asks; one statement."""
    known = conversions()
    converted = f"coalesce({known.condition}, false)" if known else "false"
    sql = SUMS.format(
        stage=STAGE,
        reason=REASON,
        converted=converted,
        join=known.join if known else "",
        of="c.journey_id = %(journey)s"
        if question["campaign"] is None
        else "c.campaign_id = %(campaign)s",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {**question, **VALUES})
        return [[*row[:4], row[4].isoformat(), *row[5:]] for row in cursor.fetchall()]


register_counter(NAME, count_sums)


def at_least(rows: QuerySet[Candidate], bar: str) -> QuerySet[Candidate]:
    """Of *rows* those that a bar counts: the same words as `STAGE`, for a list of them. Raises
    KeyError for a bar that is none."""
    known = conversions()
    executed = Q(message__handed_over_at__isnull=False) | Q(message__state__in=HANDED)
    responded = Q(message__opened_at__isnull=False) | Q(message__clicked_at__isnull=False)
    reached = Q(message__delivered_at__isnull=False) | Q(message__state__in=ARRIVED) | responded
    eligible = ~Q(state="stopped", rule__in=NOT_ELIGIBLE)
    steps = [eligible, executed, reached, responded]
    place = BARS.index(bar) if bar in BARS else None
    if place is None:
        raise KeyError(bar)
    wanted = [*steps[:3], known.exists if known else Q(pk__in=())]
    for condition in steps[:place] if bar != "converted" else wanted:
        rows = rows.filter(condition)
    return rows
