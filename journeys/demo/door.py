"""The demo's people and what they do, brought to the one door as a brand's shop would bring it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import Brand
from journeys.demo.people import Person
from journeys.demo.rhythms import Happening

CHANNELS = ("email", "sms", "push", "wechat")
MOST = 1_000  # events of one item
WORDING = {
    "en": "Yes, send me news and offers. I can end this at any time.",
    "zh-hans": "我同意接收新品与优惠信息，可随时退订。",
}


class Door:
    """Takes people and happenings in; remembers who is known and who is which customer."""

    def __init__(self, brands: Mapping[str, Brand], people: Sequence[Person]) -> None:
        self.brands = brands
        self.people = people
        self.number_of: dict[int, int] = {}  # customer id → number of the person
        self._known: set[tuple[str, int]] = set()

    def take_in(
        self, newcomers: Iterable[Person], happenings: Iterable[Happening], now: datetime
    ) -> int:
        """Tell the door about people who joined and what happened; returns the number of events."""
        said: dict[str, dict[int, list[Happening]]] = defaultdict(dict)
        for person in newcomers:
            said[person.home].setdefault(person.number, [])
        for each in happenings:
            said[each.brand].setdefault(each.number, []).append(each)
        taken = 0
        for code, by_person in said.items():
            items, numbers = [], []
            for number, events in by_person.items():
                for start in range(0, max(1, len(events)), MOST):
                    items.append(self._item(code, number, events[start : start + MOST]))
                    numbers.append(number)
            taken += self._send(code, items, numbers, now)
        return taken

    def label(self, tags: Mapping[int, Sequence[TagFact]], now: datetime) -> None:
        """Give people their tags."""
        by_brand: dict[str, list[tuple[int, Item]]] = defaultdict(list)
        for number, facts in tags.items():
            home = self.people[number].home
            identity = self.people[number].identities(home)[:1]
            by_brand[home].append((number, Item(str(number), identity, tags=facts)))
        for code, pairs in by_brand.items():
            self._send(code, [item for _n, item in pairs], [n for n, _item in pairs], now)

    # helpers

    def _item(self, code: str, number: int, events: Sequence[Happening]) -> Item:
        person = self.people[number]
        is_new = (code, number) not in self._known
        self._known.add((code, number))
        facts = [EventFact(each.name, each.at, each.properties, each.key) for each in events]
        known_by = person.identities(code)
        if not is_new:
            return Item(str(number), known_by[:1], events=facts)
        return Item(
            str(number),
            known_by,
            attributes=person.attributes(),
            consents=consents_of(person),
            events=facts,
        )

    def _send(self, code: str, items: Sequence[Item], numbers: Sequence[int], now: datetime) -> int:
        batch = Batch(f"{code}_shop", items, brand_id=self.brands[code].pk)
        done = ingest(batch, now=now)
        if done.refused:
            first = done.refused[0]
            raise ValueError(f"The door refused {len(done.refused)} items: {first.text}")
        for customer_id, number in zip(done.customer_ids, numbers, strict=True):
            if customer_id is not None:
                self.number_of[customer_id] = number
        return done.event_count


def consents_of(person: Person) -> list[ConsentFact]:
    """What a person ticked when she joined."""
    facts = []
    for channel in CHANNELS:
        state = "granted" if channel in person.says_yes else "denied"
        said: dict[str, Any] = {"wording": WORDING[person.language], "proof": {"form": "join"}}
        facts.append(ConsentFact(channel, "marketing", state, at=person.joined_at, **said))
        facts.append(ConsentFact(channel, "service", "granted", at=person.joined_at))
    return facts
