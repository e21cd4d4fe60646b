"""The reach waterfall of a send: the question that its plan asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from campaigns.evaluation.waterfall import Control, Question, Waterfall, waterfall
from campaigns.models import Content
from customers.models import Brand
from journeys.actions.change import JourneyRefused
from journeys.engine.versions import LATENESS
from journeys.models import Send
from journeys.nodes.branch_holdout import salt_of
from journeys.nodes.clock import moment_at, zone_of
from journeys.nodes.crontab import occurrences
from journeys.nodes.trigger_schedule import EARLIEST
from journeys.sends.plan import Plan

# A day of the month comes at least so often.
FAR = timedelta(days=63)


def foresee(send: Send, plan: Plan, now: datetime) -> Waterfall:
    """Ask the gate about everybody whom *plan* is meant for, at the next moment at which it goes.

    Raises JourneyRefused for a content that is gone, and what `waterfall` raises.
    """
    journey = send.journey
    return waterfall(
        Question(
            brand=journey.brand,
            audience=plan.audience(),
            exclude=plan.excluded(),
            contents=contents_of(plan, journey.brand),
            moment=max(now, next_moment(plan, journey.brand, now) or now),
            local=next_local(plan, now) if plan.own_clock else None,
            control=Control(salt_of(group_of(send)), plan.control / 100) if plan.control else None,
            waves=plan.waves,
            every=plan.every,
            journey_id=journey.pk,
            campaign_id=send.campaign_id,
            priority=journey.priority,
            late=LATENESS,
        ),
        now,
    )


def group_of(send: Send) -> str:
    """Whose control group the sends of a campaign share: whoever is in it gets none of them."""
    return send.campaign.code


def contents_of(plan: Plan, brand: Brand) -> Sequence[Content]:
    """The contents of *plan* in their order; raises JourneyRefused for one that is gone."""
    found = {
        each.code: each for each in Content.objects.filter(brand=brand, code__in=plan.contents)
    }
    for code in plan.contents:
        if code not in found:
            raise JourneyRefused(_("There is no content “%s” any more. Choose another.") % code)
    return [found[code] for code in plan.contents]


def next_moment(plan: Plan, brand: Brand, now: datetime) -> datetime | None:
    """When it goes next (UTC): on customers' own clocks where that is first; None: at once, or
    never again. The moment of what goes once may be past."""
    zone = ZoneInfo(EARLIEST) if plan.own_clock else zone_of(plan.zone or brand.timezone)
    if plan.at is not None:
        if plan.at.tzinfo:
            return plan.at.astimezone(UTC)
        return moment_at(plan.at.date(), plan.at.time(), zone)
    if plan.repeat is None:
        return None
    coming = occurrences(plan.repeat.crontab, zone, now, now + FAR)
    return coming[0] if coming else None


def next_local(plan: Plan, now: datetime) -> datetime | None:
    """What the customers' own clocks show when it comes to them next."""
    if plan.at is not None:
        return plan.at
    if plan.repeat is None:
        return None
    zone = ZoneInfo(EARLIEST)
    coming = occurrences(plan.repeat.crontab, zone, now, now + FAR)
    return coming[0].astimezone(zone).replace(tzinfo=None) if coming else None
