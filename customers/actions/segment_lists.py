"""Who stands on a list: put on it and taken off it by another system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.ingest import BadFact, Batch, Item, ingest
from customers.models import Brand, Segment, SegmentKind
from customers.queries.named import customers_named
from customers.segments import move_members


@dataclass(slots=True)
class Listed:
    """What became of a call: how many came and went, who was new here, and by place why somebody
    was refused. Who was on the list already, or off it, changes nothing."""

    came: int = 0
    went: int = 0
    customers_created: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def change_list(
    actor: Actor,
    segment: Segment,
    brand: Brand,
    *,
    add: Sequence[Item],
    remove: Sequence[Item],
    source: str,
    now: datetime,
) -> Listed:
    """Put customers on a list and take others off it, all at once.

    Whom nobody knows yet is made by the one door when she is put on it, as an upload does.
    The place of an item is its index. Raises RightMissing, and ValidationError for a segment that
    is no list or is put away.
    """
    require(actor, Right.EDIT, segment.brand or brand)
    require(actor, Right.INGEST, brand)
    if segment.kind != SegmentKind.LIST:
        text = _("“%(segment)s” is a segment by rule: its rule decides who is in it.")
        raise ValidationError(text % {"segment": segment.title})
    if segment.archived_at is not None:
        text = _("“%(segment)s” is archived. Take it out of the archive first.")
        raise ValidationError(text % {"segment": segment.title})
    done = Listed()
    with transaction.atomic(), connection.cursor() as cursor:
        told = ingest(Batch(source, add, brand.pk), now=now)
        done.customers_created = told.customers_created
        done.refused = {int(each.place): each.text for each in told.refused}
        comes = {id: True for id in told.customer_ids if id is not None}
        owners = customers_named([item.identities for item in remove], brand.pk)
        for item, owner in zip(remove, owners, strict=True):
            if isinstance(owner, BadFact):
                done.refused[int(item.place)] = str(owner)
            else:
                comes[owner] = False
        moves = move_members(cursor, segment.pk, comes, now=now)
        done.came, done.went = moves.came, moves.went
        if done.came or done.went:
            Segment.objects.filter(pk=segment.pk).update(
                size=F("size") + done.came - done.went, built_at=now
            )
            changes = {"came": done.came, "went": done.went}
            record(actor, "segment.members", segment, now=now, brand=brand, changes=changes)
    return done
