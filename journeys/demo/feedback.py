"""What the demo's customers do with a message: open it, click, buy. Decided by a hash, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from journeys.demo.people import HOURS, Person
from journeys.demo.rhythms import Happening, session

# Of a channel: delivered, opened of these, clicked of the opened, seconds until looked at.
SHARES = {"email": (0.975, 0.44, 0.27, 5400), "sms": (0.96, 0.0, 0.09, 900)}
BUYS = 0.34  # of those who clicked

SENT = """
SELECT m.id, m.customer_id, b.code, m.channel, m.node, m.handed_over_at
FROM campaigns_message m JOIN customers_brand b ON b.id = m.brand_id
WHERE m.id > %s AND m.handed_over_at IS NOT NULL AND m.handed_over_at >= %s ORDER BY m.id
"""
# What a provider's callback would write.
NOTE = """
UPDATE campaigns_message m SET state = 'delivered', delivered_at = said.delivered_at,
    opened_at = said.opened_at, clicked_at = said.clicked_at
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS said (id, delivered_at, opened_at, clicked_at)
WHERE m.id = said.id AND m.state IN ('handed_over', 'delivered')
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was handed over."""

    id: int
    customer_id: int
    brand: str
    channel: str
    node: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """When a message arrived, was opened and clicked, if ever, and what followed in the shop."""

    message: Sent
    delivered_at: datetime
    opened_at: datetime | None
    clicked_at: datetime | None
    follows: Sequence[Happening]

    def happenings(self, number: int) -> list[Happening]:
        """The reaction as events of the person with this number, in order of time."""
        said = {"message_id": self.message.id, "channel": self.message.channel,
                "node": self.message.node, "brand": self.message.brand}  # fmt: skip
        found = [
            Happening(at, number, self.message.brand, name, said, f"{name}-{self.message.id}")
            for name, at in (
                ("message_delivered", self.delivered_at),
                ("message_opened", self.opened_at),
                ("message_clicked", self.clicked_at),
            )
            if at is not None
        ]
        return [*found, *self.follows]


def sent_after(last_id: int, since: datetime) -> list[Sent]:
    """Messages handed over with a higher id than *last_id*, not before *since*."""
    with connection.cursor() as cursor:
        cursor.execute(SENT, [last_id, since])
        return [Sent(*row) for row in cursor.fetchall()]


def reaction_to(message: Sent, person: Person, seed: int) -> Reaction | None:
    """What *person* does with *message*: always the same; None when it never arrives."""
    draw = Random(f"{seed}:answer:{person.number}:{message.node}:{message.channel}")
    arrives, opens, clicks, patience = SHARES.get(message.channel, (1.0, 0.0, 0.0, 3600))
    if draw.random() > arrives:
        return None
    delivered = message.at + timedelta(seconds=draw.uniform(2, 45))
    # Who looks in often reads often.
    keen = min(1.6, 0.6 + person.sessions / 6)
    opened = clicked = None
    if draw.random() < opens * keen:
        opened = _awake(delivered + timedelta(seconds=draw.expovariate(1 / patience)), draw)
    reads = opened or (delivered if not opens else None)
    if reads and draw.random() < clicks * keen:
        clicked = reads + timedelta(seconds=draw.uniform(4, 90))
    follows: list[Happening] = []
    if clicked:
        at = clicked + timedelta(seconds=draw.uniform(5, 30))
        buys = 1.0 if draw.random() < BUYS else 0.02
        number = 5000 + int(message.at.timestamp()) % 100_000
        follows = list(session(draw, person, message.brand, at, number, buys=buys))
    return Reaction(message, delivered, opened, clicked, follows)


def note(reactions: Iterable[Reaction], now: datetime) -> None:
    """Write deliveries, openings and clicks up to *now* beside the messages."""
    rows = [
        (each.message.id, _past(each.delivered_at, now), _past(each.opened_at, now),
         _past(each.clicked_at, now))
        for each in reactions
        if each.delivered_at <= now
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [list(column) for column in zip(*rows, strict=True)])


# helpers


def _awake(moment: datetime, draw: Random) -> datetime:
    """*moment*, or some hours later when hardly anybody would look then."""
    lively = HOURS[moment.hour] / max(HOURS)
    return moment if draw.random() < lively + 0.25 else moment + timedelta(hours=draw.uniform(1, 8))


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment and moment <= now else None
