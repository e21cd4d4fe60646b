"""Rule: of the messages that want the same customer within a window, one goes.

They compete by priority, then by her own leaning (how often she answered such messages), then by
what an answer is worth, then by age. The loser waits until the next one may go or is dropped, as
its content says, and is told to whom it lost. Transactional messages never compete.

What this rule finds is a limit of one message in the window, and is settled with the caps: see
`limits`. Here it puts the limits there, orders those who compete, and names the winners.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate import limits
from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Arbitration, Candidate
from customers.formats import moment
from customers.models import Purpose

# How far back it is looked at what she answered.
MEMORY = timedelta(days=90)

# Only where priority does not decide. Messages of the same journey tell more than those of the
# channel. Four imagined messages with one answer stand beside hers: of who got one message and
# opened it, nobody says that she answers always.
LEANING = """
WITH tied AS (
    SELECT DISTINCT customer_id FROM (
        SELECT customer_id, count(*) OVER (PARTITION BY customer_id, priority) AS n
        FROM gate_work WHERE verdict IS NULL AND purpose <> 'transactional'
    ) same WHERE n > 1
), sent AS (
    SELECT m.customer_id, m.journey_id, m.channel, count(*) AS n,
        count(*) FILTER (WHERE m.opened_at <= %(now)s OR m.clicked_at <= %(now)s) AS answered
    FROM tied JOIN campaigns_message m USING (customer_id)
    WHERE m.accepted_at > %(now)s - %(memory)s AND m.accepted_at <= %(now)s
      AND m.purpose <> 'transactional'
    GROUP BY 1, 2, 3
), leaning AS (
    SELECT w.candidate_id,
        CASE WHEN sum(s.n) FILTER (WHERE s.journey_id = w.journey_id) > 0
             THEN (sum(s.answered) FILTER (WHERE s.journey_id = w.journey_id) + 1) * 1000
                  / (sum(s.n) FILTER (WHERE s.journey_id = w.journey_id) + 4)
             ELSE (coalesce(sum(s.answered) FILTER (WHERE s.channel = w.channel), 0) + 1) * 1000
                  / (coalesce(sum(s.n) FILTER (WHERE s.channel = w.channel), 0) + 4)
        END::int AS permille
    FROM gate_work w JOIN tied USING (customer_id) LEFT JOIN sent s USING (customer_id)
    WHERE w.verdict IS NULL
    GROUP BY w.candidate_id, w.journey_id, w.channel
), placed AS (
    SELECT w.candidate_id, l.permille,
        row_number() OVER (
            PARTITION BY w.customer_id
            ORDER BY w.priority DESC, l.permille DESC, w.worth DESC, w.wanted_at, w.due_at,
                w.candidate_id
        ) AS place
    FROM gate_work w JOIN leaning l USING (candidate_id)
)
UPDATE gate_work w SET leaning = placed.permille, place = placed.place
FROM placed WHERE placed.candidate_id = w.candidate_id
"""

# The winner of the same batch by its place, else the message that went before.
WINNERS = """
UPDATE gate_work w
SET detail = w.detail - 'winner' || jsonb_build_object(
    'to', coalesce(found.candidate_id, 0), 'by', found.by, 'node', found.node,
    'journey', found.journey_id)
FROM (
    SELECT lost.candidate_id AS loser, won.candidate_id, c.node, won.journey_id,
        CASE WHEN won.priority > lost.priority THEN 'priority'
             WHEN won.leaning > lost.leaning THEN 'leaning'
             WHEN won.worth > lost.worth THEN 'worth' ELSE 'age' END AS by
    FROM gate_work lost
    JOIN gate_work won ON won.customer_id = lost.customer_id
        AND won.place = (lost.detail ->> 'winner')::int
    JOIN campaigns_candidate c ON c.id = won.candidate_id
    WHERE lost.rule = 'arbitration' AND lost.detail ->> 'winner' IS NOT NULL
    UNION ALL
    SELECT lost.candidate_id, before.candidate_id, before.node, before.journey_id, 'earlier'
    FROM gate_work lost
    JOIN gate_limit l ON l.rule = 'arbitration' AND l.policy_id = (lost.detail ->> 'cap')::bigint
    LEFT JOIN LATERAL (
        SELECT m.candidate_id, m.node, m.journey_id FROM campaigns_message m
        WHERE m.customer_id = lost.customer_id AND m.accepted_at > %(now)s - l.span
          AND m.accepted_at < %(now)s + l.span AND {covered}
        ORDER BY m.accepted_at DESC, m.id DESC LIMIT 1
    ) before ON true
    WHERE lost.rule = 'arbitration' AND lost.detail ->> 'winner' IS NULL
) AS found
WHERE found.loser = w.candidate_id
"""


class ArbitrationRule(Rule):
    code = "arbitration"
    label = gettext_lazy("Arbitration")

    def judge(self, work: Work) -> None:
        found = active_arbitrations()
        if found:
            params: dict[str, Any] = {"now": work.now, "memory": MEMORY}
            work.cursor.execute(LEANING, params)
            limits.put(work, found)

    def finish(self, work: Work) -> None:
        """Name the winners, once the limits are settled."""
        if any(limit.rule == self.code for limit in work.limits):
            covered = limits.COVERS.replace("{row}", "m")
            work.cursor.execute(WINNERS.replace("{covered}", covered), {"now": work.now})

    def say(self, candidate: Candidate) -> str:
        from campaigns.words import rank_of

        detail = candidate.detail
        next_at = moment_in(detail, "next_at")
        values = {
            "id": detail.get("to") or "–",
            "node": detail.get("node") or "–",
            "why": rank_of(str(detail.get("by") or "")),
            "next": moment(next_at) if next_at else "–",
        }
        if candidate.state == "deferred":
            text = _(
                "Another message went first: no. %(id)s of the step “%(node)s”, because %(why)s. "
                "This one is looked at again %(next)s."
            )
        else:
            text = _(
                "Another message went first: no. %(id)s of the step “%(node)s”, because %(why)s. "
                "Its content says that it does not wait then."
            )
        return text % values


def active_arbitrations() -> list[limits.Limit]:
    """The arbitrations that hold, as limits of one message; one query."""
    rows = list(Arbitration.objects.order_by("pk"))
    own = [row.brand_id for row in rows if row.brand_id is not None]
    return [
        limits.Limit(
            rule=ArbitrationRule.code,
            policy_id=row.pk,
            name="",
            most=1,
            purposes=competing(row),
            counted=competing(row),
            window=timedelta(seconds=row.window_seconds),
            brand_id=row.brand_id,
            other_brands=() if row.brand_id else own,
        )
        for row in rows
        if row.is_active
    ]


def competing(row: Arbitration) -> tuple[str, ...]:
    """The purposes whose messages compete."""
    service = (Purpose.SERVICE.value,) if row.includes_service else ()
    return (Purpose.MARKETING.value, *service)
