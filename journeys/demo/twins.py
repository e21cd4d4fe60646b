"""People of the demo who came twice: some turned out to be one by themselves, some wait for a
decision, since together they would have more WeChat accounts than one customer may have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from customers.ingest import Batch, ConsentFact, EventFact, Item, ingest
from journeys.demo.door import Door
from journeys.demo.people import Person

SHARE = 100  # one of so many people came twice
MOST = 16
SOURCE = "store_cards"


def add_twins(door: Door, seed: int, now: datetime) -> int:
    """Let some people come a second time by a loyalty card, and some cards be named together with
    the person. Returns how many customers it made that are still there."""
    draw = Random(f"{seed} twins")
    known = [person for person in door.people
             if person.unionid and person.joined_at < now - timedelta(days=20)]  # fmt: skip
    twins = draw.sample(known, min(MOST, len(known), len(door.people) // SHARE))
    left = 0
    for index, person in enumerate(twins):
        is_clear = index % 3 == 2
        at = now - timedelta(days=draw.randint(6, 18), hours=draw.randint(0, 9))
        _say(door, person, [_card(person, index, is_clear, at, draw)], at)
        # Her own account, and a second one that she used in the shop.
        mine = [(f"{person.home}_member", f"{person.home[:1].upper()}{100_000 + person.number}")]
        if not is_clear:
            second = ("unionid", f"demo-u-second-{person.number}")
            _say(door, person, [Item("2", [*mine, second])], at + timedelta(hours=1))
            left += 1
        met = now - timedelta(days=index % 5, hours=draw.randint(1, 20), minutes=index)
        both = Item(
            f"receipt {4_100 + 17 * index}", [*mine, ("external_id", f"card-{8_000 + index}")]
        )
        _say(door, person, [both], met)
    return left


# helpers


def _say(door: Door, person: Person, items: Sequence[Item], at: datetime) -> None:
    done = ingest(Batch(SOURCE, items, brand_id=door.brands[person.home].pk), now=at)
    if done.refused:
        raise ValueError(f"The door refused a card: {done.refused[0].text}")


def _card(person: Person, index: int, is_clear: bool, at: datetime, draw: Random) -> Item:
    """What a store knows of somebody with a card: a name as she said it, another phone, what she
    bought there, and a word on messages that may differ from her first."""
    keys = [("external_id", f"card-{8_000 + index}"), ("phone", f"+8615{900_000_000 + index * 7}")]
    if not is_clear:
        keys.append(("unionid", f"demo-u-card-{index}"))
    bought = [
        EventFact(
            "order_paid",
            at - timedelta(days=n),
            {"amount": round(draw.uniform(60, 480), 2), "store": person.city},
            f"card:{index}:{n}",
        )
        for n in range(draw.randint(1, 3))
    ]
    said = draw.choice(("granted", "denied"))
    return Item(
        f"card {8_000 + index}",
        keys,
        attributes={
            "name": person.name.split()[0] if index % 2 else person.name,
            "city": person.city if index % 3 else draw.choice(("上海", "杭州", "成都")),
            "gender": person.gender,
        },
        consents=[
            ConsentFact("sms", "marketing", said),
            ConsentFact("email", "marketing", "denied"),
        ],
        events=bought,
    )
