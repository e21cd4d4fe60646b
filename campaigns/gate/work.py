"""The candidates in hand: a temporary table that the rules look at and write their word into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from campaigns.channels import namespaces
from campaigns.gate import limits
from campaigns.gate.limits import Limit
from config.database.apart import made

# One per connection, emptied by every commit: making it each time would bloat the catalogues.
TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS gate_work (
    candidate_id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    place int NOT NULL,
    brand_id bigint NOT NULL,
    campaign_id bigint,
    journey_id bigint NOT NULL,
    channel varchar(8) NOT NULL,
    purpose varchar(16) NOT NULL,
    expires_at timestamptz,
    zone text NOT NULL,
    account_id bigint,
    content_version_id bigint,
    address text,
    content_id bigint NOT NULL,
    priority smallint NOT NULL,
    worth numeric NOT NULL,
    wanted_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    on_loss varchar(8) NOT NULL,
    leaning int NOT NULL DEFAULT 0,
    passed boolean NOT NULL DEFAULT false,
    verdict varchar(8),
    rule varchar(24) NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    next_at timestamptz
) ON COMMIT DELETE ROWS;
"""
# For a second round inside one outer transaction.
EMPTY = "DELETE FROM gate_work;"

# The newest of her addresses that the channel can use, one that she has confirmed before others.
ADDRESS = """LEFT JOIN LATERAL (
    SELECT i.value AS address
    -- "+ 0" keeps the planner from the index of all values of a namespace, which it prefers to
    -- the few identities of a customer as long as the tables are young and have no statistics.
    FROM customers_identity i JOIN customers_namespace n ON n.id = i.namespace_id + 0
    WHERE i.customer_id = {customer} AND n.code = way.namespace
    ORDER BY i.verified_at DESC NULLS LAST, i.created_at DESC, i.id DESC
    LIMIT 1
) found ON true
"""

# By brand and channel the account that carries it: the brand's own before the group's.
ACCOUNT = """account AS MATERIALIZED (
    SELECT DISTINCT ON (b.id, a.channel) b.id AS brand_id, a.channel, a.id
    FROM customers_brand b
    JOIN campaigns_channelaccount a ON a.brand_id = b.id OR a.brand_id IS NULL
    ORDER BY b.id, a.channel, (a.brand_id IS NOT NULL) DESC, a.is_default DESC, a.id
)"""

# Whole customers, the longest waiting first, until the limit is reached: claiming by message
# would let an early batch give a low priority the place of a high one. Windows over one scan and
# then joins by primary key: a join of two sets that the planner takes for one row each, as it
# does after a bulk entry, would compare everybody with everybody.
CLAIM = """
INSERT INTO gate_work (
    candidate_id, customer_id, place, brand_id, campaign_id, journey_id, channel, purpose,
    expires_at, zone, account_id, content_version_id, address, content_id, priority, worth,
    wanted_at, due_at, on_loss
)
WITH due AS (
    SELECT id, customer_id, brand_id, campaign_id, journey_id, content_id, channel, purpose,
        expires_at, context #>> '{journey,timezone}' AS zone, priority, wanted_at, due_at,
        min(due_at) OVER (PARTITION BY customer_id) AS oldest,
        count(*) OVER (PARTITION BY customer_id) AS n
    FROM campaigns_candidate
    WHERE bucket = ANY(%(buckets)s::smallint[]) AND state IN ('waiting', 'deferred')
      AND due_at <= %(now)s
), ranked AS (
    -- RANGE takes in all rows of the same customer: those of the customers before, and hers.
    SELECT due.*,
        count(*) OVER (ORDER BY oldest, customer_id RANGE UNBOUNDED PRECEDING) - n AS before
    FROM due
), {account}
SELECT
    c.id, c.customer_id,
    row_number() OVER (
        PARTITION BY c.customer_id
        ORDER BY c.priority DESC, co.worth DESC, c.wanted_at, c.due_at, c.id
    ),
    c.brand_id, c.campaign_id, c.journey_id, c.channel, c.purpose,
    c.expires_at, coalesce(nullif(cu.timezone, ''), nullif(c.zone, ''), b.timezone),
    account.id, co.current_id, found.address, c.content_id, c.priority, co.worth,
    c.wanted_at, c.due_at, co.on_loss
FROM ranked c
JOIN customers_customer cu ON cu.id = c.customer_id
JOIN customers_brand b ON b.id = c.brand_id
JOIN campaigns_content co ON co.id = c.content_id
LEFT JOIN account ON account.brand_id = c.brand_id AND account.channel = c.channel
LEFT JOIN unnest(%(channels)s::text[], %(namespaces)s::text[]) AS way(channel, namespace)
    ON way.channel = c.channel
{address}
WHERE c.before < %(limit)s
"""

# The claim's rows for candidates that nobody has written: one per customer.
IMAGINE = """
INSERT INTO gate_work (
    candidate_id, customer_id, place, brand_id, campaign_id, journey_id, channel, purpose,
    zone, address, content_id, priority, worth, wanted_at, due_at, on_loss
)
SELECT -cu.id, cu.id, 1, b.id, %(campaign)s, %(journey)s, co.channel, co.purpose,
    coalesce(nullif(cu.timezone, ''), b.timezone), found.address, co.id, 50, co.worth,
    %(now)s, %(now)s, co.on_loss
FROM customers_customer cu
JOIN campaigns_content co ON co.id = %(content)s
JOIN customers_brand b ON b.id = co.brand_id
LEFT JOIN unnest(%(channels)s::text[], %(namespaces)s::text[]) AS way(channel, namespace)
    ON way.channel = co.channel
{address}
WHERE cu.id = ANY(%(customers)s::bigint[])
"""

JUDGE = """
UPDATE gate_work w
SET verdict = judged.verdict, rule = %(rule)s, detail = judged.detail, next_at = judged.next_at
FROM ({select}) AS judged (candidate_id, verdict, detail, next_at)
WHERE judged.candidate_id = w.candidate_id AND w.verdict IS NULL
"""

# Below this PostgreSQL's guess about a small table is good enough.
ANALYZE_FROM = 500


@dataclass(slots=True)
class Work:
    """The claimed candidates: rows of `gate_work` whose `verdict` is still empty are open."""

    cursor: CursorWrapper
    now: datetime
    limits: list[Limit] = field(default_factory=list, init=False)
    size: int = field(default=0, init=False)
    # Of foretelling: one in so many customers is looked at, and places of quotas that were given
    # away at earlier moments (in looked-at customers), by quota and period.
    sample: int = 1
    foretold: dict[tuple[int, datetime], int] = field(default_factory=dict, init=False)

    def claim(self, buckets: Sequence[int], limit: int) -> int:
        """Take the due candidates of *buckets* into the table; returns how many."""
        self.clear()
        claim = CLAIM.replace("{address}", ADDRESS.replace("{customer}", "c.customer_id"))
        self.fill(claim.replace("{account}", ACCOUNT), {"buckets": list(buckets), "limit": limit})
        return self.size

    def imagine(
        self, customers: Sequence[int], content: int, journey: int, campaign: int | None
    ) -> int:
        """Put a candidate of *content* for each customer into the table, as if it were due now."""
        self.clear()
        told: dict[str, Any] = {
            "customers": list(customers), "content": content, "journey": journey,
            "campaign": campaign,
        }  # fmt: skip
        self.fill(IMAGINE.replace("{address}", ADDRESS.replace("{customer}", "cu.id")), told)
        return self.size

    def clear(self) -> None:
        """Make the tables where there are none, and empty them."""
        self.cursor.execute(made(TABLES + limits.TABLES, EMPTY + limits.EMPTY))

    def fill(self, statement: str, params: Mapping[str, Any]) -> None:
        """Put rows into the table; *statement* may use %(now)s, %(channels)s, %(namespaces)s."""
        known = namespaces()
        spaces: dict[str, Any] = {"channels": list(known), "namespaces": list(known.values())}
        self.cursor.execute(statement, {"now": self.now, **spaces, **params})
        self.size = self.cursor.rowcount
        self.analyze("gate_work")

    def judge(self, rule: str, select: str, params: Mapping[str, Any] | None = None) -> int:
        """Write the word of *rule* on the open candidates that *select* names.

        *select* yields (candidate_id, verdict, detail, next_at); it may use %(now)s. Candidates
        that it does not name go on to the next rule. Returns how many were judged.
        """
        self.cursor.execute(
            JUDGE.replace("{select}", select), {"now": self.now, **(params or {}), "rule": rule}
        )
        return int(self.cursor.rowcount)

    def fetch(self, select: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Read from the table."""
        self.cursor.execute(select, {"now": self.now, **(params or {})})
        return list(self.cursor.fetchall())

    def analyze(self, table: str) -> None:
        """Tell the planner how large the table is, when that matters."""
        if self.size >= ANALYZE_FROM:
            self.cursor.execute(f"ANALYZE {table}")
