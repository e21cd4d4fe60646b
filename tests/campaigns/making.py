"""Small builders: a brand with a content and an account, customers who may be written to."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import (
    Candidate,
    ChannelAccount,
    Content,
    ContentText,
    ContentVersion,
    FrequencyCap,
)
from customers.models import Brand, Consent, Customer, Identity, Namespace

_number = itertools.count(1)


@dataclass
class Shop:
    """A brand that can send marketing by e-mail and SMS through recording accounts."""

    brand: Brand
    contents: dict[tuple[str, str], Content]

    def content(self, channel: str = "email", purpose: str = "marketing") -> Content:
        if (channel, purpose) not in self.contents:
            self.contents[channel, purpose] = make_content(self.brand, channel, purpose)
        return self.contents[channel, purpose]


def make_shop(now: datetime, code: str = "tea", *, accounts: bool = True, **brand: Any) -> Shop:
    made = Brand.objects.create(code=code, name=brand.pop("name", code.title()), **brand)
    if accounts:
        for channel in ("email", "sms"):
            ChannelAccount.objects.create(
                brand=made,
                channel=channel,
                name=channel,
                provider="recording",
                is_default=True,
                rate_per_second=1000,
            )
    return Shop(made, {})


def make_content(
    brand: Brand,
    channel: str = "email",
    purpose: str = "marketing",
    *,
    texts: dict[str, dict[str, str]] | None = None,
    on_missing: str = "skip",
) -> Content:
    number = next(_number)
    content = Content.objects.create(
        brand=brand,
        code=f"content_{number}",
        name=f"Content {number}",
        channel=channel,
        purpose=purpose,
        on_missing=on_missing,
    )
    add_version(content, texts or {"en": {"subject": "News", "body": "Hello"}})
    return content


def add_version(content: Content, texts: dict[str, dict[str, str]]) -> ContentVersion:
    version = ContentVersion.objects.create(
        content=content, number=content.versions.count() + 1, created_at=content.created_at
    )
    ContentText.objects.bulk_create(
        [ContentText(version=version, language=lang, **parts) for lang, parts in texts.items()]
    )
    content.current = version
    content.save(update_fields=["current"])
    return version


def make_customers(
    shop: Shop,
    n: int,
    now: datetime,
    *,
    consents: bool = True,
    addresses: bool = True,
    **fields: Any,
) -> list[Customer]:
    """Customers with an address for e-mail and SMS who said yes to marketing on both."""
    made = Customer.objects.bulk_create([Customer(created_at=now, **fields) for _ in range(n)])
    spaces = {space.code: space for space in Namespace.objects.filter(code__in=["email", "phone"])}
    if addresses:
        Identity.objects.bulk_create(
            Identity(customer=c, namespace=spaces[space], value=value, created_at=now)
            for c in made
            for space, value in (("email", f"c{c.pk}@example.com"), ("phone", f"+86138{c.pk:08d}"))
        )
    if consents:
        say_yes(shop, made, now)
    return made


def say_yes(shop: Shop, customers: Iterable[Customer], now: datetime) -> None:
    Consent.objects.bulk_create(
        Consent(
            customer=c,
            brand=shop.brand,
            channel=channel,
            purpose="marketing",
            state="granted",
            since=now,
        )
        for c in customers
        for channel in ("email", "sms")
    )


def make_candidate(
    shop: Shop,
    customer: Customer,
    at: datetime,
    *,
    channel: str = "email",
    purpose: str = "marketing",
    save: bool = True,
    **fields: Any,
) -> Candidate:
    content = fields.pop("content", None) or shop.content(channel, purpose)
    number = next(_number)
    made = Candidate(
        brand=shop.brand,
        customer=customer,
        bucket=customer.pk % 256,
        journey_id=fields.pop("journey_id", 1),
        version_id=1,
        enrollment_id=number,
        node="send",
        visit=1,
        content=content,
        channel=channel,
        purpose=purpose,
        wanted_at=at,
        due_at=fields.pop("due_at", at),
        **fields,
    )
    if save:
        made.save()
    return made


def make_cap(limit: int, window: timedelta, **fields: Any) -> FrequencyCap:
    return FrequencyCap.objects.create(
        name=fields.pop("name", f"{limit} per {window}"),
        limit=limit,
        window_seconds=int(window.total_seconds()),
        **fields,
    )
