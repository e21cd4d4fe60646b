"""What other systems are told: subscribed, changed, switched, tried out and sent again."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns.secrets import seal, unseal
from config.calling.guard import is_permitted
from config.calling.signing import fits, new_secret
from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import Brand, Namespace, Segment
from journeys.models import CallState, Delivery, Journey, Subscription, Topic, Webhook
from journeys.subscriptions.fanout import GIVEN_UP, WAKE

NAMED_MOST: Final = 50
OVERLAP_MOST: Final = timedelta(days=30)
TEST: Final = "test"
SCHEMES: Final = ("https", "http")
SIGNED: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
FRESH: Final = timedelta(minutes=5)  # as Standard Webhooks wants it
AGES: Final = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to be told, and where."""

    name: str
    url: str
    topics: Sequence[str]
    segments: Sequence[str] = ()
    journeys: Sequence[str] = ()
    namespaces: Sequence[str] = ("user_id",)


def subscribe(
    actor: Actor, brand: Brand, wanted: Wanted, *, now: datetime
) -> tuple[Subscription, str]:
    """Tell another system of *brand* from now on; returns the secret that signs, which nobody can
    show again. Raises RightMissing, and ValidationError by field."""
    require(actor, Right.SET_CHANNEL, brand)
    _check(brand, wanted)
    secret = new_secret()
    with transaction.atomic():
        webhook = Webhook.objects.create(
            brand=brand, code=_free_code(brand, wanted.name), name=wanted.name.strip(),
            url=wanted.url.strip(), secret=seal(secret),
        )  # fmt: skip
        made = Subscription.objects.create(webhook=webhook, created_at=now, **_values(wanted))
        record(
            actor, "subscription.create", made, now=now, brand=brand,
            changes={"url": webhook.url, **_values(wanted)},
        )  # fmt: skip
    return made, secret


def change(actor: Actor, subscription: Subscription, wanted: Wanted, *, now: datetime) -> None:
    """Tell of something else, or somewhere else; what waits goes to the new address. Raises as
    `subscribe` does."""
    webhook = subscription.webhook
    require(actor, Right.SET_CHANNEL, webhook.brand)
    _check(webhook.brand, wanted)
    with transaction.atomic():
        held = Subscription.objects.select_for_update().get(pk=subscription.pk)
        before = {"name": webhook.name, "url": webhook.url,
                  **{name: getattr(held, name) for name in _values(wanted)}}  # fmt: skip
        after = {"name": wanted.name.strip(), "url": wanted.url.strip(), **_values(wanted)}
        if before == after:
            return
        Webhook.objects.filter(pk=webhook.pk).update(name=after["name"], url=after["url"])
        Subscription.objects.filter(pk=held.pk).update(**_values(wanted))
        changes = {name: [before[name], after[name]] for name in after
                   if before[name] != after[name]}  # fmt: skip
        record(actor, "subscription.change", held, now=now, brand=webhook.brand, changes=changes)


def switch(actor: Actor, subscription: Subscription, *, on: bool, now: datetime) -> bool:
    """Let calls go out, or keep them; whether that is new. Switched on again, it begins without
    its failures, with what waits. Raises RightMissing."""
    brand = subscription.webhook.brand
    require(actor, Right.SET_CHANNEL, brand)
    with transaction.atomic():
        rows = Subscription.objects.filter(pk=subscription.pk, is_active=not on)
        fresh = {"failures": 0, "failing_since": None, "resume_at": None, "note": ""} if on else {}
        if not rows.update(is_active=on, **fresh):
            return False
        verb = "switch_on" if on else "switch_off"
        record(actor, f"subscription.{verb}", subscription, now=now, brand=brand)
        wake(WAKE)
    return True


def renew_secret(actor: Actor, webhook: Webhook, *, until: datetime, now: datetime) -> str:
    """Give a webhook a new secret and return it; calls are signed by both until then. Raises
    RightMissing, and ValidationError for an overlap that is past or longer than 30 days."""
    require(actor, Right.SET_CHANNEL, webhook.brand)
    if not now <= until <= now + OVERLAP_MOST:
        words = _("The old secret may sign for at most %(n)d more days.")
        raise ValidationError(words % {"n": OVERLAP_MOST.days})
    secret = new_secret()
    with transaction.atomic():
        held = Webhook.objects.select_for_update().get(pk=webhook.pk)
        held.old_secret, held.old_until, held.secret = held.secret, until, seal(secret)
        held.save(update_fields=["old_secret", "old_until", "secret"])
        record(
            actor, "webhook.renew_secret", held, now=now, changes={"old_until": until.isoformat()}
        )
    return secret


def send_test(actor: Actor, subscription: Subscription, *, now: datetime) -> Delivery:
    """Send a call that tells of nothing. Raises RightMissing."""
    brand = subscription.webhook.brand
    require(actor, Right.SET_CHANNEL, brand)
    with transaction.atomic():
        made = Delivery.objects.create(
            subscription=subscription, topic=TEST, at=now, state=CallState.WAITING, next_at=now,
            gives_up_at=now + timedelta(minutes=10), facts=[{"brand": brand.code, "test": True}],
        )  # fmt: skip
        record(actor, "subscription.test", subscription, now=now, brand=brand)
        wake(WAKE)
    return made


def check_call(
    actor: Actor, webhook: Webhook, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> tuple[bool, str]:
    """Whether a call, as the other side has got it, was signed by us and is fresh enough to be
    taken, and why not. Raises RightMissing; nothing is changed by it."""
    require(actor, Right.SET_CHANNEL, webhook.brand)
    lacking = [name for name in SIGNED if not headers.get(name)]
    if lacking:
        return False, _("This header is missing: %(names)s.") % {"names": ", ".join(lacking)}
    held = [webhook.secret]
    if webhook.old_until is not None and webhook.old_until > now and webhook.old_secret:
        held.append(webhook.old_secret)
    secrets = [unseal(each) for each in held]
    if any(fits(secret, headers, body, now, FRESH) for secret in secrets):
        return True, _("The signature fits, and the call is fresh.")
    if any(fits(secret, headers, body, now, AGES) for secret in secrets):
        return False, _("The signature fits, but the call is more than five minutes off.")
    return False, _(
        "The signature does not fit. Check that the body is byte for byte as it came, before any "
        "JSON is read, and that the secret is that of this webhook."
    )


def replay(actor: Actor, delivery: Delivery, *, now: datetime) -> None:
    """Make one call again, with its id. Raises RightMissing."""
    subscription = delivery.subscription
    brand = subscription.webhook.brand
    require(actor, Right.SET_CHANNEL, brand)
    with transaction.atomic():
        _again(Delivery.objects.filter(pk=delivery.pk), now)
        record(
            actor, "subscription.replay", subscription, now=now, brand=brand,
            changes={"call": delivery.pk},
        )  # fmt: skip
        wake(WAKE)


def replay_failed(actor: Actor, subscription: Subscription, *, now: datetime) -> int:
    """Make every call again that was given up; returns how many. Raises RightMissing."""
    brand = subscription.webhook.brand
    require(actor, Right.SET_CHANNEL, brand)
    with transaction.atomic():
        failed = Delivery.objects.filter(subscription=subscription, state=CallState.FAILED)
        count = _again(failed, now)
        if count:
            record(
                actor, "subscription.replay", subscription, now=now, brand=brand,
                changes={"calls": count},
            )  # fmt: skip
            wake(WAKE)
    return count


def unsubscribe(actor: Actor, subscription: Subscription, *, now: datetime) -> None:
    """Tell it nothing any more, also not what waits; its webhook stays for journeys. Raises
    RightMissing."""
    brand = subscription.webhook.brand
    require(actor, Right.SET_CHANNEL, brand)
    with transaction.atomic():
        record(actor, "subscription.remove", subscription, now=now, brand=brand)
        subscription.delete()


# helpers


def _again(rows: QuerySet[Delivery], now: datetime) -> int:
    return rows.update(
        state=CallState.WAITING, attempts=0, next_at=now, gives_up_at=now + GIVEN_UP, error="",
        status=None,
    )  # fmt: skip


def _values(wanted: Wanted) -> dict[str, list[str]]:
    return {
        name: sorted(set(getattr(wanted, name)))
        for name in ("topics", "segments", "journeys", "namespaces")
    }


def _check(brand: Brand, wanted: Wanted) -> None:
    problems: dict[str, str] = {}
    name = wanted.name.strip()
    if not 0 < len(name) <= 120 or not name.isprintable():
        problems["name"] = _("Give it a name of at most 120 characters.")
    if problem := _url_problem(wanted.url.strip()):
        problems["url"] = problem
    if not wanted.topics or not set(wanted.topics) <= set(Topic.values):
        problems["topics"] = _("Choose at least one thing to be told of.")
    known = {
        "segments": Segment.objects.filter(brand__in=[brand]) | Segment.objects.filter(brand=None),
        "journeys": Journey.objects.filter(brand=brand),
        "namespaces": Namespace.objects.filter(brand=brand) | Namespace.objects.filter(brand=None),
    }
    for field, rows in known.items():
        given = set(getattr(wanted, field))
        if len(given) > NAMED_MOST:
            problems[field] = _("At most %(n)d can be named.") % {"n": NAMED_MOST}
            continue
        if any("\x00" in code for code in given):
            problems[field] = _("A text can't hold a null character or half a character.")
            continue
        there = set(rows.filter(code__in=given).values_list("code", flat=True))
        if given - there:
            words = _("Your brand has none called %(codes)s.")
            problems[field] = words % {"codes": ", ".join(sorted(given - there))[:200]}
    if problems:
        raise ValidationError(problems)


def _url_problem(url: str) -> str:
    """What is wrong with an address, "" when nothing is. Names are looked up at each call."""
    try:
        if not url.isprintable():
            raise ValueError
        URLValidator(schemes=SCHEMES)(url)
        parts = urlsplit(url)
        host = parts.hostname or ""
    except (ValidationError, ValueError):
        return _("Give the full address, such as https://shop.example.com/waypost.")
    if len(url) > 500 or parts.username or parts.password:
        return _("An address has at most 500 characters and holds no name and password.")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ""
    return "" if is_permitted(host) else _("This address leads into the local network.")


def _free_code(brand: Brand, name: str) -> str:
    base = slugify(name).replace("-", "_")[:30].strip("_") or "subscription"
    if not base[0].isalpha():
        base = f"w_{base}"
    taken = set(
        Webhook.objects.filter(brand=brand, code__startswith=base).values_list("code", flat=True)
    )
    number = 1
    while (code := base if number == 1 else f"{base}_{number}") in taken:
        number += 1
    return code
