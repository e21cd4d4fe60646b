"""Rule: at most so many messages to one customer within a rolling window or a calendar period.

A message counts from the moment it was accepted; one that is exactly a window old no longer
counts. Transactional messages do not stop at a cap unless it names them, and take a place in it
only if it says so.

This rule settles the round of all limits: what arbitration has put there is settled with it, since
a message that loses to another must not use up a place in a cap.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate import limits
from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate, CapPeriod, FrequencyCap
from customers.formats import duration, moment, number
from customers.models import Purpose

ALL = (Purpose.MARKETING.value, Purpose.SERVICE.value, Purpose.TRANSACTIONAL.value)
ALL_BUT_TRANSACTIONAL = ALL[:2]


class FrequencyCaps(Rule):
    code = "frequency_cap"
    label = gettext_lazy("Frequency cap")

    def judge(self, work: Work) -> None:
        limits.put(work, active_caps())
        if limits.count(work):
            limits.settle(work)

    def foretell(self, work: Work) -> None:
        """Everybody is there with one message, so only what is used up already can stop it."""
        limits.put(work, active_caps())
        if limits.count(work) and limits.keep_full(work):
            limits.settle(work)

    def say(self, candidate: Candidate) -> str:
        detail = candidate.detail
        next_at = moment_in(detail, "next_at")
        values = {
            "name": detail.get("name", "–"),
            "used": number(detail.get("used")),
            "limit": number(detail.get("limit")),
            "next": moment(next_at) if next_at else "–",
        }
        if detail.get("window_seconds") is None and detail.get("period"):
            values["period"] = CapPeriod(detail["period"]).label
            text = _(
                "The cap “%(name)s” was used up: %(used)s of %(limit)s in %(period)s. "
                "The next one may go from %(next)s."
            )
            return text % values
        values["window"] = duration(float(detail.get("window_seconds") or 0))
        return (
            _(
                "The cap “%(name)s” was used up: %(used)s of %(limit)s in %(window)s. "
                "The next one may go from %(next)s."
            )
            % values
        )


def active_caps() -> list[limits.Limit]:
    """The caps that hold, as limits; one query."""
    return [as_limit(cap) for cap in FrequencyCap.objects.filter(is_active=True).order_by("pk")]


def as_limit(cap: FrequencyCap) -> limits.Limit:
    """A cap as a limit."""
    purposes = (cap.purpose,) if cap.purpose else ALL_BUT_TRANSACTIONAL
    is_rolling = cap.period == CapPeriod.ROLLING
    return limits.Limit(
        rule=FrequencyCaps.code,
        policy_id=cap.pk,
        name=cap.name,
        most=cap.limit,
        purposes=purposes,
        counted=ALL if cap.counts_transactional and not cap.purpose else purposes,
        window=timedelta(seconds=cap.window_seconds) if is_rolling else None,
        period="" if is_rolling else cap.period,
        brand_id=cap.brand_id,
        channel=cap.channel,
        campaign_id=cap.campaign_id,
        journey_id=cap.journey_id,
        content_id=cap.content_id,
        per_address=cap.per_address,
    )
