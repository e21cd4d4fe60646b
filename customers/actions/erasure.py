"""Erasing a customer for good, and letting her in again when she comes back by herself."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.access import Actor, Right, record
from customers.access.people import require_over_all
from customers.erasure.bar import bar as bar_identities
from customers.erasure.run import Count, erase_all, lock_person, person_of
from customers.erasure.run import preview as count_rows
from customers.identity.merging import Busy
from customers.imports.left import unread_files
from customers.models import Customer, Erasure, ErasureReason

_MEANWHILE = gettext_lazy("She was erased or merged with somebody already. Look at the page again.")


def preview(actor: Actor, customer: Customer, *, now: datetime) -> list[Count]:
    """What an erasure would take, without taking it. Raises RightMissing."""
    require_over_all(actor, Right.ERASE, customer)
    with transaction.atomic(), connection.cursor() as cursor:
        return count_rows(cursor, person_of(cursor, customer, now))


def erase(
    actor: Actor, customer: Customer, *, reason: str, bar: bool = False, now: datetime
) -> Erasure:
    """Erase *customer*, and all who were merged into her, in one transaction; see
    customers.erasure for what goes and what stays. It can't be undone.

    `bar` refuses facts that name her identities from now on. Raises RightMissing, and
    ValidationError when she was merged or erased already or the reason is missing.
    """
    require_over_all(actor, Right.ERASE, customer)
    if reason not in ErasureReason.values:
        raise ValidationError({"reason": _("Choose why the data have to go.")})
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            lock_person(cursor, customer)
        except Busy:
            raise ValidationError(_MEANWHILE) from None
        person = person_of(cursor, customer, now)
        customer.refresh_from_db()
        if customer.erased_at is not None or customer.merged_into_id is not None:
            raise ValidationError(_MEANWHILE)
        erasure = Erasure.objects.create(
            customer=customer,
            at=now,
            by=actor.user,
            by_label=str(actor)[:160],
            reason=reason,
            merged=len(person.ids) - 1,
            is_barred=bar,
            unread_files=unread_files(customer.brand_ids),
        )
        if bar:
            bar_identities(erasure, person.ids)
        erasure.counts = [count._asdict() for count in erase_all(cursor, person)]
        erasure.save(update_fields=["counts"])
        changes = {"certificate": erasure.pk, "reason": reason, "barred": bar}
        record(actor, "customer.erase", customer, now=now, changes=changes)
    customer.refresh_from_db()
    return erasure


def lift(actor: Actor, erasure: Erasure, *, now: datetime) -> None:
    """Let facts about her come in again; she is somebody new then. Raises RightMissing."""
    require_over_all(actor, Right.ERASE, erasure.customer)
    with transaction.atomic():
        count, _by_model = erasure.barred.all().delete()
        if erasure.is_barred and erasure.lifted_at is None:
            erasure.lifted_at = now
            erasure.save(update_fields=["lifted_at"])
            record(actor, "erasure.lift", erasure, now=now, changes={"identities": count})
