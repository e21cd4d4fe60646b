"""The people, policies and candidates of the gate's bench, written by SQL."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from campaigns.actions.control import set_control_group
from campaigns.models import (
    Arbitration,
    ChannelAccount,
    Content,
    ContentText,
    ContentVersion,
    FrequencyCap,
    Holiday,
    QuietHours,
    Quota,
)
from customers.access import Actor
from customers.models import Brand, Namespace

NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAY: Final = 86400

# A tenth lives where it is night, nine of ten said yes, one of a hundred is suppressed.
_PEOPLE = """
INSERT INTO customers_customer (id, display_name, sort_key, language, timezone, is_known,
    attributes, provenance, created_at)
SELECT n, '', '', '', CASE WHEN n %% 10 = 0 THEN 'America/New_York' ELSE 'Asia/Shanghai' END,
    true, '{}', '{}', %(now)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO customers_identity (customer_id, namespace_id, value, created_at)
SELECT n, %(email)s, 'c' || n || '@example.com', %(now)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO customers_identity (customer_id, namespace_id, value, created_at)
SELECT n, %(phone)s, '+86138' || lpad(n::text, 8, '0'), %(now)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO customers_consent (customer_id, brand_id, channel, purpose, state, since,
    wording, proof)
SELECT n, %(brand)s, c.channel, 'marketing', CASE WHEN n %% 11 = 0 THEN 'denied' ELSE 'granted' END,
    %(now)s, '', '{}'
FROM generate_series(1, %(people)s::bigint) AS n, (VALUES ('email'), ('sms')) AS c (channel);
INSERT INTO campaigns_suppression (scope, value, channel, customer_id, reason, note, at)
SELECT 'customer', '', '', n, 'manual', '', %(now)s
FROM generate_series(1, %(people)s::bigint) AS n WHERE n %% 101 = 0;
"""
# What each got two days ago; then what is due now, some customers wanted by several at once.
_CANDIDATES = """
INSERT INTO campaigns_candidate (brand_id, customer_id, bucket, journey_id, version_id,
    enrollment_id, node, visit, content_id, channel, purpose, priority, context, wanted_at, due_at,
    state, rule, detail, decided_at)
SELECT %(brand)s, n, n %% 256, 1, 1, n, 'before', 1, %(mail)s, 'email', 'marketing', 50, '{}',
    %(before)s, %(before)s, 'allowed', 'passed', '{}', %(before)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO campaigns_message (candidate_id, brand_id, customer_id, journey_id, node, content_id,
    content_version_id, channel, purpose, priority, account_id, state, accepted_at, attempts,
    address, language, variant, subject, provider_id, error)
SELECT id, brand_id, customer_id, journey_id, node, content_id, NULL, channel, purpose, priority,
    NULL, 'delivered', %(before)s, 1, 'c' || customer_id || '@example.com', '', '', '', '', ''
FROM campaigns_candidate;
INSERT INTO campaigns_candidate (brand_id, customer_id, bucket, journey_id, version_id,
    enrollment_id, node, visit, content_id, channel, purpose, priority, context, wanted_at, due_at,
    state, rule, detail)
SELECT %(brand)s, c.id, c.id %% 256, 2 + n %% 3, 1, %(people)s + n, 'send', 1,
    (ARRAY[%(mail)s, %(sms)s, %(service)s]::bigint[])[1 + n %% 3],
    (ARRAY['email', 'sms', 'email'])[1 + n %% 3],
    (ARRAY['marketing', 'marketing', 'service'])[1 + n %% 3],
    10 * (n * 7 %% 10), '{}', %(now)s - n %% 3600 * interval '1 second', %(now)s, 'waiting', '',
    '{}'
FROM generate_series(1, %(candidates)s::bigint) AS n
CROSS JOIN LATERAL (SELECT 1 + (n * 7919) %% %(people)s AS id) c;
"""


def make_world(candidates: int) -> None:
    """So many candidates of two fifths as many customers, under every kind of policy."""
    people = max(1, candidates * 2 // 5)
    with transaction.atomic():
        brand = Brand.objects.create(code="bench", name="Bench", created_at=NOW)
        for channel in ("email", "sms"):
            ChannelAccount.objects.create(
                brand=brand, channel=channel, name=channel, provider="recording", is_default=True,
                rate_per_second=100_000,
            )  # fmt: skip
        spaces = {each.code: each.pk for each in Namespace.objects.all()}
        params: dict[str, Any] = {
            "now": NOW, "before": NOW - timedelta(days=2), "people": people,
            "candidates": candidates, "brand": brand.pk, "email": spaces["email"],
            "phone": spaces["phone"],
            "mail": make_content(brand, "mail", "email", "marketing"),
            "sms": make_content(brand, "sms", "sms", "marketing"),
            "service": make_content(brand, "service", "email", "service"),
        }  # fmt: skip
        make_policies(brand)
        with connection.cursor() as cursor:
            for statement in (_PEOPLE + _CANDIDATES).split(";\n"):
                if statement.strip():
                    cursor.execute(statement, params)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def make_policies(brand: Brand) -> None:
    """Every rule has something to look at."""
    caps = (
        {"name": "2 in 24 hours", "limit": 2, "window_seconds": DAY, "purpose": "marketing"},
        {"name": "3 a week", "limit": 3, "period": "week", "counts_transactional": True},
        {"name": "1 SMS in 7 days", "limit": 1, "window_seconds": 7 * DAY, "channel": "sms"},
    )
    for values in caps:
        FrequencyCap.objects.create(**values)
    QuietHours.objects.create(starts=time(21), ends=time(8))
    coming = NOW.date() + timedelta(days=30)
    Holiday.objects.create(name="Coming", starts_on=coming, ends_on=coming)
    Arbitration.objects.create(window_seconds=4 * 3600)
    for channel in ("email", "sms"):
        Quota.objects.create(brand=brand, channel=channel, limit=2_000_000_000, period="day")
    set_control_group(Actor.of_command("bench"), None, Decimal(5), now=NOW - timedelta(days=3))


def make_content(brand: Brand, code: str, channel: str, purpose: str) -> int:
    """A published content; returns its number."""
    content = Content.objects.create(
        brand=brand, code=code, name=code, channel=channel, purpose=purpose
    )
    version = ContentVersion.objects.create(content=content, number=1, created_at=NOW)
    ContentText.objects.create(version=version, language="en", subject="Hello", body="Hello")
    content.current = version
    content.save()
    return int(content.pk)
