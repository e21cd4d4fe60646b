"""Tags of a customer with what they say, since when and why; and her stage, from models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.access import Actor, Right
from customers.access.people import allowed
from customers.access.rights import brands_of
from customers.formats import day
from customers.models import Customer, CustomerTag, TagKind
from customers.profile.registry import Section
from customers.rules.vocabulary import Vocabulary
from customers.scope import Scope
from customers.tags.definition import read_definition, say
from customers.tags.labels import value_label
from customers.tags.standing import model_of, standing

STAGE, CELL = "lifecycle", "rfm"


@dataclass(frozen=True, slots=True)
class Held:
    """A tag on the card. `why` says how it is computed, of an assigned one it is empty."""

    row: CustomerTag
    label: str
    why: SafeString
    is_removable: bool


def tags_card(
    customer: Customer, *, scope: Scope, actor: Actor, now: datetime
) -> list[tuple[str, list[Held]]]:
    """Tags that are valid now, by kind; the number of queries does not grow with them."""
    kinds = {
        TagKind.ASSIGNED.value: _("Assigned"),
        TagKind.FACT.value: _("From facts"),
        TagKind.MODEL.value: _("From models"),
        TagKind.PREDICTIVE.value: _("Predicted"),
    }
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids)
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    rows = customer.tags.filter(mine, valid).select_related("tag", "source")
    may_shared = customer.pk in allowed(actor, Right.TAG_CUSTOMER, [customer])
    may_of = set(brands_of(actor, Right.TAG_CUSTOMER).values_list("pk", flat=True))
    vocabulary = Vocabulary()
    found: dict[str, list[Held]] = {}
    for row in rows.order_by("tag__name", "value"):
        tag = row.tag
        may = may_shared if tag.brand_id is None else tag.brand_id in may_of
        found.setdefault(tag.kind, []).append(
            Held(
                row,
                value_label(tag, row.value),
                _why(tag.definition, vocabulary),
                may and tag.kind == TagKind.ASSIGNED,
            )
        )
    return [(name, found[kind]) for kind, name in kinds.items() if kind in found]


def stage(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> list[Section]:
    """Her stage of life and her cell of RFM, where a model says them; one query."""
    held = standing([customer.pk], scope, now=now).get(customer.pk, [])
    by_model = {model_of(each.tag): each for each in held}
    one, other = by_model.get(STAGE), by_model.get(CELL)
    first = one or other
    if first is None:
        return []
    note = _("since %(when)s") % {"when": day(first.since)}
    if one is not None and other is not None:
        note = f"{other.tag.title}: {other.label}"
    context = {"name": first.tag.title, "value": first.label, "note": note}
    return [Section(first.tag.title, context=context)]


# helpers


def _why(definition: object, vocabulary: Vocabulary) -> SafeString:
    read, _problems = read_definition(definition or {}, vocabulary=vocabulary)
    return say(read) if read is not None and definition else SafeString("")
