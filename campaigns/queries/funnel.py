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
       {stage}, {reason}, {converted}, count(*), {part}
  FROM campaigns_candidate c LEFT JOIN campaigns_message m ON m.candidate_id = c.id {join}
 WHERE {of} AND c.wanted_at >= %(since)s::timestamptz
   AND c.wanted_at < %(until)s::timestamptz
   AND (%(version)s::bigint IS NULL OR c.version_id = %(version)s)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 10
"""
# What sends can be parted by that no sum has by itself: SQL of a word, and what it joins. The text
# is the language and variant in which a message was written, "" before that; who is in a segment is
# told as of its last build.
TEXT, SEGMENT, BRAND = "text", "segment", "brand"
PARTS: Mapping[str, tuple[str, str]] = {
    "": ("''", ""),
    TEXT: ("btrim(concat_ws(' ', m.language, m.variant))", ""),
    BRAND: ("c.brand_id::text", ""),
    SEGMENT: (
        "CASE WHEN s.customer_id IS NULL THEN 'out' ELSE 'in' END",
        "LEFT JOIN customers_segmentmember s"
        " ON s.segment_id = %(segment)s AND s.customer_id = c.customer_id",
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which sends: of a journey (or one version of it), of several or of a campaign, wanted in
    [since, until); parted by one of `PARTS`, or by nothing more than every sum is."""

    since: datetime
    until: datetime
    journey: int | None = None
    campaign: int | None = None
    journeys: tuple[int, ...] = ()
    part: str = ""
    segment: int | None = None
    version: int | None = None


# Sums, None while they are counted for the first time, and the moment at which they were counted.
Counted = tuple[list[Sum] | None, datetime]


def sums_of(asked: Asked, now: datetime, *, wait: bool = False) -> Counted:
    """The sends of a period, summed over everything that is alike, and when they were counted;
    None while they are counted for the first time, unless one will *wait*. A period without length
    has none."""
    if asked.since >= asked.until:
        return [], now
    question = {
        "journeys": list(asked.journeys) if asked.journey is None else [asked.journey],
        "campaign": asked.campaign,
        "part": asked.part,
        "segment": asked.segment,
        "version": asked.version,
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
    part, parting = PARTS[question["part"]]
    sql = SUMS.format(
        stage=STAGE,
        reason=REASON,
        converted=converted,
        join=f"{known.join if known else ''} {parting}",
        part=part,
        of="c.journey_id = ANY(%(journeys)s)"
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
