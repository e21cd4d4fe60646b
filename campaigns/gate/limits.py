"""Limits: at most so many messages to one customer within some time. Caps and arbitration are both.

Limits interact: a message that one limit stops leaves its place in another to the next. So
candidates are taken in rounds. Each round lets pass whom no message before her could stop, and
stops whom the messages before her, already let pass, do stop. The best open candidate of every
customer is always settled, and the rounds end with the largest limit, not with the number of
candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from campaigns.gate.periods import period_of

if TYPE_CHECKING:
    from campaigns.gate.work import Work

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, as its policy states it.

    `purposes` may be stopped by it; `counted` take a place. `window` is the length of a rolling
    window, or None for a calendar `period` of the customer's clock. `other_brands` have a policy
    of their own, which replaces this one.
    """

    rule: str
    policy_id: int
    name: str
    most: int
    purposes: Sequence[str]
    counted: Sequence[str]
    window: timedelta | None = None
    period: str = ""
    brand_id: int | None = None
    other_brands: Sequence[int] = ()
    channel: str = ""
    campaign_id: int | None = None
    journey_id: int | None = None
    content_id: int | None = None
    per_address: bool = False


TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS gate_limit (
    id int PRIMARY KEY, rule varchar(24), policy_id bigint, name text, most int,
    purposes text[], counted text[], span interval, period text, brand_id bigint,
    other_brands bigint[], channel text, campaign_id bigint, journey_id bigint,
    content_id bigint, per_address boolean
) ON COMMIT DELETE ROWS;
-- On which clock a limit counts since when; zone is empty for rolling windows.
CREATE TEMPORARY TABLE IF NOT EXISTS gate_span (
    limit_id int, zone text, since timestamptz, until timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS gate_used (
    customer_id bigint NOT NULL, limit_id int NOT NULL, zone text NOT NULL,
    address text NOT NULL, used int NOT NULL, newest timestamptz[]
) ON COMMIT DELETE ROWS;
"""
EMPTY = "DELETE FROM gate_limit; DELETE FROM gate_span; DELETE FROM gate_used;"

PUT = """
INSERT INTO gate_limit VALUES (
    %s, %s, %s, %s, %s, %s::text[], %s::text[], %s, %s, %s, %s::bigint[], %s, %s, %s, %s, %s
)
"""
PUT_SPANS = """
INSERT INTO gate_span
SELECT * FROM unnest(%(limits)s::int[], %(zones)s::text[], %(since)s::timestamptz[],
    %(until)s::timestamptz[])
"""
ZONES = "SELECT DISTINCT zone FROM gate_work WHERE verdict IS NULL"

# Whether a message or candidate {row} takes a place in limit `l`.
COVERS = """(l.brand_id IS NULL OR l.brand_id = {row}.brand_id)
    AND {row}.brand_id <> ALL(l.other_brands)
    AND l.channel IN ('', {row}.channel)
    AND {row}.purpose = ANY(l.counted)
    AND (l.campaign_id IS NULL OR l.campaign_id = {row}.campaign_id)
    AND (l.journey_id IS NULL OR l.journey_id = {row}.journey_id)"""
# These two columns are not in the index of what was sent; it is asked alone as long as no limit
# looks at them.
BY_CONTENT = " AND (l.content_id IS NULL OR l.content_id = {row}.content_id)"
BY_ADDRESS = " AND (NOT l.per_address OR m.address = asked.address)"

# What each customer has already got under each limit that concerns her. Messages after `now`
# count as well: the clocks of two workers differ, and the one that is behind must not overlook
# what the other accepted.
HISTORY = """
INSERT INTO gate_used (customer_id, limit_id, zone, address, used, newest)
SELECT asked.customer_id, l.id, asked.zone, asked.address, sent.used, sent.newest
FROM (
    SELECT DISTINCT w.customer_id, l.id AS limit_id, s.zone,
        CASE WHEN l.per_address THEN coalesce(w.address, '') ELSE '' END AS address
    FROM gate_work w
    JOIN gate_limit l ON {w_covered}
    JOIN gate_span s ON s.limit_id = l.id AND s.zone IN ('', w.zone)
    WHERE w.verdict IS NULL
) asked
JOIN gate_limit l ON l.id = asked.limit_id
JOIN gate_span s ON s.limit_id = asked.limit_id AND s.zone = asked.zone
CROSS JOIN LATERAL (
    SELECT count(*) AS used,
        (array_agg(m.accepted_at ORDER BY m.accepted_at DESC))[1:l.most] AS newest
    FROM campaigns_message m
    WHERE m.customer_id = asked.customer_id
      AND m.accepted_at >= s.since AND m.accepted_at < s.until AND {m_covered}
) sent
"""

# Each candidate with each limit in which it takes a place. Whom no limit may stop passes.
PAIRS = """
SELECT w.candidate_id, w.customer_id, w.place, w.on_loss, l.id AS limit_id, u.address,
    l.rule, l.policy_id, l.name, l.most, l.span, l.period, s.until, u.used, u.newest,
    w.purpose = ANY(l.purposes) AS judged,
    w.passed OR NOT bool_or(w.purpose = ANY(l.purposes)) OVER (PARTITION BY w.candidate_id)
        AS passed
FROM {work} w
JOIN gate_used u ON u.customer_id = w.customer_id AND u.zone IN ('', w.zone)
JOIN gate_limit l ON l.id = u.limit_id AND {w_covered}
    AND (NOT l.per_address OR u.address = coalesce(w.address, ''))
JOIN gate_span s ON s.limit_id = u.limit_id AND s.zone = u.zone
WHERE w.verdict IS NULL
"""
# After the first round only these customers have anybody whose word is not spoken; they are picked
# before anything is joined.
STILL_OPEN = """(
    SELECT * FROM gate_work g WHERE g.verdict IS NULL AND g.customer_id IN (
        SELECT o.customer_id FROM gate_work o WHERE o.verdict IS NULL AND NOT o.passed)
    OFFSET 0
)"""

# `taken`: let pass before this one; `ahead`: those and the ones still open before it. A cap goes
# before arbitration: who may have no more messages does not wait for her turn.
ROUND = """
WITH pair AS ({pairs}), counted AS (
    SELECT pair.*,
        count(*) FILTER (WHERE passed) OVER before AS taken, count(*) OVER before AS ahead,
        max(place) FILTER (WHERE passed AND rule = 'arbitration') OVER before AS winner
    FROM pair
    WINDOW before AS (
        PARTITION BY customer_id, limit_id, address ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
), told AS (
    SELECT counted.*,
        CASE WHEN span IS NULL THEN until
             WHEN taken >= most THEN %(now)s + span
             ELSE newest[most - taken] + span END AS next_at
    FROM counted WHERE judged AND NOT passed
), found AS (
    -- The limit that stops: a cap before arbitration, of these the one that lasts longest. As an
    -- array it is found by hashing; sorting in every group would take longer than all the rest.
    SELECT candidate_id, min(on_loss) AS on_loss,
        bool_and(used + ahead < most) AS passes,
        bool_or(rule <> 'arbitration' AND used + taken < most AND used + ahead >= most) AS unsure,
        max(ARRAY[(rule <> 'arbitration')::int, extract(epoch FROM next_at),
            -limit_id, used + taken, winner]::numeric[]) FILTER (WHERE used + taken >= most)
            AS worst
    FROM told GROUP BY candidate_id
), word AS (
    -- Who lost to another still waits for the word of the caps, which goes before.
    SELECT f.candidate_id, f.on_loss, f.passes,
        CASE WHEN l.id IS NULL OR l.rule = 'arbitration' AND f.unsure THEN NULL
        ELSE jsonb_strip_nulls(jsonb_build_object(
            'rule', l.rule, 'cap', l.policy_id, 'name', l.name, 'used', f.worst[4]::bigint,
            'limit', l.most, 'period', nullif(l.period, ''),
            'window_seconds', extract(epoch FROM l.span)::bigint,
            'winner', f.worst[5]::bigint,
            'next_at', timestamptz 'epoch' + (f.worst[2] * 1000000)::bigint
                * interval '1 microsecond'))
        END AS stop
    FROM found f LEFT JOIN gate_limit l ON l.id = -f.worst[3]
), settled AS (
    UPDATE gate_work w
    SET passed = word.passes,
        verdict = CASE WHEN word.stop IS NULL THEN NULL
                       WHEN word.stop ->> 'rule' = 'arbitration' AND word.on_loss = 'defer'
                       THEN 'deferred' ELSE 'stopped' END,
        rule = coalesce(word.stop ->> 'rule', ''),
        detail = coalesce(word.stop - 'rule', w.detail),
        next_at = (word.stop ->> 'next_at')::timestamptz
    FROM word
    WHERE w.candidate_id = word.candidate_id AND (word.passes OR word.stop IS NOT NULL)
)
SELECT count(*) FROM word WHERE NOT passes AND stop IS NULL
"""


def put(work: Work, limits: Iterable[Limit]) -> None:
    """Add limits to those that the batch is held against."""
    rows: list[tuple[Any, ...]] = []
    for limit in limits:
        work.limits.append(limit)
        rows.append(
            (
                len(work.limits), limit.rule, limit.policy_id, limit.name, limit.most,
                list(limit.purposes), list(limit.counted), limit.window, limit.period,
                limit.brand_id, list(limit.other_brands), limit.channel, limit.campaign_id,
                limit.journey_id, limit.content_id, limit.per_address,
            )
        )  # fmt: skip
    if rows:
        # As many statements as policies, not as candidates; psycopg sends them in one go.
        work.cursor.executemany(PUT, rows)


def count(work: Work) -> bool:
    """Count what was sent under each limit; whether any limit concerns an open candidate."""
    if not work.limits:
        return False
    spans = _spans(work)
    columns = [list(column) for column in zip(*spans, strict=True)]
    names = ("limits", "zones", "since", "until")
    work.cursor.execute(PUT_SPANS, dict(zip(names, columns, strict=True)))
    work.cursor.execute(_made(HISTORY, work.limits))
    if not work.cursor.rowcount:
        return False
    work.analyze("gate_used")
    return True


def settle(work: Work) -> None:
    """Hold the open candidates against all limits, until each is let pass or stopped."""
    statement = _made(ROUND.replace("{pairs}", PAIRS), work.limits)
    ((open_still,),) = work.fetch(statement.replace("{work}", "gate_work"))
    while open_still:
        ((open_still,),) = work.fetch(statement.replace("{work}", STILL_OPEN))


def keep_full(work: Work) -> int:
    """Forget the limits that still have a place for her; returns how many are left. For whoever
    asks about one message of each customer, none of which can take another's place."""
    work.cursor.execute(
        "DELETE FROM gate_used u USING gate_limit l WHERE l.id = u.limit_id AND u.used < l.most"
    )
    ((left,),) = work.fetch("SELECT count(*) FROM gate_used")
    work.analyze("gate_used")
    return int(left)


def used_up(work: Work) -> set[int]:
    """Customers with an open candidate that what was sent would stop. Nothing is changed."""
    pairs = _made(PAIRS, work.limits).replace("{work}", "gate_work")
    rows = work.fetch(f"SELECT DISTINCT customer_id FROM ({pairs}) p WHERE judged AND used >= most")
    return {customer for (customer,) in rows}


# helpers


def _made(statement: str, limits: Sequence[Limit]) -> str:
    """The statement with as many conditions as these limits need."""
    covers = COVERS
    if any(limit.content_id for limit in limits):
        covers += BY_CONTENT
    sent = covers.replace("{row}", "m")
    if any(limit.per_address for limit in limits):
        sent += BY_ADDRESS
    return statement.replace("{w_covered}", covers.replace("{row}", "w")).replace(
        "{m_covered}", sent
    )


def _spans(work: Work) -> list[tuple[int, str, datetime, datetime]]:
    spans: list[tuple[int, str, datetime, datetime]] = []
    zones: list[str] = []
    if any(limit.window is None for limit in work.limits):
        zones = [zone for (zone,) in work.fetch(ZONES)]
    for number, limit in enumerate(work.limits, start=1):
        if limit.window is not None:
            # A message that is exactly as old as the window no longer counts.
            since = work.now - limit.window + INSTANT
            spans.append((number, "", since, work.now + limit.window))
        else:
            spans += [(number, z, *period_of(limit.period, z, work.now)) for z in zones]
    return spans
