"""What the gate would say to a whole audience at a moment to come: asked, counted, not written.

The people stand in the temporary table `gate_people`; for each of their moments they become
candidates in the table that the gate itself works on, and the gate's own rules look at them in
their own order. So there is no second opinion about any rule, and what was foretold is what the
gate counts afterwards, as far as nothing changes until then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from campaigns.gate.rules import RULES, Reachability
from campaigns.gate.work import ACCOUNT, ADDRESS, Work
from config.database.apart import made

PEOPLE = """
CREATE TEMPORARY TABLE IF NOT EXISTS gate_people (
    customer_id bigint PRIMARY KEY, content_id bigint NOT NULL, moment timestamptz NOT NULL,
    is_control boolean NOT NULL
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS gate_later (
    candidate_id bigint PRIMARY KEY, rule varchar(24) NOT NULL, next_at timestamptz
) ON COMMIT DELETE ROWS;
"""
EMPTY = "DELETE FROM gate_people; DELETE FROM gate_later;"

MOMENTS = "SELECT DISTINCT moment FROM gate_people ORDER BY moment"

# What the claim takes for candidates that were written, see `work.CLAIM`.
CLAIM = f"""
INSERT INTO gate_work (
    candidate_id, customer_id, place, brand_id, campaign_id, journey_id, channel, purpose,
    expires_at, zone, account_id, content_version_id, address, content_id, priority, worth,
    wanted_at, due_at, on_loss
)
WITH {ACCOUNT}
SELECT -cu.id, cu.id, 1, b.id, %(campaign)s, %(journey)s, co.channel, co.purpose,
    %(now)s + %(late)s::interval, coalesce(nullif(cu.timezone, ''), b.timezone), account.id,
    co.current_id, found.address, co.id, %(priority)s, co.worth, %(now)s, %(now)s, co.on_loss
FROM gate_people p
JOIN customers_customer cu ON cu.id = p.customer_id
JOIN campaigns_content co ON co.id = p.content_id
JOIN customers_brand b ON b.id = co.brand_id
LEFT JOIN account ON account.brand_id = co.brand_id AND account.channel = co.channel
LEFT JOIN unnest(%(channels)s::text[], %(namespaces)s::text[]) AS way(channel, namespace)
    ON way.channel = co.channel
{ADDRESS.replace("{customer}", "cu.id")}
WHERE p.moment = %(now)s
"""

# Who waits is judged by the rules that follow, as she will be when her time has come. Without an
# account nobody knows when that is, so that stays what it is.
LATER = f"""
INSERT INTO gate_later
SELECT candidate_id, rule, next_at FROM gate_work
WHERE verdict = 'deferred' AND rule <> '{Reachability.code}'
  AND (expires_at IS NULL OR next_at < expires_at)
ON CONFLICT DO NOTHING
"""
GO_ON = f"""
UPDATE gate_work
SET verdict = CASE WHEN next_at >= expires_at THEN 'stopped' END,
    rule = CASE WHEN next_at >= expires_at THEN 'expired' ELSE '' END
WHERE verdict = 'deferred' AND rule <> '{Reachability.code}'
"""

COUNT = """
SELECT CASE WHEN w.verdict IS NOT NULL THEN 'stopped' WHEN l.rule IS NOT NULL THEN 'later'
            ELSE 'allowed' END,
    CASE WHEN w.verdict IS NULL THEN coalesce(l.rule, '') ELSE w.rule END,
    CASE WHEN w.verdict IS NULL THEN '' ELSE coalesce(w.detail ->> 'missing', '') END,
    w.channel, p.is_control, count(*)
FROM gate_work w
JOIN gate_people p ON p.customer_id = w.customer_id
LEFT JOIN gate_later l ON l.candidate_id = w.candidate_id
GROUP BY 1, 2, 3, 4, 5
"""


class Word(NamedTuple):
    """How many would hear the same: `verdict` is allowed, later (allowed, but not at once) or
    stopped, `missing` what a rule found missing, as in the ledger's numbers."""

    verdict: str
    rule: str
    missing: str
    channel: str
    is_control: bool
    n: int


@dataclass(frozen=True, slots=True)
class Message:
    """What all messages have in common; the contents stand beside the people."""

    journey_id: int
    campaign_id: int | None
    priority: int = 50
    late: timedelta | None = None  # of use so long after its moment


def begin(cursor: Any) -> None:
    """Make the table of the people where there is none, and empty it."""
    cursor.execute(made(PEOPLE, EMPTY))


def foretell(
    work: Work, message: Message, *, go_on: Callable[[], None] = lambda: None
) -> list[Word]:
    """The words of the gate on everybody in `gate_people`, each at her own moment.

    The number of statements depends on the number of moments, not of people. *go_on* is called
    before each of them, to stop what takes too long. Call inside a transaction; the tables are
    empty afterwards. `work.now` is where it was.
    """
    now = work.now
    values = {
        "journey": message.journey_id,
        "campaign": message.campaign_id,
        "priority": message.priority,
        "late": message.late,
    }
    sums: dict[tuple[str, str, str, str, bool], int] = {}
    for (moment,) in work.fetch(MOMENTS):
        go_on()
        work.now = moment
        work.limits.clear()
        work.clear()
        work.fill(CLAIM, values)
        for rule in RULES:
            go_on()
            rule.foretell(work)
            if rule.defers and rule.code != Reachability.code:
                work.cursor.execute(LATER)
                work.cursor.execute(GO_ON)
        for *key, n in work.fetch(COUNT):
            place = (str(key[0]), str(key[1]), str(key[2]), str(key[3]), bool(key[4]))
            sums[place] = sums.get(place, 0) + int(n)
        work.cursor.execute("DELETE FROM gate_later")
    work.now = now
    work.limits.clear()
    work.clear()
    begin(work.cursor)
    return [Word(*key, n) for key, n in sums.items()]
