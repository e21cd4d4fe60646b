"""Rows of every noun that the admin shows, made directly: what is tested here is the admin."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db import connection
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
)

from campaigns import models as c
from customers import models as f
from customers.admin.customer_rows import OfOneCustomer
from journeys import models as j
from tests.journeys.history import write_visit


def a_brand(code: str = "") -> f.Brand:
    code = code or f"brand_{uuid4().hex[:8]}"
    return f.Brand.objects.create(code=code, name=code.title(), sender_name=code)


def a_user(email: str = "", **extra: Any) -> f.User:
    return f.User.objects.create_user(email or f"{uuid4().hex[:8]}@example.com", "pw", **extra)


def a_member(brand: f.Brand | None, role: str = "admin") -> f.User:
    """Somebody of the staff with a role in one brand."""
    user = a_user(is_staff=True)
    f.Membership.objects.create(user=user, brand=brand, role=role)
    return user


def key_of(page: Any, row: Any) -> str:
    """The end of the address of *row*."""
    return quote(page.key_of(row)) if isinstance(page, OfOneCustomer) else str(row.pk)


def whose(page: Any, row: Any) -> dict[str, str]:
    """What a list must be asked before it shows *row*."""
    return {"q": str(row.customer_id)} if isinstance(page, OfOneCustomer) else {}


def one_of_each(brand: f.Brand, now: datetime) -> dict[type, Any]:
    """One row of every noun, all belonging to *brand*."""
    made: dict[type, Any] = {f.Brand: brand}

    def keep(row: Any) -> Any:
        made[type(row)] = row
        return row

    x = uuid4().hex[:8]
    user = keep(a_user())
    f.Membership.objects.create(user=user, brand=brand, role="viewer")
    keep(Group.objects.create(name=x))
    source = keep(f.Source.objects.create(code=f"s_{x}", name="Shop", kind="api", brand=brand))
    namespace = keep(
        f.Namespace.objects.create(
            code=f"n_{x}", name="Phone", strength="strong", normaliser="phone", brand=brand
        )
    )
    keep(f.Attribute.objects.create(code=f"a_{x}", name="City"))
    keep(f.TagSettings.objects.get_or_create(pk=1)[0])
    event_type = keep(
        f.EventType.objects.create(
            code=f"e_{x}", name="Order paid", first_seen_at=now, last_seen_at=now
        )
    )
    customer = keep(
        f.Customer.objects.create(
            display_name="Chen Xi", created_at=now, attributes={f"a_{x}": "Oslo", "nick": "Xixi99"}
        )
    )
    f.Identity.objects.create(
        customer=customer,
        namespace=namespace,
        value=f"+8613800{customer.pk:06d}",
        source=source,
        created_at=now,
    )
    twin = f.Customer.objects.create(created_at=now)
    keep(f.Merge.objects.create(kept=customer, other=twin, at=now, reason="manual", undone_at=now))
    keep(f.MergeReview.objects.create(one=customer, two=twin, brand=brand, opened_at=now))
    said = {"customer": customer, "brand": brand, "channel": "email", "purpose": "marketing"}
    keep(f.Consent.objects.create(**said, state="granted", since=now, source=source))
    keep(f.ConsentChange.objects.create(**said, state="granted", at=now, source=source))
    with connection.cursor() as cursor:
        cursor.execute("SELECT customers_ensure_event_partitions(%s, %s)", [now, now])
        cursor.execute("SELECT campaigns_ensure_ledger(%s, %s)", [now, now])
        cursor.execute(
            "INSERT INTO customers_event (customer_id, event_type_id, occurred_at, received_at,"
            " brand_id, source_id, properties) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [customer.pk, event_type.pk, now, now, brand.pk, source.pk,
             '{"contact": "13912345678", "sku": "tea"}'],
        )  # fmt: skip
    keep(f.EventRow.objects.get(customer_id=customer.pk))
    shelf = keep(f.TagCategory.objects.create(name=x))
    tag = keep(f.Tag.objects.create(code=f"t_{x}", name="Tier", category=shelf, brand=brand))
    f.CustomerTag.objects.create(customer=customer, tag=tag, value="gold/1", since=now)
    keep(f.TagRow.objects.get(customer_id=customer.pk))
    keep(f.TagRun.objects.create(tag=tag, started_at=now))
    sample = f.TagSample.objects.create(tag=tag, seed=1, population=1, drawn_at=now)
    f.TagMark.objects.create(sample=sample, place=1, customer=customer, value="gold")
    keep(
        f.Disclosure.objects.create(
            user=user,
            customer=customer,
            reason="service",
            at=now,
            until=now + timedelta(minutes=15),
        )
    )
    keep(
        f.Erasure.objects.create(
            customer=f.Customer.objects.create(created_at=now, erased_at=now),
            at=now,
            by=user,
            by_label="B",
            reason="request",
        )
    )
    segment = keep(f.Segment.objects.create(code=f"g_{x}", name="Gold", kind="rule", brand=brand))
    f.SegmentSize.objects.create(segment=segment, at=now, size=3)
    keep(f.SegmentInsight.objects.create(segment=segment, asked_at=now, asked_by=user))
    brought = keep(
        f.Import.objects.create(brand=brand, kind="customers", file_name=f"{x}.csv", created_at=now)
    )
    f.ImportRefusal.objects.create(import_of=brought, line=2, text="No phone.", row=["12"])
    keep(
        f.RememberedMapping.objects.create(
            brand=brand, kind="customers", header_digest="x", header=["phone"], used_at=now,
            mapping={"columns": {"phone": ["identity:phone"]}},
        )
    )  # fmt: skip
    keep(
        f.ApiKey.objects.create(
            brand=brand, name="Shop", prefix=x, digest=x.encode(), scopes=["ingest"]
        )
    )
    keep(
        f.AuditEntry.objects.create(
            at=now,
            actor=user,
            actor_label=str(user),
            via="admin",
            action="brand.change",
            brand=brand,
            object_type="brand",
            object_id=str(brand.pk),
            object_label=str(brand),
        )
    )
    keep(IntervalSchedule.objects.create(every=int(x[:5], 16), period="seconds"))
    keep(CrontabSchedule.objects.create(minute=str(now.minute)))
    keep(ClockedSchedule.objects.create(clocked_time=now))
    keep(PeriodicTask.objects.create(name=x, task="health.ping", interval=made[IntervalSchedule]))

    campaign = keep(
        c.Campaign.objects.create(
            brand=brand, code=f"p_{x}", name="Spring", kind="daily", currency="EUR"
        )
    )
    keep(
        c.Experiment.objects.create(
            brand=brand, code=f"x_{x}", name="Arms", salt=x, arms={"a": 50}, started_at=now
        )
    )
    content = keep(
        c.Content.objects.create(brand=brand, code=f"c_{x}", name="Hello", channel="email")
    )
    text = keep(c.ContentVersion.objects.create(content=content, number=1, created_at=now))
    c.ContentText.objects.create(version=text, language="en", subject="Hi", body="Hello")
    content.current = text
    content.save()
    account = keep(
        c.ChannelAccount.objects.create(
            brand=brand, channel="email", name="Mail", provider="recording"
        )
    )
    day = now.date()
    keep(
        c.FrequencyCap.objects.create(
            name=x, brand=brand, campaign=campaign, limit=2, window_seconds=86400
        )
    )
    keep(c.ContentBlock.objects.create(brand=brand, code="footer", source="Bye"))
    keep(c.BrandSending.objects.create(brand=brand))
    keep(c.SeedAddress.objects.create(brand=brand, channel="email", address="seed@example.com"))
    keep(c.QuietHours.objects.create(brand=brand, starts=time(22), ends=time(8)))
    keep(c.Holiday.objects.create(brand=brand, name=x, starts_on=day, ends_on=day))
    keep(c.Arbitration.objects.create(brand=brand))
    keep(c.Quota.objects.create(brand=brand, channel="email", limit=1000))
    keep(c.SendApproval.objects.create(brand=brand, size=500))
    keep(c.SendingPause.objects.create(brand=brand, channel="sms", since=now, by=user))
    keep(
        c.Suppression.objects.create(
            scope="address", value=f"{x}@example.com", brand=brand, reason="manual", at=now, by=user
        )
    )
    offer = keep(
        c.Offer.objects.create(brand=brand, code=f"o_{x}", name="Ten", kind="percent", value=10)
    )
    keep(c.OfferCode.objects.create(offer=offer, code=x.upper(), customer=customer, issued_at=now))

    journey = keep(
        j.Journey.objects.create(brand=brand, code=f"j_{x}", name="Welcome", campaign=campaign)
    )
    version = keep(
        j.JourneyVersion.objects.create(journey=journey, number=1, graph={}, published_at=now)
    )
    journey.current = version
    journey.save()
    bucket = customer.pk % 256
    enrollment = keep(
        j.Enrollment.objects.create(
            journey=journey,
            version=version,
            customer=customer,
            bucket=bucket,
            entered_at=now,
            node="wait",
            arrived_at=now,
        )
    )
    write_visit(enrollment.pk, 0, version.pk, "start", "next", now, now)
    keep(j.Step.objects.get(enrollment_id=enrollment.pk))
    keep(
        j.Timer.objects.create(
            version_id=version.pk,
            enrollment_id=enrollment.pk,
            visit=1,
            bucket=bucket,
            due_at=now,
            kind=1,
        )
    )
    keep(j.Replay.objects.create(name=x))
    keep(
        j.PeopleMove.objects.create(
            journey=journey, kind="version", source=version, target=version, by="x",
            created_at=now, moved_at=now,
        )
    )  # fmt: skip
    keep(
        j.Trouble.objects.create(
            enrollment_id=enrollment.pk, journey_id=journey.pk, version_id=version.pk,
            node="wait", kind="stuck", found_at=now,
        )
    )  # fmt: skip
    walked = {"enrollment_id": enrollment.pk, "visit": 1, "customer": customer, "node": "call"}
    keep(
        c.Task.objects.create(
            brand=brand, title="Call her", journey_id=journey.pk, opened_at=now,
            due_at=now + timedelta(days=1), **walked,
        )
    )  # fmt: skip
    keep(j.TriggerRun.objects.create(journey=journey, node="start", due_at=now, started_at=now))
    keep(
        j.Entrant.objects.create(
            journey=journey, node="start", customer=customer, token=x, since=now, due_at=now
        )
    )
    hook = keep(
        j.Webhook.objects.create(
            brand=brand, code=f"h_{x}", name="Shop", url="https://shop.example.com/", secret=b""
        )
    )
    keep(
        j.WebhookCall.objects.create(
            webhook=hook, body={}, state="waiting", created_at=now, next_at=now,
            gives_up_at=now + timedelta(days=1), **walked,
        )
    )  # fmt: skip
    candidate = keep(
        c.Candidate.objects.create(
            brand=brand,
            customer=customer,
            bucket=bucket,
            journey_id=journey.pk,
            version_id=version.pk,
            enrollment_id=enrollment.pk,
            node="send",
            visit=1,
            campaign=campaign,
            content=content,
            channel="email",
            purpose="marketing",
            wanted_at=now,
            due_at=now + timedelta(hours=1),
        )
    )
    keep(
        c.Decision.objects.create(
            candidate_id=candidate.pk,
            customer_id=customer.pk,
            decided_at=now,
            verdict="allowed",
            rule="consent",
        )
    )
    keep(
        c.Message.objects.create(
            candidate=candidate,
            brand=brand,
            customer=customer,
            journey_id=journey.pk,
            node="send",
            campaign=campaign,
            content_version=text,
            channel="email",
            purpose="marketing",
            account=account,
            address="chen.xi@example.com",
            accepted_at=now,
        )
    )
    return made
