"""Lists: made of a name, put together by another system or of people of another room."""

from __future__ import annotations

import re
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
from customers.names import keys_of
from customers.queries.named import customers_named
from customers.rules import Compiled
from customers.segments import move_members
from customers.segments.hearing import move, open_moves


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


def keep_as_list(
    actor: Actor, brand: Brand, name: str, who: Compiled, *, told: str, now: datetime
) -> Segment:
    """A new list of everybody whom the SELECT of customer ids finds now; `told` says in the audit
    log who they are. Raises RightMissing, and ValidationError for a name or when nobody is left."""
    require(actor, Right.EDIT, brand)
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise ValidationError(_("Give the list a name of at most 120 characters."))
    with transaction.atomic(), connection.cursor() as cursor:
        segment = new_list(actor, brand, name, now)
        open_moves(cursor)
        cursor.execute(
            f"INSERT INTO segment_moves SELECT DISTINCT who.id, true FROM ({who.sql}) AS who (id)"
            " JOIN customers_customer c ON c.id = who.id"
            " WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL",
            who.params,
        )
        segment.size = move(cursor, segment.pk, now=now).came
        if not segment.size:
            raise ValidationError(_("Nobody is left of whom you chose. Look at the list again."))
        segment.save(update_fields=["size"])
        changes = {"came": segment.size, "went": 0, "from": told}
        record(actor, "segment.members", segment, now=now, changes=changes)
    return segment


def new_list(actor: Actor, brand: Brand | None, name: str, now: datetime) -> Segment:
    """An empty list of that name, with a code made of it. Raises ValidationError for the name;
    whoever calls has asked for the right."""
    if len(name) > 120:
        raise ValidationError(_("Give the list a name of at most 120 characters."))
    # A code is needed by imports and journeys; for a Chinese name its pinyin is one.
    keys = keys_of(name)
    base = re.sub(r"[^a-z0-9]+", "_", keys[0].key if keys else "").strip("_")[:30]
    base = base if base[:1].isalpha() else f"list_{base}".rstrip("_")
    taken = set(Segment.objects.filter(code__startswith=base).values_list("code", flat=True))
    code = next(
        each for each in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if each not in taken
    )
    segment = Segment.objects.create(
        code=code, name=name, kind=SegmentKind.LIST, brand=brand, owner=actor.user, built_at=now
    )
    record(actor, "segment.create", segment, now=now, changes={"kind": [None, "list"]})
    return segment
