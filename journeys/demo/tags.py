"""The tags of the demo: how each is computed, by the product itself, from what people did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customers.access import Actor
from customers.actions.tags import create
from customers.models import Brand, Tag, TagCategory
from customers.tags.clock import next_refresh, zone_of
from customers.tags.look import in_order
from customers.tags.presets import named, rfm, stages
from customers.tags.refresh import refresh
from journeys.demo.people import LARKFELL, YUNZHU

HALF_YEAR = "180d"
ORDERS: dict[str, Any] = {"event": "order_paid", "within": HALF_YEAR}
CATEGORIES = (("Lifecycle", "生命周期"), ("Value", "价值"), ("Interests", "兴趣偏好"),
              ("Predictions", "预测"))  # fmt: skip


class Wanted(NamedTuple):
    """A tag: code, both names, shelf, brand or "", description, fact or model, follows events."""

    code: str
    name: str
    chinese: str
    shelf: str
    brand: str
    description: str
    definition: dict[str, Any]
    follows: bool = False


def fact(**fact: Any) -> dict[str, Any]:
    return {"schema": 1, "fact": fact}


def model(**model: Any) -> dict[str, Any]:
    return {"schema": 1, "model": model}


def aipl() -> list[dict[str, Any]]:
    """Known at all, looked lately, bought, bought often."""
    rules: tuple[dict[str, Any], ...] = (
        {"all": []},
        {"event": "product_viewed", "within": "60d"},
        ORDERS,
        ORDERS | {"count": {"gte": 3}},
    )
    return [each | {"rule": rule} for each, rule in zip(stages("aipl"), rules, strict=True)]


TAGS = (
    Wanted("tier", "Member tier", "会员等级", "Value", "",
           "Bronze, silver or gold, by the orders of half a year.",
           model(of="tiers", fact={"of": "count", "event": "order_paid", "window": HALF_YEAR},
                 cuts={"values": [2, 5]},
                 names=[named("bronze", "Bronze", "铜卡"), named("silver", "Silver", "银卡"),
                        named("gold", "Gold", "金卡")])),
    Wanted("lifecycle", "Lifecycle stage", "生命周期阶段", "Lifecycle", "",
           "New, active, loyal, sleeping or lost, by looks into the shop.",
           model(of="lifecycle", event="product_viewed", new_days=30, active_days=30,
                 sleeping_days=90, loyal_times=40)),
    Wanted("stage", "AIPL stage", "AIPL 阶段", "Lifecycle", "",
           "From being known to buying again and again.",
           model(of="stages", kind="aipl", stages=aipl())),
    Wanted("rfm_larkfell", "RFM, Larkfell", "RFM（云雀岭户外）", "Value", LARKFELL,
           "Who bought lately, often and for much, in fifths.",
           model(**rfm("order_paid", "amount"))),
    Wanted("rfm_yunzhu", "RFM, Yunzhu Tea", "RFM（云渚茶事）", "Value", YUNZHU,
           "Who bought lately, often and for much, in fifths.",
           model(**rfm("order_paid", "amount"))),
    Wanted("favourite_category", "Favourite category", "偏好品类", "Interests", "",
           "The category that was looked at most in half a year.",
           fact(of="favourite", event="product_viewed", property="category", window=HALF_YEAR),
           follows=True),
    Wanted("channel_preference", "Preferred channel", "偏好渠道", "Interests", "",
           "The channel of the messages that the customer opens most.",
           fact(of="favourite", event="message_opened", property="channel", window="90d"),
           follows=True),
    Wanted("orders_count", "Orders", "订单数", "Value", "", "Paid orders in half a year.",
           fact(of="count", event="order_paid", window=HALF_YEAR), follows=True),
    Wanted("days_since_order", "Days since the last order", "距上次下单天数", "Value", "",
           "Whole days since the last paid order.", fact(of="days_since", event="order_paid")),
    Wanted("spent_larkfell", "Spent at Larkfell", "云雀岭户外消费额", "Value", LARKFELL,
           "Pounds paid in half a year.",
           fact(of="sum", event="order_paid", property="amount", window=HALF_YEAR),
           follows=True),
    Wanted("coupon_lover", "Likes coupons", "优惠券敏感", "Interests", "",
           "Used coupons at least twice in half a year.",
           model(of="rules", values=[named("yes", "Yes", "是") | {
               "rule": {"event": "coupon_used", "count": {"gte": 2}, "within": HALF_YEAR}}])),
    Wanted("welcomed", "Welcomed", "已欢迎", "Lifecycle", "", "Went through the welcome.", {}),
    Wanted("called", "Called after an order", "已电话回访", "Lifecycle", "",
           "Somebody of the shop spoke with her about a large order.", {}),
    Wanted("churn_risk", "Risk of leaving", "流失风险", "Predictions", "",
           "High, medium or low, from a model outside that looks at the gap since the last visit.",
           {}),
)  # fmt: skip


def write_tags(actor: Actor, brands: Mapping[str, Brand], now: datetime) -> None:
    """Write the tags on their shelves; nothing is computed yet."""
    shelves = {
        name: TagCategory.objects.create(name=name, names={"zh-hans": chinese}, position=place)
        for place, (name, chinese) in enumerate(CATEGORIES)
    }
    for each in TAGS:
        create(
            actor,
            brands.get(each.brand),
            code=each.code,
            name=each.name,
            names={"zh-hans": each.chinese},
            category=shelves[each.shelf],
            description=each.description,
            definition=each.definition,
            is_predictive=each.shelf == "Predictions",
            refresh_every="day" if each.definition else "hand",
            follows_events=each.follows,
            now=now,
        )


def refresh_tags(now: datetime) -> None:
    """Compute every tag as of *now*; raises ValueError for one that could not be."""
    computed = Tag.objects.filter(code__in=[each.code for each in TAGS if each.definition])
    computed = computed.select_related("brand")
    for tag in in_order(list(computed)):
        done = refresh(tag.pk, now, full=True)
        if done.problem:
            raise ValueError(f"{tag.code}: {done.problem}")
        following = next_refresh(tag.refresh_every, tag.refresh_time, zone_of(tag), now)
        Tag.objects.filter(pk=tag.pk).update(next_refresh_at=following)
