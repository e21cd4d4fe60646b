"""Rule: nothing goes out on the holidays of the customer's own calendar.

Holidays of the group hold for every brand, beside those of its own. Where several hold on one
day, the strictest word counts: not sent before waits. What waits goes on the first day that is no
holiday for it; quiet hours are looked at then.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.periods import midnight, zone_of
from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.rules.quiet_hours import verdicts_of
from campaigns.gate.work import Work
from campaigns.models import Candidate, Holiday
from customers.formats import day, moment

CLOCKS = """
SELECT DISTINCT w.brand_id, w.zone, b.timezone, w.purpose
FROM gate_work w JOIN customers_brand b ON b.id = w.brand_id
WHERE w.verdict IS NULL
"""

SELECT = """
SELECT w.candidate_id, free.verdict,
    jsonb_build_object('name', free.name, 'zone', free.clock, 'day', free.today,
        'next_at', free.over),
    CASE WHEN free.verdict = 'deferred' THEN free.over END
FROM gate_work w
JOIN unnest(
    %(brands)s::bigint[], %(zones)s::text[], %(purposes)s::text[], %(clocks)s::text[],
    %(verdicts)s::text[], %(names)s::text[], %(days)s::date[], %(overs)s::timestamptz[]
) AS free (brand_id, zone, purpose, clock, verdict, name, today, over)
    ON free.brand_id = w.brand_id AND free.zone = w.zone AND free.purpose = w.purpose
WHERE w.verdict IS NULL
"""


class Free(NamedTuple):
    """A clock and a purpose for which it is a holiday just now."""

    brand_id: int
    zone: str
    purpose: str
    clock: str
    verdict: str
    name: str
    today: date
    over: datetime


class Holidays(Rule):
    code = "holiday"
    label = gettext_lazy("Holidays")

    def judge(self, work: Work) -> None:
        around = work.now.date()
        # A day to both sides: it is another date elsewhere.
        near = list(
            Holiday.objects.filter(
                is_active=True,
                ends_on__gte=around - timedelta(days=1),
                starts_on__lte=around + timedelta(days=1),
            ).order_by("starts_on", "pk")
        )
        if not near:
            return
        coming = list(
            Holiday.objects.filter(is_active=True, ends_on__gte=around - timedelta(days=1))
            .filter(starts_on__lte=around + timedelta(days=366))
            .order_by("starts_on", "pk")
        )
        found = []
        for brand_id, zone, brand_zone, purpose in work.fetch(CLOCKS):
            clock = zone_of(zone, brand_zone)
            today = work.now.astimezone(clock).date()
            told = word_on(coming, brand_id, purpose, today)
            if told is None:
                continue
            verdict, name = told
            last = today
            while word_on(coming, brand_id, purpose, last + timedelta(days=1)):
                last += timedelta(days=1)
            over = midnight(last + timedelta(days=1), clock)
            found.append(Free(brand_id, zone, purpose, clock.key, verdict, name, today, over))
        if found:
            names = ("brands", "zones", "purposes", "clocks", "verdicts", "names", "days", "overs")
            columns = (list(column) for column in zip(*found, strict=True))
            work.judge(self.code, SELECT, dict(zip(names, columns, strict=True)))

    def say(self, candidate: Candidate) -> str:
        detail = candidate.detail
        over = moment_in(detail, "next_at")
        values = {
            "name": detail.get("name", "–"),
            "day": day(date.fromisoformat(detail["day"])) if detail.get("day") else "–",
            "zone": zone_of(str(detail.get("zone", ""))).key,
            "next": moment(over) if over else "–",
        }
        if candidate.state == "deferred":
            text = _(
                "It was %(day)s on the customer's calendar (%(zone)s): %(name)s. It goes on "
                "%(next)s."
            )
        else:
            text = _(
                "It was %(day)s on the customer's calendar (%(zone)s): %(name)s. Such messages "
                "are not sent then."
            )
        return text % values


def word_on(
    holidays: list[Holiday], brand_id: int, purpose: str, today: date
) -> tuple[str, str] | None:
    """The verdict on messages of *purpose* and the holiday's name, when *today* is one for them."""
    found = [
        (verdict, each.name)
        for each in holidays
        if each.brand_id in (None, brand_id) and each.starts_on <= today <= each.ends_on
        for kind, verdict in verdicts_of((each.marketing, each.service, each.transactional))
        if kind == purpose
    ]
    return max(found, key=lambda each: each[0] == "stopped", default=None)
