"""What an admin of the demo's group set up once: brands, people who work there, definitions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from campaigns.actions.policies import save_cap, save_policy
from campaigns.models import ChannelAccount, QuietHours, Suppression
from customers.access import Actor
from customers.actions.recognition import save_namespace
from customers.models import (
    Attribute,
    Brand,
    EventType,
    Membership,
    Source,
    User,
    Via,
)
from journeys.demo.people import LARKFELL, YUNZHU
from journeys.demo.plans import write_plans
from journeys.demo.staff import write_webhook
from journeys.demo.tags import write_tags

# code, English, Chinese, type, personal data
ATTRIBUTES = (
    ("name", "Name", "姓名", "text", True),
    ("language", "Language", "语言", "text", False),
    ("timezone", "Time zone", "时区", "text", False),
    ("city", "City", "城市", "text", False),
    ("gender", "Gender", "性别", "text", False),
    ("birthday", "Birthday", "生日", "date", True),
    ("member_since", "Member since", "入会日期", "date", False),
    ("tea_adviser", "Tea adviser", "专属茶艺师", "text", False),
)
EVENT_TYPES = (
    ("member_joined", "Joined as a member", "注册入会", "A customer became a member of a brand."),
    ("app_opened", "Opened the app", "打开应用", "The brand's app came to the front."),
    ("product_viewed", "Viewed a product", "浏览商品", "A product page was looked at."),
    ("cart_abandoned", "Left a cart", "放弃购物车", "A filled cart was left for half an hour."),
    ("coupon_used", "Used a coupon", "核销优惠券", "A coupon was taken into an order."),
    ("order_paid", "Paid an order", "支付订单", "An order was paid for."),
    ("birthday_wished", "Was wished well", "已送生日祝福", "A journey has wished her well."),
)


@dataclass(frozen=True)
class Group:
    """The demo's brands by code, and who signs in: (user, password)."""

    brands: dict[str, Brand]
    accounts: Sequence[tuple[User, str]]

    @property
    def admin(self) -> User:
        """Who may do everything."""
        return self.accounts[0][0]


def set_up(now: datetime, today: datetime) -> Group:
    """Write what the group's admin set up at *now*: brands, staff, definitions and policies; and
    the plans as they are *today*."""
    brands = _brands()
    accounts = _users(brands)
    actor = actor_of(accounts[0][0])
    _definitions(actor, brands, now)
    write_tags(actor, brands, now)
    _policies(actor, brands, now)
    owners = {LARKFELL: accounts[1][0], YUNZHU: accounts[2][0]}
    write_plans(actor, brands, owners, today)
    write_webhook(brands[LARKFELL])
    return Group(brands, accounts)


def actor_of(admin: User) -> Actor:
    """On whose behalf the demo is made."""
    return Actor(via=Via.COMMAND, user=admin, label="manage.py demo")


# helpers


def _brands() -> dict[str, Brand]:
    larkfell = Brand.objects.create(
        code=LARKFELL, name="Larkfell Outdoor", names={"zh-hans": "云雀岭户外"},
        timezone="Europe/London", language="en", currency="GBP", sender_name="Larkfell Outdoor",
    )  # fmt: skip
    yunzhu = Brand.objects.create(
        code=YUNZHU, name="Yunzhu Tea", names={"zh-hans": "云渚茶事"},
        timezone="Asia/Shanghai", language="zh-hans", currency="CNY", sender_name="云渚茶事",
    )  # fmt: skip
    return {LARKFELL: larkfell, YUNZHU: yunzhu}


def _users(brands: dict[str, Brand]) -> list[tuple[User, str]]:
    people = (
        ("admin@example.com", "Robin Hale", "", "UTC", None, "admin"),
        ("maya@example.com", "Maya Linden", "en", "Europe/London", LARKFELL, "manager"),
        ("lin@example.com", "林舒", "zh-hans", "Asia/Shanghai", YUNZHU, "manager"),
        ("tom@example.com", "Tom Farrow", "en", "Europe/London", LARKFELL, "marketer"),
        ("viewer@example.com", "Nell Abbot", "", "UTC", None, "viewer"),
    )
    made = []
    for email, name, language, zone, brand, role in people:
        password = secrets.token_urlsafe(9)
        is_admin = role == "admin"
        user = User.objects.create_user(
            email, password, display_name=name, language=language, timezone=zone,
            is_staff=is_admin, is_superuser=is_admin,
        )  # fmt: skip
        Membership.objects.create(user=user, brand=brands[brand] if brand else None, role=role)
        made.append((user, password))
    return made


def _definitions(actor: Actor, brands: dict[str, Brand], now: datetime) -> None:
    for code, brand in brands.items():
        Source.objects.create(
            code=f"{code}_shop", name=f"{brand.name}: shop", kind="api", brand=brand, trust=80,
            names={"zh-hans": f"{brand.names['zh-hans']}商城"},
        )  # fmt: skip
        number: dict[str, Any] = {
            "code": f"{code}_member", "name": f"{brand.name}: member", "strength": "strong",
            "normaliser": "text", "limit": 1, "is_personal": False, "brand": brand,
            "names": {"zh-hans": f"{brand.names['zh-hans']}会员号"},
        }  # fmt: skip
        save_namespace(actor, number, now=now)
    for code, name, chinese, data_type, is_personal in ATTRIBUTES:
        Attribute.objects.update_or_create(
            code=code,
            defaults={
                "name": name,
                "names": {"zh-hans": chinese},
                "data_type": data_type,
                "is_personal": is_personal,
            },
        )
    for code, name, chinese, description in EVENT_TYPES:
        EventType.objects.update_or_create(
            code=code,
            defaults={
                "name": name,
                "names": {"zh-hans": chinese},
                "description": description,
                "first_seen_at": now,
                "last_seen_at": now,
            },
        )


def _policies(actor: Actor, brands: dict[str, Brand], now: datetime) -> None:
    for channel, name in (("email", "E-mail (recorded, not sent)"), ("sms", "SMS (recorded)")):
        # To send for real: provider smtp in the admin, with host, port and the secret.
        ChannelAccount.objects.create(
            channel=channel, name=name, provider="recording", is_default=True, rate_per_second=500
        )
    week, tea = 7 * 86400, brands[YUNZHU]
    daily: dict[str, Any] = {
        "name": "Marketing: at most 2 in 24 hours", "purpose": "marketing", "limit": 2,
        "window_seconds": 86400,
    }  # fmt: skip
    weekly = {**daily, "name": "Marketing: at most 4 in 7 days", "limit": 4, "window_seconds": week}
    texts = {
        "name": "云渚茶事: 短信每周最多 1 条", "brand": tea, "channel": "sms", "limit": 1,
        "window_seconds": week,
    }  # fmt: skip
    for values in (daily, weekly, texts):
        save_cap(actor, values, now=now)
    night = {"starts": time(21), "ends": time(8)}
    save_policy(actor, QuietHours(), night, now=now)
    evening = {"brand": tea, "starts": time(21, 30), "ends": time(8, 30)}
    save_policy(actor, QuietHours(), evening, now=now)
    Suppression.objects.create(
        scope="domain", value="bounces.example.net", channel="email", reason="bounce",
        note="The whole domain refuses mail.", at=now - timedelta(days=90),
    )  # fmt: skip
