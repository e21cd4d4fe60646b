"""What providers report becomes facts of the customers, by the one door, once each.

- A message that is still being handed over, or whose id at the provider nobody has written down
  yet: the report waits (`WaitingReport`) and is taken in when that is done.
- A report that came before changes nothing; the door knows its key.
- A report of a message that this account never had is counted as unknown.
- A message that is uncertain, or waits for another attempt, is settled by what the provider says:
  it is not sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.utils.dateparse import parse_datetime

from campaigns.channels import Report, What
from campaigns.models import ChannelAccount
from campaigns.outbox.reported import Kept, Told, apply, say
from campaigns.outbox.suppress import suppress_by_rule
from customers.ingest import Batch, ingest
from customers.models import Channel

ATTEMPTS: Final = 3
# So long a report waits for its message.
PATIENCE: Final = timedelta(days=3)
# An answer belongs to the last message that she got within this time.
ANSWERS_WITHIN: Final = timedelta(days=30)
PIECE: Final = 500

MESSAGES = """
WITH meant AS (
    SELECT id FROM campaigns_message WHERE id = ANY(%(ids)s::bigint[])
    UNION
    SELECT id FROM campaigns_message
    WHERE provider_id <> '' AND provider_id = ANY(%(provider_ids)s::text[])
)
SELECT m.id, m.brand_id, m.customer_id, m.channel, m.purpose, m.journey_id, m.node, m.state,
    m.error, m.address, m.provider_id, m.claimed_at, m.accepted_at, m.handed_over_at,
    m.delivered_at, m.opened_at, m.clicked_at
FROM campaigns_message m JOIN meant ON meant.id = m.id
WHERE m.account_id = %(account)s
ORDER BY m.id
FOR UPDATE OF m
"""
ANSWERED = """
SELECT i.value, i.customer_id, last.id
FROM customers_identity i JOIN customers_namespace n ON n.id = i.namespace_id
LEFT JOIN LATERAL (
    SELECT m.id FROM campaigns_message m
    WHERE m.customer_id = i.customer_id AND m.account_id = %(account)s
      AND m.accepted_at > %(since)s AND m.handed_over_at IS NOT NULL
    ORDER BY m.accepted_at DESC, m.id DESC LIMIT 1
) last ON true
WHERE n.code = %(namespace)s AND i.value = ANY(%(addresses)s::text[])
"""
UPDATE = """
UPDATE campaigns_message m
SET state = told.state, error = told.error, handed_over_at = told.handed_over_at,
    delivered_at = told.delivered_at, opened_at = told.opened_at, clicked_at = told.clicked_at,
    next_attempt_at = CASE WHEN told.state = 'accepted' THEN m.next_attempt_at END
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
    %s::timestamptz[], %s::timestamptz[])
    AS told (id, state, error, handed_over_at, delivered_at, opened_at, clicked_at)
WHERE m.id = told.id
"""
WAIT = """
INSERT INTO campaigns_waitingreport
    (account_id, digest, message_id, provider_id, content, received_at)
SELECT %s, digest, message_id, provider_id, content, %s
FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::jsonb[])
    AS said (digest, message_id, provider_id, content)
ON CONFLICT (account_id, digest) DO NOTHING
"""
# Those whose message has been written down since, and those for whom nobody waits any more.
READY = """
SELECT w.id, w.account_id, w.content FROM campaigns_waitingreport w
WHERE w.received_at <= %(drop)s OR EXISTS (
    SELECT 1 FROM campaigns_message m
    WHERE m.account_id = w.account_id AND (m.state <> 'accepted' OR m.claimed_at IS NULL)
      AND m.id = w.message_id
) OR w.message_id IS NULL AND EXISTS (
    SELECT 1 FROM campaigns_message m
    WHERE m.account_id = w.account_id AND m.provider_id <> '' AND m.provider_id = w.provider_id
)
ORDER BY w.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """How many reports were new, known already, wait for their message, or are of none."""

    taken: int = 0
    repeated: int = 0
    waiting: int = 0
    unknown: int = 0

    def __add__(self, other: TakenIn) -> TakenIn:
        return TakenIn(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )


def take_in(account: ChannelAccount, reports: Sequence[Report], now: datetime) -> TakenIn:
    """Take in what the provider of *account* reports; one transaction, a constant number of
    queries."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _take_in(account, reports, now)
        except OperationalError:
            # A deadlock with somebody else's events; inside an outer transaction it takes that
            # one along.
            if attempt == ATTEMPTS or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def take_in_waiting(now: datetime) -> TakenIn:
    """Take in the reports whose messages have been written down; drop those that waited in vain."""
    done = TakenIn()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(READY, {"drop": now - PATIENCE, "limit": PIECE})
            rows = cursor.fetchall()
            ids = [pk for pk, _account, _content in rows]
            cursor.execute("DELETE FROM campaigns_waitingreport WHERE id = ANY(%s)", [ids])
        by_account: dict[int, list[Report]] = {}
        for _pk, account_id, content in rows:
            by_account.setdefault(account_id, []).append(_read(content))
        accounts = ChannelAccount.objects.in_bulk(by_account)
        for account_id, reports in by_account.items():
            done += _take_in(accounts[account_id], reports, now, may_wait=False)
    return done


# helpers


def _take_in(
    account: ChannelAccount, reports: Sequence[Report], now: datetime, *, may_wait: bool = True
) -> TakenIn:
    reports = [_clean(report) for report in reports]
    with connection.cursor() as cursor:
        answered = _answered(cursor, account, reports, now)
        kept = _messages(cursor, account, reports, [id for _c, id in answered.values() if id])
        by_provider = {row.provider_id: row for row in kept.values() if row.provider_id}
        told: list[Told] = []
        waiting: list[Report] = []
        unknown = 0
        for report in reports:
            row = kept.get(report.message_id or 0) or by_provider.get(report.provider_id)
            if report.what == What.REPLIED and row is None:
                customer_id, last = answered.get(report.address, (None, None))
                row = kept.get(last or 0)
                if row is None:
                    told.append(Told(report, None, customer_id))
                    unknown += customer_id is None
                    continue
            if row is not None and not row.is_in_hand:
                told.append(Told(report, row, row.customer_id))
            elif may_wait and (row is not None or (not report.message_id and report.provider_id)):
                waiting.append(report)
            else:
                unknown += 1
        changed = [each.row for each in told if each.row and apply(each, now)]
        _update(cursor, changed)
        _wait(cursor, account, waiting, now)
        suppress_by_rule(cursor, account, told, now)
    new, repeated = _say(account, told, now)
    return TakenIn(new, repeated, len(waiting), unknown)


def _say(account: ChannelAccount, told: Sequence[Told], now: datetime) -> tuple[int, int]:
    """Tell the customers' timelines, brand by brand; (new reports, known ones)."""
    by_brand: dict[int | None, list[Any]] = {}
    for each in told:
        if each.customer_id is not None:
            brand_id = each.row.brand_id if each.row else account.brand_id
            by_brand.setdefault(brand_id, []).extend(say(each, account.pk, now))
    new = repeated = 0
    for brand_id, items in by_brand.items():
        done = ingest(Batch("feedback", items, brand_id=brand_id, source_kind="channel"), now=now)
        new, repeated = new + done.event_count, repeated + done.duplicates
    return new, repeated


def _messages(
    cursor: Any, account: ChannelAccount, reports: Sequence[Report], more: Sequence[int]
) -> dict[int, Kept]:
    cursor.execute(
        MESSAGES,
        {
            "account": account.pk,
            "ids": [*more, *(r.message_id for r in reports if r.message_id)],
            "provider_ids": [r.provider_id for r in reports if r.provider_id],
        },
    )
    return {row[0]: Kept(*row) for row in cursor.fetchall()}


def _answered(
    cursor: Any, account: ChannelAccount, reports: Sequence[Report], now: datetime
) -> dict[str, tuple[int | None, int | None]]:
    """By address the customer who answered and the last message that she got."""
    from campaigns.channels import namespaces

    addresses = [r.address for r in reports if r.what == What.REPLIED and r.address]
    namespace = namespaces().get(Channel(account.channel))
    if not addresses or namespace is None:
        return {}
    values = {
        "account": account.pk,
        "since": now - ANSWERS_WITHIN,
        "namespace": namespace,
        "addresses": addresses,
    }
    cursor.execute(ANSWERED, values)
    return {value: (customer_id, last) for value, customer_id, last in cursor.fetchall()}


def _update(cursor: Any, rows: Sequence[Kept]) -> None:
    once = list({row.id: row for row in rows}.values())
    if once:
        names = ("id", "state", "error", "handed_over_at", "delivered_at", "opened_at")
        columns = [[getattr(row, name) for row in once] for name in (*names, "clicked_at")]
        cursor.execute(UPDATE, columns)


def _wait(cursor: Any, account: ChannelAccount, reports: Sequence[Report], now: datetime) -> None:
    if not reports:
        return
    contents = [json.dumps(asdict(report), default=str, sort_keys=True) for report in reports]
    cursor.execute(
        WAIT,
        [
            account.pk,
            now,
            [hashlib.sha256(content.encode()).hexdigest() for content in contents],
            [report.message_id for report in reports],
            [report.provider_id for report in reports],
            contents,
        ],
    )


def _read(content: Any) -> Report:
    values = json.loads(content) if isinstance(content, str) else dict(content)
    at = parse_datetime(values["at"]) if values.get("at") else None
    return Report(**{**values, "what": What(values["what"]), "at": at})


def _clean(report: Report) -> Report:
    """Without what a database can't keep."""
    return replace(
        report,
        provider_id=report.provider_id.replace("\x00", "")[:200],
        address=report.address.replace("\x00", "").strip()[:320],
        key=report.key.replace("\x00", "")[:120],
        text=report.text.replace("\x00", "").strip()[:1000],
        url=report.url.replace("\x00", "")[:2000],
    )
