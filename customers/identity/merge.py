"""Two customers become one, and that undone.

The older customer is kept. Every row that is moved, changed or removed is written down in
MergeRow, so that `unmerge` restores it. Rows that came after the merge stay with the kept
customer: nothing says to whom of the two they belong. What was changed once more since the merge
stays as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.identity.merging import lock_floors, tell_merged, tell_undone
from customers.identity.person import fold
from customers.identity.restore import restore_rows
from customers.identity.rows import move_rows
from customers.models import Customer, Merge, MergeReason, MergeReview, ReviewState

LOCK = "SELECT id FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


class Pair(NamedTuple):
    """`other` becomes part of `kept`; the note names the fact that said so."""

    kept: int
    other: int
    note: str = ""


def merge(
    actor: Actor,
    kept: Customer,
    other: Customer,
    *,
    reason: str = MergeReason.MANUAL,
    note: str = "",
    now: datetime,
) -> Merge:
    """Merge two customers in one transaction; whichever is older is kept.

    Limits of namespaces do not stand against it: a person has decided. Raises RightMissing (the
    customers belong to the whole group), and ValidationError when it is the same customer, or one
    of them was merged or erased already.
    """
    require(actor, Right.EDIT_CUSTOMER, None)
    if kept.pk == other.pk:
        raise ValidationError(_("A customer can't be merged with herself."))
    with transaction.atomic(), connection.cursor() as cursor:
        lock_floors(cursor, [kept.pk, other.pk])
        cursor.execute(LOCK, [[kept.pk, other.pk]])
        found = list(Customer.objects.filter(pk__in=[kept.pk, other.pk]))
        if len(found) < 2 or any(each.merged_into_id or each.erased_at for each in found):
            raise ValidationError(
                _("One of the two was merged or erased already. Look at the page again.")
            )
        first, second = sorted(found, key=lambda each: (each.created_at, each.pk))
        [merge_id] = merge_pairs(
            cursor, [Pair(first.pk, second.pk, note)], actor=actor, reason=reason, now=now
        )
    return Merge.objects.get(pk=merge_id)


def unmerge(actor: Actor, merge: Merge, *, now: datetime) -> None:
    """Undo a merge: every row goes back to what it was, and the two are kept apart from now on.

    Of several merges into one customer the last is undone first. Raises RightMissing, and
    ValidationError when it was undone already or another one has to be undone before.
    """
    require(actor, Right.EDIT_CUSTOMER, None)
    with transaction.atomic(), connection.cursor() as cursor:
        lock_floors(cursor, [merge.kept_id, merge.other_id])
        cursor.execute(LOCK, [[merge.kept_id, merge.other_id]])
        merge.refresh_from_db()
        if merge.undone_at is not None:
            raise ValidationError(_("This merge was undone already."))
        later = later_merge(merge)
        if later is not None:
            raise ValidationError(
                _("Undo the later merge of C-%(other)s into C-%(kept)s first.")
                % {"other": later.other_id, "kept": later.kept_id}
            )
        restore_rows(cursor, merge.pk, merge.kept_id)
        tell_undone(cursor, merge.pk, merge.kept_id, merge.other_id)
        merge.undone_at, merge.undone_by = now, actor.user
        merge.save(update_fields=["undone_at", "undone_by"])
        one, two = sorted([merge.kept_id, merge.other_id])
        MergeReview.objects.update_or_create(
            one_id=one,
            two_id=two,
            defaults={
                "state": ReviewState.APART,
                "decided_at": now,
                "decided_by": actor.user,
            },
            create_defaults={
                "state": ReviewState.APART,
                "opened_at": now,
                "decided_at": now,
                "decided_by": actor.user,
            },
        )
        record(
            actor,
            "customer.unmerge",
            Customer.objects.get(pk=merge.kept_id),
            now=now,
            changes={"other": merge.other_id, "merge": merge.pk},
        )


def later_merge(merge: Merge) -> Merge | None:
    """The last merge that stands and has to be undone before this one can be."""
    return (
        Merge.objects.filter(Q(kept_id=merge.kept_id) | Q(other_id=merge.kept_id))
        .filter(pk__gt=merge.pk, undone_at__isnull=True)
        .order_by("-pk")
        .first()
    )


def merge_pairs(
    cursor: Any, pairs: Sequence[Pair], *, actor: Actor, reason: str, now: datetime
) -> list[int]:
    """Merge many at once; the ids of the merges, aligned with *pairs*.

    The caller has locked all customers in the order of their ids. Of several others for one kept
    customer each is a round of its own, so that each can be undone; a round is a fixed number of
    statements for any number of merges. Raises Busy when a floor above moves one of them and the
    caller has not taken the locks of the floors before those of customers.
    """
    lock_floors(cursor, sorted({id for pair in pairs for id in pair[:2]}), wait=False)
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS merging (merge_id bigint, kept_id bigint,"
        " other_id bigint) ON COMMIT DELETE ROWS"
    )
    made: dict[int, int] = {}
    for pairs_of_round in _rounds(pairs):
        _open(cursor, pairs_of_round, actor, reason, now)
        fold(cursor)
        move_rows(cursor)
        tell_merged(cursor)
        _audit(cursor, actor, reason, now)
        cursor.execute("SELECT other_id, merge_id FROM merging")
        made |= dict(cursor.fetchall())
    return [made[pair.other] for pair in pairs]


# helpers


def _rounds(pairs: Sequence[Pair]) -> list[list[Pair]]:
    rounds: list[list[Pair]] = []
    times: dict[int, int] = {}
    for pair in pairs:
        number = times[pair.kept] = times.get(pair.kept, -1) + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(pair)
    return rounds


def _open(cursor: Any, pairs: list[Pair], actor: Actor, reason: str, now: datetime) -> None:
    cursor.execute("TRUNCATE merging")
    cursor.execute(
        """
        WITH opened AS (
            INSERT INTO customers_merge (kept_id, other_id, at, reason, note, by_id)
            SELECT kept_id, other_id, %s, %s, left(note, 240), %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[])
                WITH ORDINALITY AS new (kept_id, other_id, note, position)
            ORDER BY position
            RETURNING id, kept_id, other_id
        )
        INSERT INTO merging (merge_id, kept_id, other_id) SELECT * FROM opened
        """,
        [
            now,
            str(reason),
            actor.user.pk if actor.user else None,
            [pair.kept for pair in pairs],
            [pair.other for pair in pairs],
            [pair.note for pair in pairs],
        ],
    )
    cursor.execute("ANALYZE merging")


def _audit(cursor: Any, actor: Actor, reason: str, now: datetime) -> None:
    cursor.execute(
        """
        INSERT INTO customers_auditentry (at, actor_id, actor_label, via, action, object_type,
                                          object_id, object_label, changes, request_id)
        SELECT %s, %s, %s, %s, 'customer.merge', 'customer', kept_id::text,
               'C-' || kept_id, jsonb_build_object('other', other_id, 'merge', merge_id,
               'reason', %s::text), %s
        FROM merging ORDER BY merge_id
        """,
        [
            now,
            actor.user.pk if actor.user else None,
            str(actor)[:160],
            actor.via,
            str(reason),
            actor.request_id,
        ],
    )
