"""The plans of the demo's brands, around today: one is over, one runs, one is to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.actions.campaigns import create_campaign, follow_calendar
from campaigns.models import Campaign, CampaignKind, Offer, OfferCode
from customers.access import Actor
from customers.models import Brand, Channel, User
from journeys.demo.people import LARKFELL, YUNZHU

# What a message costs, in the currency of the brand.
COSTS = {
    LARKFELL: {Channel.EMAIL: Decimal("0.004"), Channel.SMS: Decimal("0.048")},
    YUNZHU: {Channel.EMAIL: Decimal("0.01"), Channel.SMS: Decimal("0.045")},
}
WRITTEN_BEFORE = timedelta(days=16)  # how long before its first day a plan is made
# The plan to which each brand's journeys belong.
RUNNING = {LARKFELL: "new_members", YUNZHU: "sleeping_members"}


class Plan(NamedTuple):
    """A campaign; its first day and the day after its last are counted from today."""

    brand: str
    code: str
    name: str
    kind: CampaignKind
    first: int
    end: int
    goal: str
    target: int
    budget: int


PLANS = (
    Plan(LARKFELL, "packs_weeks", "Pack weeks", CampaignKind.PROMOTION, -74, -60,
         "200 packs in two weeks, most of them to members", 200, 9_500),
    Plan(LARKFELL, RUNNING[LARKFELL], "Welcome to new members", CampaignKind.MONTHLY, -32, 45,
         "A first order within two weeks", 260, 12_000),
    Plan(LARKFELL, "trail_days", "Trail days: boots and tents", CampaignKind.PROMOTION, 12, 26,
         "A second order from half of last season's buyers", 320, 18_000),
    Plan(YUNZHU, "tasting_week", "老客品鉴周", CampaignKind.PROMOTION, -68, -61,
         "一周内带动老会员下单 150 笔", 150, 45_000),
    Plan(YUNZHU, RUNNING[YUNZHU], "沉睡会员唤醒", CampaignKind.MONTHLY, -30, 40,
         "沉睡会员 14 天内回购", 180, 80_000),
    Plan(YUNZHU, "member_day", "会员日大促", CampaignKind.PROMOTION, 9, 16,
         "会员日当周成交 400 单", 400, 160_000),
)  # fmt: skip


class Coupon(NamedTuple):
    """An offer with its pool of codes."""

    brand: str
    code: str
    name: str
    kind: str
    value: int
    minimum: int
    prefix: str
    codes: int


COUPONS = (
    Coupon(LARKFELL, "welcome10", "10 % off the first order", "percent", 10, 0, "LARK", 500),
    Coupon(LARKFELL, "trail15", "15 % off the next trail", "percent", 15, 0, "TRAIL", 160),
    Coupon(YUNZHU, "tea20", "满 199 减 20", "amount", 20, 199, "YUN", 500),
    Coupon(YUNZHU, "birthday", "生日茶礼", "gift", 0, 0, "BDAY", 120),
)


def write_plans(
    actor: Actor, brands: Mapping[str, Brand], owners: Mapping[str, User], today: datetime
) -> None:
    """Write campaigns and offers as they are at *today*; a plan's days begin at midnight of its
    brand."""
    for plan in PLANS:
        brand = brands[plan.brand]
        starts = _midnight(brand, today, plan.first)
        made = min(starts, today) - WRITTEN_BEFORE
        campaign = create_campaign(
            actor,
            brand,
            now=made,
            code=plan.code,
            name=plan.name,
            kind=plan.kind,
            release=True,
            goal=plan.goal,
            target=plan.target,
            budget=Decimal(plan.budget),
            owner=owners[plan.brand],
            starts_at=starts,
            ends_at=_midnight(brand, today, plan.end),
            costs=COSTS[plan.brand],
        )
        # The clock of the machine wrote this column.
        Campaign.objects.filter(pk=campaign.pk).update(created_at=made)
    follow_calendar(today)
    for coupon in COUPONS:
        _offer(brands[coupon.brand], today, coupon)


# helpers


def _midnight(brand: Brand, today: datetime, days: int) -> datetime:
    zone = ZoneInfo(brand.timezone)
    day = today.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(), zone)


def _offer(brand: Brand, today: datetime, coupon: Coupon) -> None:
    offer = Offer.objects.create(
        brand=brand,
        code=coupon.code,
        name=coupon.name,
        kind=coupon.kind,
        value=coupon.value,
        minimum=coupon.minimum,
        starts_at=_midnight(brand, today, -60),
        ends_at=_midnight(brand, today, 60),
    )
    OfferCode.objects.bulk_create(
        OfferCode(offer=offer, code=f"{coupon.prefix}-{n * 7919 % 100_000:05d}-{n:04d}")
        for n in range(coupon.codes)
    )
