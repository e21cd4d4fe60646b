"""Segments of the demo, each by a rule, and a list that a journey fills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customers.access import Actor
from customers.actions.segments import create
from customers.models import Brand, Segment, SegmentKind
from journeys.demo.people import LARKFELL, YUNZHU


class Wanted(NamedTuple):
    """A segment: code, English and Chinese name, brand or "", and its rule."""

    code: str
    name: str
    chinese: str
    brand: str
    rule: dict[str, Any]


def of(brand: str) -> dict[str, Any]:
    """The condition that an event belongs to *brand*."""
    return {"property": "brand", "op": "eq", "value": brand}


SEGMENTS = (
    Wanted("gold_members", "Gold members", "金卡会员", "", {
        "all": [{"tag": "tier", "value": "gold"}]}),
    Wanted("active_30d", "Looked in this month", "近 30 天活跃", "", {
        "any": [{"event": "product_viewed", "within": "30d"},
                {"event": "app_opened", "within": "30d"}]}),
    Wanted("repeat_buyers", "Bought twice in 90 days", "90 天内复购", "", {
        "all": [{"event": "order_paid", "count": {"gte": 2}, "within": "90d"}]}),
    Wanted("left_a_cart", "Left a cart and did not buy", "放弃购物车未购买", "", {
        "all": [{"event": "cart_abandoned", "within": "14d"},
                {"event": "order_paid", "count": {"eq": 0}, "within": "14d"}]}),
    Wanted("packs_fans", "Interested in packs", "背包爱好者", LARKFELL, {
        "all": [{"tag": "favourite_category", "value": "packs"}]}),
    Wanted("reachable_by_mail", "Larkfell: may get mail", "云雀岭户外：可发邮件", LARKFELL, {
        "all": [{"consent": {"channel": "email", "purpose": "marketing", "is": "granted",
                             "brand": LARKFELL}}]}),
    Wanted("sleeping_tea", "Tea drinkers who sleep", "云渚茶事：沉睡会员", YUNZHU, {
        "all": [
            {"event": "order_paid", "within": "180d", "where": of(YUNZHU)},
            {"event": "order_paid", "count": {"eq": 0}, "within": "45d", "where": of(YUNZHU)}]}),
    Wanted("puer_lovers", "Pu'er drinkers", "普洱爱好者", YUNZHU, {
        "any": [{"tag": "favourite_category", "value": "普洱"},
                {"event": "product_viewed", "count": {"gte": 3}, "within": "60d",
                 "where": {"property": "category", "op": "eq", "value": "普洱"}}]}),
    Wanted("shanghai_gold_silver", "Shanghai, gold or silver", "上海金银卡会员", "", {
        "all": [{"attribute": "city", "op": "eq", "value": "上海"},
                {"tag": "tier", "op": "in", "value": ["gold", "silver"]}]}),
)  # fmt: skip


def write_segments(actor: Actor, brands: Mapping[str, Brand], now: datetime) -> list[Segment]:
    """Write the segments, not built yet; raises RuleError for a rule that can't be read."""
    made = []
    for wanted in SEGMENTS:
        segment = create(
            actor,
            brands.get(wanted.brand),
            code=wanted.code,
            name=wanted.name,
            rule=wanted.rule,
            refresh_seconds=900,
            now=now,
        )
        segment.names = {"zh-hans": wanted.chinese}
        segment.save(update_fields=["names"])
        made.append(segment)
    made.append(
        create(
            actor, brands[YUNZHU], code="tea_tasting", name="Invited to the tasting",
            names={"zh-hans": "已邀约品鉴"}, kind=SegmentKind.LIST, now=now,
        )
    )  # fmt: skip
    return made
