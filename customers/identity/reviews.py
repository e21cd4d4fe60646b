"""The queue of pairs who may be one customer, for a person to decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.identity.assign import Clash
from customers.identity.merge import LOCK, merge, unmerge
from customers.identity.merging import lock_floors
from customers.models import Customer, Merge, MergeReason, MergeReview, ReviewState


def open_reviews(
    cursor: Any,
    clashes: Sequence[Clash],
    *,
    source: str,
    brand_id: int | None,
    places: Sequence[str],
    now: datetime,
) -> None:
    """Put clashes over a limit into the queue; a pair that stands there already stays as it is."""
    wanted = sorted(
        (
            min(clash.kept, clash.other),
            max(clash.kept, clash.other),
            ",".join(str(space) for space in clash.namespaces),
            place[:120],
        )
        for clash, place in zip(clashes, places, strict=True)
        if clash.namespaces
    )
    if not wanted:
        return
    cursor.execute(
        """
        INSERT INTO customers_mergereview
            (one_id, two_id, namespaces, source, brand_id, place, state, opened_at)
        SELECT one, two, (SELECT jsonb_agg(n.code ORDER BY n.code) FROM customers_namespace n
                          WHERE n.id = ANY(string_to_array(spaces, ',')::smallint[])),
               %s, %s, place, 'open', %s
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
            AS new (one, two, spaces, place)
        ON CONFLICT (one_id, two_id) DO NOTHING
        """,
        [
            source[:40],
            brand_id,
            now,
            [row[0] for row in wanted],
            [row[1] for row in wanted],
            [row[2] for row in wanted],
            [row[3] for row in wanted],
        ],
    )


def decide_merge(actor: Actor, review: MergeReview, *, now: datetime) -> Merge:
    """Merge both sides of a review, whatever the limit. Raises RightMissing, and ValidationError
    when somebody has decided before."""
    require(actor, Right.EDIT_CUSTOMER, None)
    with transaction.atomic():
        one, two = _sides(review)
        done = merge(actor, one, two, reason=MergeReason.REVIEW, now=now)
        _close(review, ReviewState.MERGED, actor, now, done)
        return done


def keep_apart(actor: Actor, review: MergeReview, *, now: datetime) -> None:
    """Say that the two are different people: no fact joins them any more. Raises RightMissing,
    and ValidationError when somebody has decided before."""
    require(actor, Right.EDIT_CUSTOMER, None)
    with transaction.atomic():
        one, two = _sides(review)
        _close(review, ReviewState.APART, actor, now)
        record(actor, "customer.keep_apart", one, now=now, changes={"other": two.pk})


def take_back(actor: Actor, review: MergeReview, *, now: datetime) -> None:
    """Undo a decision: the pair stands in the queue again, as if nobody had decided.

    Raises RightMissing, and ValidationError when nothing is decided, or the merge can't be undone
    (a later one stands on it).
    """
    require(actor, Right.EDIT_CUSTOMER, None)
    with transaction.atomic(), connection.cursor() as cursor:
        done = review.merge
        ids = [done.kept_id, done.other_id] if done else [review.one_id, review.two_id]
        lock_floors(cursor, ids)
        cursor.execute(LOCK, [ids])
        review.refresh_from_db()
        if review.state == ReviewState.OPEN:
            raise ValidationError(_("This pair stands in the queue already."))
        if review.state == ReviewState.MERGED:
            if review.merge is None:
                raise ValidationError(
                    _("The two became one elsewhere. Undo it on the customer's page.")
                )
            if review.merge.undone_at is None:
                unmerge(actor, review.merge, now=now)
        _close(review, ReviewState.OPEN, actor, now)
        one = Customer.objects.get(pk=review.one_id)
        record(actor, "customer.review_again", one, now=now, changes={"other": review.two_id})


# helpers


def _sides(review: MergeReview) -> tuple[Customer, Customer]:
    """Who the two are by now, locked in the order of their ids as everywhere."""
    both = Customer.objects.in_bulk([review.one_id, review.two_id])
    now_called = [both[id].merged_into_id or id for id in (review.one_id, review.two_id)]
    with connection.cursor() as cursor:
        lock_floors(cursor, now_called)
        cursor.execute(LOCK, [sorted(set(now_called))])
    review.refresh_from_db()
    if review.state != ReviewState.OPEN:
        raise ValidationError(_("Somebody has decided this already."))
    found = Customer.objects.in_bulk(now_called)
    return found[now_called[0]], found[now_called[1]]


def _close(
    review: MergeReview, state: ReviewState, actor: Actor, now: datetime, done: Merge | None = None
) -> None:
    is_open = state == ReviewState.OPEN
    review.state, review.merge = state, done
    review.decided_at = None if is_open else now
    review.decided_by = None if is_open else actor.user
    review.save(update_fields=["state", "decided_at", "decided_by", "merge"])
