"""One report and its message: what changes, and which facts it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from campaigns.channels import Report, What
from campaigns.models import MessageState
from campaigns.outbox.machines import machine_of
from campaigns.outbox.stop import is_stop
from customers.ingest import ConsentFact, EventFact, Item

EVENT_OF: Final = {
    What.DELIVERED: "message_delivered",
    What.DEFERRED: "message_deferred",
    What.FAILED: "message_failed",
    What.BOUNCED: "message_bounced",
    What.COMPLAINED: "message_complained",
    What.OPENED: "message_opened",
    What.CLICKED: "message_clicked",
    What.DISMISSED: "message_dismissed",
    What.REPLIED: "message_replied",
    What.UNSUBSCRIBED: "unsubscribed",
}
# What a machine did has a name of its own, and wakes nobody who waits for the customer.
BY_MACHINE: Final = {
    What.OPENED: "message_opened_by_machine",
    What.CLICKED: "message_clicked_by_machine",
}
# Of these a message has one each; of the others as many as happened.
ONCE: Final = (What.DELIVERED, What.FAILED, What.BOUNCED, What.COMPLAINED, What.UNSUBSCRIBED)
# Whoever does these has got it.
PROVE_ARRIVAL: Final = (
    What.DELIVERED, What.OPENED, What.CLICKED, What.DISMISSED, What.REPLIED, What.COMPLAINED,
)  # fmt: skip
# No provider's clock is trusted further than this before the message was accepted.
EARLIEST: Final = timedelta(hours=1)


@dataclass(slots=True)
class Kept:
    """A message as it stands, locked; `apply` changes it."""

    id: int
    brand_id: int
    customer_id: int
    channel: str
    purpose: str
    journey_id: int
    node: str
    state: str
    error: str
    address: str
    provider_id: str
    claimed_at: datetime | None
    accepted_at: datetime
    handed_over_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None

    @property
    def is_in_hand(self) -> bool:
        """Whether a worker is handing it over just now and will write it down."""
        return self.state == MessageState.ACCEPTED and self.claimed_at is not None


@dataclass(slots=True)
class Told:
    """A report, its message where there is one, and the customer where she is known.
    `was_uncertain`: the provider says what nobody here knew, that the message went out."""

    report: Report
    row: Kept | None
    customer_id: int | None
    was_uncertain: bool = False

    @property
    def machine(self) -> str:
        """The machine that opened it; empty when it was a person, or is no open."""
        report = self.report
        if report.what not in (What.OPENED, What.CLICKED):
            return ""
        return report.machine or machine_of(report.user_agent)

    def at(self, now: datetime) -> datetime:
        """When it happened, as far as that can be."""
        at = self.report.at
        earliest = self.row.accepted_at - EARLIEST if self.row else now - timedelta(days=7)
        return at if at is not None and earliest <= at <= now else now


def apply(told: Told, now: datetime) -> bool:
    """Change the message as the report says; tells whether anything changed.

    What is over stays over, whatever comes late: a bounce ends a message also after "delivered",
    as mail servers that take everything first do it; nothing revives a bounced one.
    """
    row, report, at = told.row, told.report, told.at(now)
    if row is None:
        return False
    before = (row.state, row.delivered_at, row.opened_at, row.clicked_at, row.handed_over_at)
    is_bounced = row.state == MessageState.FAILED and row.error.startswith("bounced|")
    if row.handed_over_at is None and row.state != MessageState.HELD:
        row.handed_over_at, told.was_uncertain = at, True
        row.state, row.error = MessageState.HANDED_OVER.value, ""
    if report.what == What.BOUNCED and not is_bounced:
        row.state, row.error = MessageState.FAILED.value, f"bounced|{report.text}"[:400]
    elif report.what == What.FAILED and row.delivered_at is None and not is_bounced:
        row.state, row.error = MessageState.FAILED.value, f"reported|{report.text}"[:400]
    elif report.what in PROVE_ARRIVAL and not is_bounced:
        row.state, row.error = MessageState.DELIVERED.value, ""
        row.delivered_at = row.delivered_at or at
    if not told.machine:
        if report.what == What.OPENED:
            row.opened_at = row.opened_at or at
        elif report.what == What.CLICKED:
            row.clicked_at = row.clicked_at or at
    after = (row.state, row.delivered_at, row.opened_at, row.clicked_at, row.handed_over_at)
    return before != after


def say(told: Told, account_id: int, now: datetime) -> Iterator[Item]:
    """The facts of a report whose customer is known."""
    row, report, at = told.row, told.report, told.at(now)
    if told.customer_id is None:
        return
    properties: dict[str, Any] = _about(row) if row else {"account_id": account_id}
    mark = f"{row.id}" if row else f"account:{account_id}:{report.address}"
    if row and told.was_uncertain:
        sent = EventFact("message_sent", at, _about(row), key=f"{row.id}:handed_over")
        yield Item(f"{mark}:sent", customer_id=told.customer_id, events=[sent])
    name, key = EVENT_OF[report.what], f"{mark}:{report.what.value}"
    if told.machine:
        properties["machine"] = told.machine
        name, key = BY_MACHINE[report.what], f"{mark}:{report.what.value}:machine"
    if report.what not in ONCE:
        moment = report.at.isoformat() if report.at else ""
        key += f":{report.key or moment}:{report.url}"
    if report.what == What.REPLIED:
        properties["text"] = report.text
    elif report.what in (What.FAILED, What.BOUNCED, What.DEFERRED) and report.text:
        properties["reason"] = report.text[:300]
    if report.what == What.BOUNCED:
        properties["permanent"] = report.is_permanent
    if report.url:
        properties["url"] = report.url
    item = Item(
        key[:200],
        customer_id=told.customer_id,
        events=[EventFact(name, at, properties, key=_short(key))],
        consents=_consents(told, at) if row else [],
    )
    yield item
    if report.what == What.REPLIED and is_stop(report.text):
        over = EventFact("unsubscribed", at, properties, key=_short(f"{key}:stop"))
        yield Item(f"{key[:190]}:stop", customer_id=told.customer_id, events=[over])


# helpers


def _about(row: Kept) -> dict[str, Any]:
    return {
        "message_id": row.id,
        "channel": row.channel,
        "purpose": row.purpose,
        "journey_id": row.journey_id,
        "node": row.node,
    }


def _consents(told: Told, at: datetime) -> list[ConsentFact]:
    """Who unsubscribes at the provider takes back her yes to marketing on this channel."""
    if told.row is None or told.report.what != What.UNSUBSCRIBED:
        return []
    proof = {"message_id": told.row.id}
    return [ConsentFact(told.row.channel, "marketing", "denied", at=at, proof=proof)]


def _short(key: str) -> str:
    """Keys have at most two hundred letters; of a longer one its digest stands for the rest."""
    import hashlib

    if len(key) <= 200:
        return key
    return f"{key[:120]}:{hashlib.sha256(key.encode()).hexdigest()}"
