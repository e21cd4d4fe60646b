"""Rule: a brand sends at most so much on a channel in an hour, day or month of its clock.

The last rule: it is about the channel, not about her. Workers take turns at the row that counts a
quota, from here until they commit, so it is exact; with no quota nobody waits. A transactional
message passes and takes a place. Who waits here has passed the caps of this round and is held
against them again then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.periods import period_of
from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate, Quota, QuotaAction, QuotaPeriod, QuotaUse
from customers.formats import moment, number

CONCERNED = """
SELECT q.id FROM campaigns_quota q
WHERE q.is_active AND EXISTS (
    SELECT 1 FROM gate_work w
    WHERE w.verdict IS NULL AND w.brand_id = q.brand_id AND w.channel = q.channel
)
ORDER BY q.id
"""
OPEN = """
INSERT INTO campaigns_quotause (quota_id, starts_at, used)
SELECT * FROM unnest(%(quotas)s::bigint[], %(starts)s::timestamptz[], %(none)s::int[])
ON CONFLICT (quota_id, starts_at) DO NOTHING
"""
# In one order, so that two workers never wait for each other.
LOCK = """
SELECT u.quota_id, u.used FROM campaigns_quotause u
JOIN unnest(%(quotas)s::bigint[], %(starts)s::timestamptz[]) AS mine (quota_id, starts_at)
    USING (quota_id, starts_at)
ORDER BY u.quota_id
FOR UPDATE OF u
"""
# Transactional messages take their places first, however many are left.
SELECT = """
WITH ranked AS (
    SELECT w.candidate_id, w.purpose, q.*,
        row_number() OVER (
            PARTITION BY w.brand_id, w.channel
            ORDER BY w.purpose = 'transactional' DESC, w.priority DESC, w.wanted_at, w.due_at,
                w.candidate_id
        ) AS place
    FROM gate_work w
    JOIN unnest(
        %(brands)s::bigint[], %(channels)s::text[], %(remaining)s::int[], %(verdicts)s::text[],
        %(quotas)s::bigint[], %(limits)s::int[], %(periods)s::text[], %(ends)s::timestamptz[]
    ) AS q (brand_id, channel, remaining, verdict, quota_id, most, period, ends_at)
        ON q.brand_id = w.brand_id AND q.channel = w.channel
    WHERE w.verdict IS NULL
)
SELECT candidate_id, verdict,
    jsonb_build_object('quota', quota_id, 'limit', most, 'period', period, 'next_at', ends_at),
    CASE WHEN verdict = 'deferred' THEN ends_at END
FROM ranked WHERE place > remaining AND purpose <> 'transactional'
"""
PASSED = """SELECT brand_id, channel, count(*) AS n
    FROM gate_work WHERE verdict IS NULL GROUP BY 1, 2"""
TAKE = f"""
UPDATE campaigns_quotause u SET used = u.used + taken.n
FROM unnest(%(quotas)s::bigint[], %(starts)s::timestamptz[], %(brands)s::bigint[],
    %(channels)s::text[]) AS mine (quota_id, starts_at, brand_id, channel)
JOIN (
    {PASSED}
) taken USING (brand_id, channel)
WHERE u.quota_id = mine.quota_id AND u.starts_at = mine.starts_at
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A quota in its present period."""

    quota: Quota
    starts_at: datetime
    ends_at: datetime
    used: int = 0

    @property
    def key(self) -> tuple[int, datetime]:
        """What its count is kept under."""
        return self.quota.pk, self.starts_at

    @property
    def remaining(self) -> int:
        return max(0, self.quota.limit - self.used)


class Quotas(Rule):
    code = "quota"
    label = gettext_lazy("Channel quota")

    def judge(self, work: Work) -> None:
        ids = [id for (id,) in work.fetch(CONCERNED)]
        if not ids:
            return
        running = locked(work, ids)
        self._hold(work, running)
        work.cursor.execute(
            TAKE,
            {
                "quotas": [each.quota.pk for each in running],
                "starts": [each.starts_at for each in running],
                "brands": [each.quota.brand_id for each in running],
                "channels": [each.quota.channel for each in running],
            },
        )

    def foretell(self, work: Work) -> None:
        """Nothing is locked or taken; what was foretold for an earlier moment of the same period
        has its places."""
        ids = [id for (id,) in work.fetch(CONCERNED)]
        if not ids:
            return
        running = in_period(work, ids)
        uses = QuotaUse.objects.filter(
            quota__in=ids, starts_at__in={each.starts_at for each in running}
        )
        used = {(use.quota_id, use.starts_at): use.used for use in uses}
        ahead = work.foretold
        running = [
            replace(each, used=used.get(each.key, 0) + ahead.get(each.key, 0) * work.sample)
            for each in running
        ]
        self._hold(work, running)
        passed = {(brand, channel): n for brand, channel, n in work.fetch(PASSED)}
        for each in running:
            n = passed.get((each.quota.brand_id, each.quota.channel), 0)
            ahead[each.key] = ahead.get(each.key, 0) + n

    def _hold(self, work: Work, running: Sequence[Running]) -> None:
        """Judge what finds no place any more."""
        # Quotas of one brand and channel differ in their period only, so the one with the fewest
        # places decides for all.
        binding: dict[tuple[int, str], Running] = {}
        for each in sorted(running, key=lambda each: (each.remaining, -each.ends_at.timestamp())):
            binding.setdefault((each.quota.brand_id, each.quota.channel), each)
        deciding = list(binding.values())
        work.judge(
            self.code,
            SELECT,
            {
                "brands": [each.quota.brand_id for each in deciding],
                "channels": [each.quota.channel for each in deciding],
                "remaining": [each.remaining // work.sample for each in deciding],
                "verdicts": [
                    "stopped" if each.quota.action == QuotaAction.SKIP else "deferred"
                    for each in deciding
                ],
                "quotas": [each.quota.pk for each in deciding],
                "limits": [each.quota.limit for each in deciding],
                "periods": [each.quota.period for each in deciding],
                "ends": [each.ends_at for each in deciding],
            },
        )

    def say(self, candidate: Candidate) -> str:
        detail = candidate.detail
        next_at = moment_in(detail, "next_at")
        period = detail.get("period")
        values = {
            "limit": number(detail.get("limit")),
            "channel": candidate.get_channel_display(),
            "period": QuotaPeriod(period).label if period in QuotaPeriod.values else "–",
            "next": moment(next_at) if next_at else "–",
        }
        if candidate.state == "deferred":
            text = _(
                "The quota of %(limit)s by %(channel)s in one %(period)s was used up. It is looked "
                "at again %(next)s."
            )
        else:
            text = _("The quota of %(limit)s by %(channel)s in one %(period)s was used up.")
        return text % values


def locked(work: Work, ids: Sequence[int]) -> list[Running]:
    """The quotas in their present periods, their counts held until commit."""
    running = in_period(work, ids)
    params: dict[str, Any] = {
        "quotas": [each.quota.pk for each in running],
        "starts": [each.starts_at for each in running],
    }
    work.cursor.execute(OPEN, {**params, "none": [0] * len(running)})
    used = dict(work.fetch(LOCK, params))
    return [replace(each, used=used[each.quota.pk]) for each in running]


def in_period(work: Work, ids: Sequence[int]) -> list[Running]:
    """The quotas in their present periods, not counted yet."""
    found = Quota.objects.filter(pk__in=ids).select_related("brand").order_by("pk")
    return [
        Running(quota, *period_of(quota.period, quota.brand.timezone, work.now)) for quota in found
    ]
