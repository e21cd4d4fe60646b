"""Making claimed messages ready: who gets it, may it still go, what does it say.

Everything is read for the whole batch at once, and now rather than when the gate looked: an
address that changed is the new one, and a no that came since counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.channels import Outgoing, namespaces
from campaigns.consents.pages import pages_of
from campaigns.content import Compiled, Recipient, TextFault, compiled_versions, render
from campaigns.content.preview import brand_variables
from campaigns.gate.rules.consent import NEEDS_A_YES
from campaigns.models import MessageState, OnMissing
from campaigns.outbox.claim import Claimed
from campaigns.outbox.following import followings
from campaigns.outbox.footer import with_footer
from campaigns.outbox.links import follow
from campaigns.outbox.outcome import Outcome
from customers.models import Brand, Channel, Purpose

# What each message needs, and the first thing that has come to stand against it since the gate.
LOAD = """
SELECT m.id, cu.display_name, cu.language, cu.attributes, ca.context,
    coalesce(found.address, ''),
    CASE
        WHEN ca.expires_at <= %(now)s THEN 'expired'
        WHEN co.state = 'denied'
            OR m.purpose = ANY(%(needs_yes)s::text[]) AND co.state IS DISTINCT FROM 'granted'
            THEN 'consent'
        WHEN found.address IS NULL AND way.namespace IS NOT NULL THEN 'address'
        WHEN EXISTS (
            SELECT 1 FROM campaigns_suppression s
            WHERE (s.brand_id IS NULL OR s.brand_id = m.brand_id) AND s.channel IN ('', m.channel)
              AND s.scope = 'customer' AND s.customer_id = m.customer_id
        ) OR EXISTS (
            SELECT 1 FROM campaigns_suppression s
            WHERE (s.brand_id IS NULL OR s.brand_id = m.brand_id) AND s.channel IN ('', m.channel)
              AND s.value <> '' AND (s.scope, s.value) IN (
                ('address', found.address), ('domain', lower(split_part(found.address, '@', 2))))
        ) THEN 'suppression'
        ELSE ''
    END
FROM campaigns_message m
JOIN campaigns_candidate ca ON ca.id = m.candidate_id
JOIN customers_customer cu ON cu.id = m.customer_id
LEFT JOIN customers_consent co ON co.customer_id = m.customer_id AND co.brand_id = m.brand_id
    AND co.channel = m.channel AND co.purpose = m.purpose
LEFT JOIN unnest(%(channels)s::text[], %(namespaces)s::text[]) AS way (channel, namespace)
    ON way.channel = m.channel
LEFT JOIN LATERAL (
    SELECT i.value AS address
    -- "+ 0" keeps the planner from the index of all values of a namespace, which it prefers to
    -- the few identities of a customer as long as the tables are young and have no statistics.
    FROM customers_identity i JOIN customers_namespace n ON n.id = i.namespace_id + 0
    WHERE i.customer_id = m.customer_id AND n.code = way.namespace
    ORDER BY i.verified_at DESC NULLS LAST, i.created_at DESC, i.id DESC
    LIMIT 1
) found ON true
WHERE m.id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that can go."""

    claimed: Claimed
    outgoing: Outgoing
    variant: str


def prepare(
    claimed: Sequence[Claimed], now: datetime, *, follows: bool = True
) -> tuple[list[Ready], list[Outcome]]:
    """Split *claimed* into those that can go and those whose fate is known without a provider.

    Links are made ready to be followed unless *follows* is off.

    A constant number of queries; texts are compiled once per version.
    """
    rows = {row[0]: row for row in _load([message.id for message in claimed], now)}
    brands = {
        brand.pk: brand for brand in Brand.objects.filter(pk__in={m.brand_id for m in claimed})
    }
    brand_words = {pk: brand_variables(brand) for pk, brand in brands.items()}
    texts = compiled_versions(m.content_version_id for m in claimed if m.content_version_id)
    ready: list[Ready] = []
    fates: list[Outcome] = []
    for message in claimed:
        row = rows.get(message.id)
        compiled = texts.get(message.content_version_id or 0)
        if row is None or compiled is None:
            # Erased, or its content deleted, since it was claimed.
            fates.append(Outcome(message, MessageState.FAILED, error="gone|"))
            continue
        _id, name, language, attributes, context, address, against = row
        if against:
            fates.append(
                Outcome(message, MessageState.FAILED, error=f"{against}|", address=address)
            )
            continue
        to = Recipient(
            customer_id=message.customer_id,
            display_name=name,
            language=language,
            attributes=_data(attributes),
            brand=brand_words[message.brand_id],
            context=(told := _data(context)),
            pages=(pages := pages_of(message.id, told)),
        )
        made = render(compiled, to)
        if isinstance(made, TextFault):
            held = made.on_missing == OnMissing.HOLD
            state = MessageState.HELD if held else MessageState.FAILED
            error = f"text_{made.kind.value}|{made.detail}"
            fates.append(Outcome(message, state, error=error, address=address))
            continue
        outgoing = Outgoing(
            id=message.id,
            address=address,
            language=made.language,
            subject=made.subject,
            body=made.body,
            html=made.html,
            sender_name=str(to.brand["sender_name"]),
            customer_id=message.customer_id,
        )
        if message.purpose == Purpose.MARKETING:
            outgoing = replace(outgoing, unsubscribe_url=pages["unsubscribe_url"])
            if message.channel == Channel.EMAIL:
                outgoing = with_footer(outgoing, pages)
        ready.append(Ready(message, outgoing, made.variant))
    return (_followed(ready, texts, now) if follows else ready), fates


# helpers


def _followed(ready: Sequence[Ready], texts: Mapping[int, Compiled], now: datetime) -> list[Ready]:
    """The same with their links made ready."""
    wanted = followings(
        (each.claimed, texts[each.claimed.content_version_id or 0].code) for each in ready
    )
    outgoing = follow(
        [
            (each.outgoing, each.claimed.channel, how)
            for each, how in zip(ready, wanted, strict=True)
        ],
        now,
    )
    return [replace(each, outgoing=new) for each, new in zip(ready, outgoing, strict=True)]


def _load(ids: list[int], now: datetime) -> list[tuple[Any, ...]]:
    known = namespaces()
    with connection.cursor() as cursor:
        cursor.execute(
            LOAD,
            {
                "ids": ids,
                "now": now,
                "needs_yes": NEEDS_A_YES,
                "channels": list(known),
                "namespaces": list(known.values()),
            },
        )
        return list(cursor.fetchall())


def _data(value: Any) -> dict[str, Any]:
    """A jsonb column: raw cursors of Django give its text."""
    read = json.loads(value) if isinstance(value, str) else value
    return read if isinstance(read, dict) else {}
