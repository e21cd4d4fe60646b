"""Reads the items of a batch; what can't be taken in is refused with its place and a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.identity.normalise import FORMS, NotAnIdentity
from customers.identity.slots import Key
from customers.ingest import limits
from customers.ingest.attributes import CODE, guess_type, read_value
from customers.ingest.catalogue import Catalogue
from customers.ingest.facts import REPORTS, Batch, ConsentFact, EventFact, Item, Refused
from customers.ingest.labels import read_consents, read_tags
from customers.ingest.limits import BadFact

# Looked up only in a refusal: an item that is fine needs no words.
_IDENTITIES = gettext_lazy("identities")
_EVENTS = gettext_lazy("events")
_ATTRIBUTES = gettext_lazy("attributes")


@dataclass(slots=True)
class ReadEvent:
    """An event ready to be written: its moment in UTC, its properties as JSON; `key` is the digest
    of its idempotency key, or empty."""

    name: str
    occurred_at: datetime
    properties: str
    key: str


@dataclass(slots=True)
class ReadItem:
    """An item ready to be written; `index` is its position in the batch.

    `at` is the moment of its last event, `seen_at` that of the last one that is an act of hers.
    """

    index: int
    place: str
    keys: list[Key]
    customer_id: int | None
    attributes: dict[str, Any]
    tags: Sequence[tuple[int, str, bool]]
    consents: Sequence[ConsentFact]
    events: list[ReadEvent]
    at: datetime
    seen_at: datetime | None


@dataclass(slots=True)
class Reading:
    """The readable items, the refused ones, and attributes met for the first time."""

    items: list[ReadItem]
    refused: list[Refused]
    new_attributes: dict[str, str]


def read_items(batch: Batch, catalogue: Catalogue, now: datetime) -> Reading:
    """Check every item by itself: a bad one holds no other up."""
    reader = _Reader(batch, catalogue, now)
    items: list[ReadItem] = []
    refused: list[Refused] = []
    for index, item in enumerate(batch.items):
        try:
            items.append(reader.item(index, item))
        except (BadFact, NotAnIdentity) as error:
            refused.append(Refused(item.place, str(error)))
    return Reading(items, refused, reader.new_attributes)


# helpers


class _Reader:
    """What has been looked up once for a whole batch."""

    def __init__(self, batch: Batch, catalogue: Catalogue, now: datetime) -> None:
        self.catalogue = catalogue
        self.brand_id = batch.brand_id
        self.now = now.astimezone(UTC)
        self.latest = self.now + limits.FUTURE
        self.forms: dict[str, tuple[int, Callable[[str], str]]] = {
            code: (space.id, FORMS[space.normaliser]) for code, space in catalogue.spaces.items()
        }
        self.source = hashlib.md5(
            f"{batch.source}:".encode(errors="surrogatepass"), usedforsecurity=False
        )
        self.new_attributes: dict[str, str] = {}
        self.names: set[str] = set()

    def item(self, index: int, item: Item) -> ReadItem:
        limits.check_count(item.identities, limits.IDENTITIES_PER_ITEM, _IDENTITIES)
        limits.check_count(item.events, limits.EVENTS_PER_ITEM, _EVENTS)
        keys = [self.key(space, value) for space, value in item.identities]
        if not keys and item.customer_id is None:
            raise BadFact(
                _(
                    "Nobody is named. Give at least one identity, such as a phone number or an "
                    "e-mail."
                )
            )
        at, seen_at = self.now, None
        if item.events:
            events = [self.event(event) for event in item.events]
            at = events[0].occurred_at
            if len(events) > 1:
                at = max([event.occurred_at for event in events])
                acts = [event.occurred_at for event in events if event.name not in REPORTS]
                seen_at = max(acts, default=None)
            elif events[0].name not in REPORTS:
                seen_at = at
        else:
            events = []
        attributes, met = self.attributes(item.attributes) if item.attributes else ({}, None)
        tags = read_tags(item.tags, self.catalogue) if item.tags else ()
        consents = read_consents(item.consents, self.brand_id, self.now) if item.consents else ()
        for event in events:
            if event.name not in self.names:
                self.name_all(events)
        # From here on nothing is refused any more.
        if met:
            self.new_attributes.update(met)
        return ReadItem(
            index, item.place, keys, item.customer_id, attributes, tags, consents, events, at,
            seen_at,
        )  # fmt: skip

    def key(self, space: object, value: object) -> Key:
        found = self.forms.get(space) if isinstance(space, str) else None
        if found is None:
            raise BadFact(
                _("“%(code)s” is no kind of identity here. Known are: %(known)s.")
                % {"code": limits.named(space), "known": ", ".join(sorted(self.forms))}
            )
        if isinstance(value, str):
            return found[0], found[1](value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**300:
            return found[0], found[1](str(value))
        raise BadFact(
            _("The identity “%(code)s” must be a text, but %(value)s came.")
            % {"code": space, "value": limits.shown(value)}
        )

    def event(self, event: EventFact) -> ReadEvent:
        name: object = event.name
        if not isinstance(name, str) or name not in self.names:
            name = limits.check_name(name)
        at = event.occurred_at
        if at is None:
            at = self.now
        elif at.tzinfo is None or not limits.EARLIEST <= at <= self.latest:
            limits.check_moment(at, self.now)
        elif at.tzinfo is not UTC:
            at = at.astimezone(UTC)
        digest = ""
        if event.key:
            if len(event.key) > limits.KEY_LENGTH:
                raise BadFact(
                    _("The key of an event has at most %(most)s characters.")
                    % {"most": limits.KEY_LENGTH}
                )
            md5 = self.source.copy()
            md5.update(event.key.encode(errors="surrogatepass"))
            digest = md5.hexdigest()
        return ReadEvent(
            name, at, limits.to_json(event.properties) if event.properties else "{}", digest
        )

    def name_all(self, events: Sequence[ReadEvent]) -> None:
        """Note the names of an item's events, all of them or none."""
        names = {event.name for event in events} - self.names
        if len(self.names) + len(names) > limits.EVENT_NAMES_PER_BATCH:
            raise BadFact(
                _("A batch may hold at most %(most)s different names of events.")
                % {"most": limits.EVENT_NAMES_PER_BATCH}
            )
        self.names |= names

    def attributes(self, given: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The values as they are stored, and the types of attributes met for the first time."""
        limits.check_count(given, limits.ATTRIBUTES_PER_ITEM, _ATTRIBUTES)
        types = self.catalogue.attribute_types
        read: dict[str, Any] = {}
        met: dict[str, str] = {}
        for code, value in given.items():
            data_type = types.get(code) or self.new_attributes.get(code)
            if data_type is None and not (isinstance(code, str) and CODE.fullmatch(code)):
                raise BadFact(
                    _(
                        "“%(code)s” can't be the code of an attribute: use up to 40 small letters, "
                        "digits and underscores, beginning with a letter."
                    )
                    % {"code": limits.named(code)}
                )
            if value is None:
                read[code] = None
                continue
            if data_type is None:
                data_type = met[code] = guess_type(value)
            read[code] = read_value(code, data_type, value)
        return read, met
