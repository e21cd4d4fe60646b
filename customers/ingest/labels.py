"""Tags and consents of an item, checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.ingest import limits
from customers.ingest.catalogue import Catalogue
from customers.ingest.facts import ConsentFact, TagFact
from customers.ingest.limits import BadFact
from customers.models import Channel, ConsentState, Purpose

_TAGS = gettext_lazy("tags")
_CONSENTS = gettext_lazy("consents")
_CHANNELS = frozenset(Channel.values)
_PURPOSES = frozenset(Purpose.values)
_STATES = frozenset(ConsentState.values)


def read_tags(tags: Sequence[TagFact], catalogue: Catalogue) -> list[tuple[int, str, bool]]:
    """Tags as (id of the tag, value, whether it comes). Raises BadFact."""
    limits.check_count(tags, limits.TAGS_PER_ITEM, _TAGS)
    read: list[tuple[int, str, bool]] = []
    for tag in tags:
        found = catalogue.tags.get(tag.code)
        if found is None:
            raise BadFact(
                _("There is no tag “%(code)s”. Make it on the page Tags first.")
                % {"code": limits.named(tag.code)}
            )
        value = str(tag.value)
        if len(value) > 160 or (value and not value.isprintable()):
            raise BadFact(_("The value of a tag has at most 160 printable characters."))
        read.append((found.id, value, bool(tag.added)))
    return read


def read_consents(
    consents: Sequence[ConsentFact], brand_id: int | None, now: datetime
) -> list[ConsentFact]:
    """Consents with their brand and moment. Raises BadFact."""
    limits.check_count(consents, limits.CONSENTS_PER_ITEM, _CONSENTS)
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
                        "value": limits.shown(value),
                    }
                )
        brand = consent.brand_id or brand_id
        if brand is None:
            raise BadFact(_("A consent is given to a brand, and none is named."))
        at = now if consent.at is None else limits.check_moment(consent.at, now)
        if len(consent.wording) > limits.TEXT_LENGTH or limits.is_unfit(consent.wording):
            raise BadFact(_("The wording of a consent is too long or can't be stored."))
        proof = json.loads(limits.to_json(consent.proof)) if consent.proof else {}
        read.append(
            ConsentFact(
                consent.channel, consent.purpose, consent.state, brand, at, consent.wording, proof
            )
        )
    return read
