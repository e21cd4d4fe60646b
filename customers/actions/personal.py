"""Personal data of one customer: shown for a reason and a while, and hidden again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record
from customers.access.people import require_with
from customers.models import Customer, Disclosure, DisclosureReason
from customers.profile.veil import Veil

SHOWN: Final = timedelta(minutes=15)
NOTE: Final = 200


def show(
    actor: Actor, customer: Customer, *, reason: str, note: str = "", now: datetime
) -> Disclosure:
    """Show *actor* the personal data of *customer* for a quarter of an hour.

    The reason stands in the audit log; the note beside it, without what is known of her. Raises
    RightMissing, and ValidationError for a missing reason.
    """
    require_with(actor, Right.SEE_PERSONAL, customer)
    if actor.user is None:
        raise ValidationError(_("Personal data are shown to a person who is signed in."))
    if reason not in DisclosureReason.values:
        raise ValidationError({"reason": _("Choose what you need the data for.")})
    note = " ".join(note.replace("\x00", "").split())
    if reason == DisclosureReason.OTHER and not note:
        raise ValidationError({"note": _("Say in a few words what you need the data for.")})
    if len(note) > NOTE:
        raise ValidationError(
            {
                "note": _("The note has %(count)s characters, %(most)s are allowed.")
                % {"count": len(note), "most": NOTE}
            }
        )
    note = Veil.of(customer).text(note)[:NOTE]
    with transaction.atomic():
        found = Disclosure.objects.create(
            user=actor.user,
            customer=customer,
            reason=reason,
            note=note,
            at=now,
            until=now + SHOWN,
        )
        # The note stays where it can be erased.
        minutes = SHOWN.seconds // 60
        changes = {"reason": reason, "disclosure": found.pk, "minutes": minutes}
        record(actor, "customer.show_personal", customer, now=now, changes=changes)
    return found


def hide(actor: Actor, customer: Customer, *, now: datetime) -> None:
    """Mask them again before the time is over. Doing it twice changes nothing."""
    with transaction.atomic():
        ended = Disclosure.objects.filter(
            user=actor.user, customer=customer, until__gt=now, at__lte=now
        ).update(until=now)
        if ended:
            record(actor, "customer.hide_personal", customer, now=now)


def open_one(actor: Actor, customer: Customer, now: datetime) -> Disclosure | None:
    """The disclosure by which *actor* sees this customer just now."""
    return (
        Disclosure.objects.filter(user=actor.user, customer=customer, until__gt=now)
        .order_by("-until")
        .first()
    )
