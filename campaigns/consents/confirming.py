"""Double opt-in: who asked for marketing by e-mail gets one message that asks for her word.

The rule: a brand that wants it (`BrandSending.double_opt_in`) asks once for each consent that is
"asked, not confirmed", and once more after three days. However often somebody is entered anew, at
most one such message a day goes to a customer. The link is good for thirty days and only as long as
the consent still waits; a no in between stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import connection, transaction

from campaigns.actions.contents import TextDraft, create_content
from campaigns.consents.say import Said, say
from campaigns.consents.texts import CODE, NAME, texts
from campaigns.models import Content, Message
from customers.access import Actor
from customers.models import Brand, Channel, Consent, ConsentState, Purpose

GOOD_FOR: Final = timedelta(days=30)
REMIND_AFTER: Final = timedelta(days=3)
MOST: Final = 2
AT_MOST_EVERY: Final = timedelta(days=1)
PIECE: Final = 1_000

BRANDS: Final = """
SELECT DISTINCT bs.brand_id FROM campaigns_brandsending bs
WHERE bs.double_opt_in AND EXISTS (
    SELECT 1 FROM customers_consent co
    WHERE co.brand_id = bs.brand_id AND co.state = 'pending' AND co.since > %(since)s
      AND co.channel = 'email')
"""
ASK: Final = """
WITH due AS (
    SELECT co.customer_id, co.brand_id, co.purpose, co.since
    FROM customers_consent co
    JOIN customers_customer cu ON cu.id = co.customer_id
    LEFT JOIN campaigns_confirmation cf ON cf.customer_id = co.customer_id
        AND cf.brand_id = co.brand_id AND cf.purpose = co.purpose
    WHERE co.state = 'pending' AND co.channel = 'email' AND co.since > %(since)s
      AND co.brand_id = ANY(%(brands)s)
      AND cu.erased_at IS NULL AND cu.merged_into_id IS NULL
      AND (cf.id IS NULL
           OR cf.since <> co.since AND cf.asked_at <= %(last)s
           OR cf.since = co.since AND cf.times < %(most)s AND cf.asked_at <= %(remind)s)
      AND EXISTS (
          SELECT 1 FROM customers_identity i JOIN customers_namespace n ON n.id = i.namespace_id + 0
          WHERE i.customer_id = co.customer_id AND n.code = 'email')
    ORDER BY co.customer_id, co.brand_id, co.purpose
    LIMIT %(limit)s
), asked AS (
    INSERT INTO campaigns_confirmation AS cf
        (customer_id, brand_id, purpose, since, asked_at, times, total)
    SELECT customer_id, brand_id, purpose, since, %(now)s, 1, 1 FROM due
    ON CONFLICT (customer_id, brand_id, purpose) DO UPDATE
    SET since = excluded.since, asked_at = excluded.asked_at, total = cf.total + 1,
        times = CASE WHEN cf.since = excluded.since THEN cf.times + 1 ELSE 1 END
    RETURNING id, customer_id, brand_id, purpose, total
)
INSERT INTO campaigns_candidate (
    brand_id, customer_id, bucket, journey_id, version_id, enrollment_id, node, visit, content_id,
    channel, purpose, priority, context, wanted_at, due_at, expires_at, state, rule, detail
)
SELECT a.brand_id, a.customer_id, a.customer_id %% 256, 0, 0, -a.id, 'confirm', a.total, c.id,
    'email', 'transactional', 90,
    jsonb_build_object('confirm', jsonb_build_object('channel', 'email', 'purpose', a.purpose)),
    %(now)s, %(now)s, %(now)s + interval '2 days', 'waiting', '', '{}'
FROM asked a JOIN campaigns_content c ON c.brand_id = a.brand_id AND c.code = %(code)s
ON CONFLICT (enrollment_id, node, visit) DO NOTHING
RETURNING id
"""


class Standing(StrEnum):
    """How it stands with what a message asked for."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"  # she said no since, or never was asked
    TOO_OLD = "too_old"


def ask_pending(now: datetime) -> int:
    """Make the messages that ask for a confirmation; returns how many. The gate and the outbox do
    the rest, as with any transactional message."""
    since = now - GOOD_FOR
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BRANDS, {"since": since})
        brands = [pk for (pk,) in cursor.fetchall()]
        if not brands:
            return 0
        for brand in Brand.objects.filter(pk__in=brands):
            _content_of(brand, now)
        cursor.execute(
            ASK,
            {
                "now": now,
                "since": since,
                "last": now - AT_MOST_EVERY,
                "remind": now - REMIND_AFTER,
                "most": MOST,
                "brands": brands,
                "limit": PIECE,
                "code": CODE,
            },
        )
        return len(cursor.fetchall())


def standing_of(message: Message, now: datetime) -> Standing:
    """Whether the consent that *message* asked for waits for a word."""
    return _standing(message, _consent(message), now)


def confirm(message: Message, now: datetime) -> bool:
    """Turn the consent that waits into a yes; tells whether it did."""
    with transaction.atomic():
        consent = _consent(message, lock=True)
        if consent is None or _standing(message, consent, now) != Standing.OPEN:
            return False
        said = Said(consent.channel, consent.purpose, ConsentState.GRANTED, consent.wording)
        return bool(say(message, [said], how="double_opt_in", now=now))


# helpers


def _consent(message: Message, *, lock: bool = False) -> Consent | None:
    asked = message.candidate.context.get("confirm") or {}
    rows = Consent.objects.filter(
        customer=message.customer_id,
        brand=message.brand_id,
        channel=asked.get("channel", ""),
        purpose=asked.get("purpose", ""),
    )
    return (rows.select_for_update() if lock else rows).first()


def _standing(message: Message, consent: Consent | None, now: datetime) -> Standing:
    if consent is not None and consent.state == ConsentState.GRANTED:
        return Standing.DONE
    if consent is None or consent.state != ConsentState.PENDING:
        return Standing.WITHDRAWN
    return Standing.TOO_OLD if now - message.accepted_at > GOOD_FOR else Standing.OPEN


def _content_of(brand: Brand, now: datetime) -> Content:
    """The brand's own text, or the standard one, made when it is first needed."""
    found = Content.objects.filter(brand=brand, code=CODE).first()
    if found is not None:
        return found
    return create_content(
        Actor.of_system("double opt-in"),
        brand,
        code=CODE,
        name=NAME.get(brand.language, NAME["en"]),
        channel=Channel.EMAIL,
        purpose=Purpose.TRANSACTIONAL,
        texts=[TextDraft(language, **parts) for language, parts in texts().items()],
        now=now,
    )
