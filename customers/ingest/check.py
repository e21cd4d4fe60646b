"""Reads the items of a batch; what can't be taken in is refused with its place and a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.identity.normalise import FORMS, NotAnIdentity
from customers.identity.slots import Key
from customers.ingest import limits
from customers.ingest.attributes import CODE, guess_type, read_value
from customers.ingest.catalogue import Catalogue
from customers.ingest.facts import (
    REPORTS,
    Batch,
    Change,
    ConsentFact,
    EventFact,
    How,
    Item,
    Refused,
)
from customers.ingest.labels import read_consents, read_tags
from customers.ingest.limits import BadFact
from customers.models import DataType

try:
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:  # the one of OpenSSL, which takes twice as long for a short text
    md5 = partial(hashlib.md5, usedforsecurity=False)

# Looked up only in a refusal: an item that is fine needs no words.
_IDENTITIES = gettext_lazy("identities")
_EVENTS = gettext_lazy("events")
_ATTRIBUTES = gettext_lazy("attributes")
# What type an attribute must have to be changed in this way.
_OF_CHANGE = {How.ADD: DataType.NUMBER.value, How.APPEND: DataType.LIST.value}


# So many items have their properties written at once; one of them that needs a closer look makes
# these look twice, and no more.
AT_ONCE = 500


@dataclass(slots=True)
class ReadEvent:
    """An event ready to be written: its moment in UTC, its properties as JSON; `key` is the digest
    of its idempotency key, or empty."""

    name: str
    occurred_at: datetime
    properties: bytes = b"{}"
    key: bytes = b""


@dataclass(slots=True)
class ReadItem:
    """An item ready to be written; `index` is its position in the batch.

    `at` is the moment of its last event, `seen_at` that of the last one that is an act of hers.
    Its attributes, tags and consents and what its events say are read in the second step.
    """

    index: int
    place: str
    keys: list[Key]
    customer_id: int | None
    events: Sequence[ReadEvent]
    at: datetime
    seen_at: datetime | None
    attributes: Mapping[str, Any]
    changes: Mapping[str, Change] | None = None
    tags: Sequence[tuple[int, str, bool]] = ()
    consents: Sequence[ConsentFact] = ()


_NOTHING: Mapping[str, Any] = {}


class Reader:
    """Checks every item of a batch by itself, a bad one holds no other up, in two steps: whom it is
    about and when, which is all that it takes to look these people up; then what it says.

    `refused` holds the bad ones by their position. Of the good ones `names` holds the names of
    their events, `keys` the digests of their idempotency keys, `keyed` how many events have one,
    and `new_attributes` the types of attributes met for the first time; `possible` are the names of
    events known after the first step. What is `skipped` is not looked at.
    """

    def __init__(self, batch: Batch, catalogue: Catalogue, now: datetime) -> None:
        self.batch = batch
        self.catalogue = catalogue
        self.now = now.astimezone(UTC)
        self.latest = self.now + limits.FUTURE
        self.forms: dict[str, tuple[int, Callable[[str], str]]] = {
            code: (space.id, FORMS[space.normaliser]) for code, space in catalogue.spaces.items()
        }
        self.source = f"{batch.source}:"
        self.skipped: Set[int] = frozenset()
        self.refused: dict[int, Refused] = {}
        self.new_attributes: dict[str, str] = {}
        self.possible: set[str] = set()
        self.names: set[str] = set()
        self.keys: set[bytes] = set()
        self.keyed = 0

    def people(self) -> list[ReadItem]:
        """The first step: the items whose people and events have a name and a moment."""
        found: list[ReadItem] = []
        for index, item in enumerate(self.batch.items):
            if index in self.skipped:
                continue
            try:
                found.append(self._person(index, item))
            except (BadFact, NotAnIdentity) as error:
                self.refuse(index, str(error))
        return found

    def facts(self, items: Sequence[ReadItem]) -> list[ReadItem]:
        """The second step: those of *items* whose facts are good, with these."""
        found: list[ReadItem] = []
        given = self.batch.items
        for start in range(0, len(items), AT_ONCE):
            part = items[start : start + AT_ONCE]
            is_packed = self._pack(part)
            for read in part:
                try:
                    self._facts(read, given[read.index], is_packed=is_packed)
                except BadFact as error:
                    self.refuse(read.index, str(error))
                else:
                    found.append(read)
        return found

    def refuse(self, index: int, text: str, *, keep: bool = True) -> None:
        """Note why an item is not taken in; `keep`: whether its sender's row may be kept."""
        self.refused[index] = Refused(self.batch.items[index].place, text, keep)

    # helpers

    def _person(self, index: int, item: Item) -> ReadItem:
        """What is as it should be is read right here; a call for each would take as long again."""
        if len(item.identities) > limits.IDENTITIES_PER_ITEM:
            limits.check_count(item.identities, limits.IDENTITIES_PER_ITEM, _IDENTITIES)
        keys: list[Key] = []
        for space, value in item.identities:
            form = self.forms.get(space) if type(space) is str else None
            if form is not None and type(value) is str:
                keys.append((form[0], form[1](value)))
            else:
                keys.append(self._key(space, value))
        if not keys and item.customer_id is None:
            raise BadFact(
                _(
                    "Nobody is named. Give at least one identity, such as a phone number or an "
                    "e-mail."
                )
            )
        if len(item.events) > limits.EVENTS_PER_ITEM:
            limits.check_count(item.events, limits.EVENTS_PER_ITEM, _EVENTS)
        latest = seen_at = None
        events: list[ReadEvent] = []
        for event in item.events:
            name, at = event.name, event.occurred_at
            if (
                type(name) is not str
                or name not in self.possible
                or at is None
                or at.tzinfo is not UTC
                or not limits.EARLIEST <= at <= self.latest
            ):
                name, at = self._event(event)
            events.append(ReadEvent(name, at))
            if latest is None or at > latest:
                latest = at
            if name not in REPORTS and (seen_at is None or at > seen_at):
                seen_at = at
        return ReadItem(
            index, item.place, keys, item.customer_id, events, latest or self.now, seen_at, _NOTHING
        )

    def _key(self, space: object, value: object) -> Key:
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

    def _event(self, event: EventFact) -> tuple[str, datetime]:
        """The name of an event, which is noted, and its moment in UTC."""
        name: object = event.name
        if not isinstance(name, str) or name not in self.possible:
            name = limits.check_name(name)
            self.possible.add(name)
        at = event.occurred_at
        if at is None:
            at = self.now
        elif at.tzinfo is None or not limits.EARLIEST <= at <= self.latest:
            limits.check_moment(at, self.now)
        elif at.tzinfo is not UTC:
            at = at.astimezone(UTC)
        return name, at

    def _name_all(self, events: Sequence[ReadEvent]) -> None:
        """Note the names of an item's events, all of them or none."""
        names = {event.name for event in events} - self.names
        if len(self.names) + len(names) > limits.EVENT_NAMES_PER_BATCH:
            raise BadFact(
                _("A batch may hold at most %(most)s different names of events.")
                % {"most": limits.EVENT_NAMES_PER_BATCH}
            )
        self.names |= names

    def _pack(self, items: Sequence[ReadItem]) -> bool:
        """Write the properties of these items' events as JSON in one go, unless some of them need
        a closer look: then nothing is done."""
        given = self.batch.items
        packed = limits.all_to_json(
            [said.properties for read in items for said in given[read.index].events]
        )
        if packed is None:
            return False
        rest = iter(packed)
        for read in items:
            for event in read.events:
                event.properties = next(rest)
        return True

    def _facts(self, read: ReadItem, item: Item, *, is_packed: bool) -> None:
        events = read.events
        for event, said in zip(events, item.events, strict=True):
            if not is_packed and said.properties:
                event.properties = limits.to_json(said.properties)
            if said.key:
                event.key = self._digest(said.key)
        met = None
        if item.attributes:
            read.attributes, met = self._attributes(item.attributes)
        if item.changes:
            read.changes, new = self._changes(item.changes)
            met = {**(met or {}), **new}
        if item.tags:
            read.tags = read_tags(item.tags, self.catalogue)
        if item.consents:
            read.consents = read_consents(item.consents, self.batch.brand_id, self.now)
        for event in events:
            if event.name not in self.names:
                self._name_all(events)
        # From here on nothing is refused any more.
        for event in events:
            if event.key:
                self.keys.add(event.key)
                self.keyed += 1
        if met:
            self.new_attributes.update(met)

    def _digest(self, key: str) -> bytes:
        if len(key) > limits.KEY_LENGTH:
            raise BadFact(
                _("The key of an event has at most %(most)s characters.")
                % {"most": limits.KEY_LENGTH}
            )
        found: bytes = md5((self.source + key).encode(errors="surrogatepass")).digest()
        return found

    def _changes(self, given: Mapping[str, Change]) -> tuple[dict[str, Change], dict[str, str]]:
        """The same for changes: only numbers are added to, and only lists appended to."""
        values, met = self._attributes({code: change.value for code, change in given.items()})
        read = {code: Change(given[code].how, value) for code, value in values.items()}
        for code, change in read.items():
            known = self.catalogue.attribute_types.get(code) or self.new_attributes.get(code)
            data_type = known or met.get(code)
            if change.value is None or data_type != _OF_CHANGE.get(change.how, data_type):
                raise BadFact(
                    _(
                        "“%(code)s” can't be changed by “%(how)s”: a number is added to, a list is "
                        "appended to."
                    )
                    % {"code": code, "how": change.how}
                )
        return read, met

    def _attributes(self, given: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, str]]:
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
