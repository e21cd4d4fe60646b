"""Rule: nothing goes out in the quiet hours of the customer's own clock.

What becomes of a message then is said for each purpose: it waits, is not sent, or goes all the
same, as transactional ones do unless somebody says otherwise: she is waiting for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.periods import zone_of
from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate, QuietAction
from customers.formats import moment

PURPOSES = ("marketing", "service", "transactional")

# A brand's own hours replace those of the group, even when they are switched off.
CLOCKS = """
SELECT DISTINCT w.brand_id, w.zone, b.timezone, q.starts, q.ends,
    q.marketing, q.service, q.transactional
FROM gate_work w
JOIN customers_brand b ON b.id = w.brand_id
JOIN LATERAL (
    SELECT q.* FROM campaigns_quiethours q
    WHERE q.brand_id = w.brand_id OR q.brand_id IS NULL
    ORDER BY q.brand_id NULLS LAST LIMIT 1
) q ON q.is_active
WHERE w.verdict IS NULL
"""

SELECT = """
SELECT w.candidate_id, quiet.verdict,
    jsonb_build_object('zone', quiet.clock, 'from', quiet.starts, 'until', quiet.ends,
        'next_at', quiet.over),
    CASE WHEN quiet.verdict = 'deferred' THEN quiet.over END
FROM gate_work w
JOIN unnest(
    %(brands)s::bigint[], %(zones)s::text[], %(purposes)s::text[], %(clocks)s::text[],
    %(verdicts)s::text[], %(starts)s::text[], %(ends)s::text[], %(overs)s::timestamptz[]
) AS quiet (brand_id, zone, purpose, clock, verdict, starts, ends, over)
    ON quiet.brand_id = w.brand_id AND quiet.zone = w.zone AND quiet.purpose = w.purpose
WHERE w.verdict IS NULL
"""


class Quiet(NamedTuple):
    """A clock on which it is quiet just now."""

    brand_id: int
    zone: str
    purpose: str
    clock: str
    verdict: str
    starts: str
    ends: str
    over: datetime


class QuietHours(Rule):
    code = "quiet_hours"
    label = gettext_lazy("Quiet hours")

    def judge(self, work: Work) -> None:
        quiet = []
        for brand_id, zone, brand_zone, starts, ends, *actions in work.fetch(CLOCKS):
            clock = zone_of(zone, brand_zone)
            over = quiet_until(work.now, clock, starts, ends)
            if over is None:
                continue
            hours = (f"{starts:%H:%M}", f"{ends:%H:%M}")
            for purpose, verdict in verdicts_of(actions):
                quiet.append(Quiet(brand_id, zone, purpose, clock.key, verdict, *hours, over))
        if quiet:
            names = ("brands", "zones", "purposes", "clocks", "verdicts", "starts", "ends", "overs")
            columns = (list(column) for column in zip(*quiet, strict=True))
            work.judge(self.code, SELECT, dict(zip(names, columns, strict=True)))

    def say(self, candidate: Candidate) -> str:
        detail = candidate.detail
        over = moment_in(detail, "next_at")
        clock = zone_of(str(detail.get("zone", "")))
        values = {
            "from": detail.get("from", "–"),
            "until": detail.get("until", "–"),
            "local": f"{over.astimezone(clock):%H:%M}" if over else "–",
            "zone": clock.key,
            "next": moment(over) if over else "–",
        }
        if candidate.state == "deferred":
            return (
                _(
                    "It was quiet on the customer's clock (%(from)s to %(until)s, %(zone)s). "
                    "It goes on at %(local)s there, that is %(next)s here."
                )
                % values
            )
        return (
            _(
                "It was quiet on the customer's clock (%(from)s to %(until)s, %(zone)s), "
                "and messages of those hours are not sent."
            )
            % values
        )


def verdicts_of(actions: Sequence[str]) -> list[tuple[str, str]]:
    """Purposes whose messages may not go, with the verdict; *actions* are in the order of
    `PURPOSES`."""
    word = {QuietAction.DEFER: "deferred", QuietAction.SKIP: "stopped"}
    return [
        (purpose, word[QuietAction(action)])
        for purpose, action in zip(PURPOSES, actions, strict=True)
        if action != QuietAction.PASS
    ]


def quiet_until(now: datetime, zone: ZoneInfo, starts: time, ends: time) -> datetime | None:
    """When the quiet hours around *now* are over (UTC), or None when it is not quiet.

    The hours begin with *starts* and end before *ends*, the next day when that is earlier. Where
    clocks jump, a missing time moves forward and a doubled one is its first.
    """
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if ends > starts else day + timedelta(days=1)
        begin = datetime.combine(day, starts, zone).astimezone(UTC)
        end = datetime.combine(last, ends, zone).astimezone(UTC)
        if begin <= now < end:
            return end
    return None
