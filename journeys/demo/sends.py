"""Sends of the demo's campaigns: two have gone out, one is planned in waves, one is a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.models import Campaign
from customers.access import Actor
from customers.models import Brand
from journeys.actions.sends import count_send, save_send, start_send
from journeys.demo.people import LARKFELL, YUNZHU
from journeys.demo.plans import RUNNING
from journeys.sends.plan import Plan, Repeat

# How long before the demo's now the sends of last week went out.
AGO = timedelta(days=6)
GONE = {
    LARKFELL: Plan(
        name="A weekend in the fells: the story",
        contents=("trail_story",),
        segment="active_30d",
        exclude="gold_members",
        control=10.0,
        goal="order_paid",
    ),
    YUNZHU: Plan(
        name="普洱新茶到店",
        contents=("win_back_mail", "win_back_sms"),
        segment="puer_lovers",
        waves=3,
        every=timedelta(hours=1),
        goal="order_paid",
        within=timedelta(days=5),
    ),
}


def send_last_week(actor: Actor, brands: Mapping[str, Brand], now: datetime) -> None:
    """Start what goes at once; the clock of the history walks it."""
    for brand, plan in GONE.items():
        _start(actor, _campaign(brands[brand], RUNNING[brand]), plan, now)


def plan_sends(actor: Actor, brands: Mapping[str, Brand], now: datetime) -> None:
    """What is still to come: in waves on the first day of a plan, every week, and a draft."""
    trail = _campaign(brands[LARKFELL], "trail_days")
    first = trail.starts_at or now
    day = first.astimezone(ZoneInfo(trail.brand.timezone)).date()
    boots = Plan(
        name="Boots for the season",
        contents=("coupon_mail", "offer_reminder_sms"),
        segment="repeat_buyers",
        exclude="packs_fans",
        at=datetime.combine(day, time(10)),
        waves=4,
        every=timedelta(hours=1),
        control=10.0,
        goal="order_paid",
        within=timedelta(days=14),
    )
    _start(actor, trail, boots, now)
    weekly = Plan(
        name="每周四茶讯",
        contents=("win_back_mail",),
        segment="sleeping_tea",
        repeat=Repeat(time(19, 30), ("thu",)),
        own_clock=True,
    )
    _start(actor, _campaign(brands[YUNZHU], RUNNING[YUNZHU]), weekly, now)
    member_day = _campaign(brands[YUNZHU], "member_day")
    teaser = Plan(name="会员日预告", contents=("birthday_sms",), segment="gold_members")
    send = save_send(actor, member_day, teaser, now=now)
    count_send(actor, send, now=now)


# helpers


def _campaign(brand: Brand, code: str) -> Campaign:
    return Campaign.objects.select_related("brand").get(brand=brand, code=code)


def _start(actor: Actor, campaign: Campaign, plan: Plan, now: datetime) -> None:
    send = save_send(actor, campaign, plan, now=now)
    count_send(actor, send, now=now)
    start_send(actor, send, now=now, typed=campaign.name)
