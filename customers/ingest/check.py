"""Reads the items of a batch; what can't be taken in is refused with its place and a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.identity.assign import Key
from customers.identity.normalise import NotAnIdentity, normalise
from customers.ingest import limits
from customers.ingest.attributes import CODE, guess_type, read_value
from customers.ingest.catalogue import Catalogue
from customers.ingest.facts import REPORTS, Batch, ConsentFact, EventFact, Item, Refused, TagFact
from customers.ingest.limits import BadFact
from customers.models import Channel, ConsentState, Purpose

# Looked up only in a refusal: an item that is fine needs no words.
_IDENTITIES = gettext_lazy("identities")
_EVENTS = gettext_lazy("events")
_ATTRIBUTES = gettext_lazy("attributes")
_TAGS = gettext_lazy("tags")
_CONSENTS = gettext_lazy("consents")
_CHANNELS = frozenset(Channel.values)
_PURPOSES = frozenset(Purpose.values)
_STATES = frozenset(ConsentState.values)


@dataclass(slots=True)
class ReadEvent:
    """An event ready to be written; `key` is the digest of its idempotency key, or empty."""

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
    tags: list[tuple[int, str, bool]]
    consents: list[ConsentFact]
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
    reading = Reading([], [], {})
    names: set[str] = set()
    for index, item in enumerate(batch.items):
        try:
            read = _item(index, item, batch, catalogue, reading.new_attributes, now)
            names.update(event.name for event in read.events)
            if len(names) > limits.EVENT_NAMES_PER_BATCH:
                names.difference_update(event.name for event in read.events)
                raise BadFact(
                    _("A batch may hold at most %(most)s different names of events.")
                    % {"most": limits.EVENT_NAMES_PER_BATCH}
                )
            reading.items.append(read)
        except (BadFact, NotAnIdentity) as error:
            reading.refused.append(Refused(item.place, str(error)))
    return reading


# helpers


def _item(
    index: int,
    item: Item,
    batch: Batch,
    catalogue: Catalogue,
    new_attributes: dict[str, str],
    now: datetime,
) -> ReadItem:
    _bounded(item.identities, limits.IDENTITIES_PER_ITEM, _IDENTITIES)
    _bounded(item.events, limits.EVENTS_PER_ITEM, _EVENTS)
    keys = [_key(space, value, catalogue) for space, value in item.identities]
    if not keys and item.customer_id is None:
        raise BadFact(
            _("Nobody is named. Give at least one identity, such as a phone number or an e-mail.")
        )
    events = [_event(event, batch.source, now) for event in item.events]
    attributes = _attributes(item, catalogue, new_attributes) if item.attributes else {}
    return ReadItem(
        index=index,
        place=item.place,
        keys=keys,
        customer_id=item.customer_id,
        attributes=attributes,
        tags=_tags(item.tags, catalogue) if item.tags else [],
        consents=_consents(item.consents, batch.brand_id, now) if item.consents else [],
        events=events,
        at=max(event.occurred_at for event in events) if events else now,
        seen_at=max((e.occurred_at for e in events if e.name not in REPORTS), default=None),
    )


def _bounded(things: Any, most: int, name: object) -> None:
    if len(things) > most:
        raise BadFact(
            _("An item may hold at most %(most)s %(name)s, this one has %(count)s.")
            % {"most": most, "name": name, "count": len(things)}
        )


def _key(space: object, value: object, catalogue: Catalogue) -> Key:
    found = catalogue.spaces.get(space) if isinstance(space, str) else None
    if found is None:
        raise BadFact(
            _("“%(code)s” is no kind of identity here. Known are: %(known)s.")
            % {"code": str(space)[:40], "known": ", ".join(sorted(catalogue.spaces))}
        )
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadFact(
            _("The identity “%(code)s” must be a text, but %(value)s came.")
            % {"code": space, "value": repr(value)[:60]}
        )
    return Key(found.id, normalise(found.normaliser, value))


def _event(event: EventFact, source: str, now: datetime) -> ReadEvent:
    name = limits.check_name(event.name)
    at = now if event.occurred_at is None else limits.check_moment(event.occurred_at, now)
    properties = limits.to_json(event.properties) if event.properties else "{}"
    digest = ""
    if event.key:
        if len(event.key) > limits.KEY_LENGTH:
            raise BadFact(
                _("The key of an event has at most %(most)s characters.")
                % {"most": limits.KEY_LENGTH}
            )
        text = f"{source}:{event.key}".encode(errors="surrogatepass")
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
    return ReadEvent(name, at, properties, digest)


def _attributes(item: Item, catalogue: Catalogue, new_attributes: dict[str, str]) -> dict[str, Any]:
    _bounded(item.attributes, limits.ATTRIBUTES_PER_ITEM, _ATTRIBUTES)
    read: dict[str, Any] = {}
    met: dict[str, str] = {}
    for code, value in item.attributes.items():
        if not CODE.fullmatch(code):
            raise BadFact(
                _(
                    "“%(code)s” can't be the code of an attribute: use up to 40 small letters, "
                    "digits and underscores, beginning with a letter."
                )
                % {"code": str(code)[:60].replace("\x00", "?")}
            )
        data_type = catalogue.attribute_types.get(code) or new_attributes.get(code)
        if value is None:
            read[code] = None
            continue
        if data_type is None:
            data_type = met[code] = guess_type(value)
        read[code] = read_value(code, data_type, value)
    new_attributes.update(met)
    return read


def _tags(tags: Sequence[TagFact], catalogue: Catalogue) -> list[tuple[int, str, bool]]:
    _bounded(tags, limits.TAGS_PER_ITEM, _TAGS)
    read = []
    for tag in tags:
        found = catalogue.tags.get(tag.code)
        if found is None:
            raise BadFact(
                _("There is no tag “%(code)s”. Make it on the page Tags first.")
                % {"code": str(tag.code)[:40].replace("\x00", "?")}
            )
        value = str(tag.value)
        if len(value) > 160 or (value and not value.isprintable()):
            raise BadFact(_("The value of a tag has at most 160 printable characters."))
        read.append((found.id, value, bool(tag.added)))
    return read


def _consents(
    consents: Sequence[ConsentFact], brand_id: int | None, now: datetime
) -> list[ConsentFact]:
    _bounded(consents, limits.CONSENTS_PER_ITEM, _CONSENTS)
    read = []
    for consent in consents:
        for name, value, known in (
            ("channel", consent.channel, _CHANNELS),
            ("purpose", consent.purpose, _PURPOSES),
            ("state", consent.state, _STATES),
        ):
            if value not in known:
                raise BadFact(
                    _("A consent's %(name)s is one of %(known)s, but %(value)s came.")
                    % {
                        "name": name,
                        "known": ", ".join(sorted(known)),
                        "value": repr(value)[:40],
                    }
                )
        brand = consent.brand_id or brand_id
        if brand is None:
            raise BadFact(_("A consent is given to a brand, and none is named."))
        at = now if consent.at is None else limits.check_moment(consent.at, now)
        if "\x00" in consent.wording or len(consent.wording) > limits.TEXT_LENGTH:
            raise BadFact(_("The wording of a consent is too long or can't be stored."))
        proof = json.loads(limits.to_json(consent.proof)) if consent.proof else {}
        read.append(
            ConsentFact(
                consent.channel, consent.purpose, consent.state, brand, at, consent.wording, proof
            )
        )
    return read
