"""Users of the back office: letting them in and shutting them out."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.models import User


def deactivate(actor: Actor, user: User, now: datetime) -> None:
    """Shut *user* out. What she did stays under her name.

    Raises RightMissing, and ValueError for oneself, for the last superuser and for somebody who
    is shut out already.
    """
    require(actor, Right.SET_RIGHTS, None)
    if actor.user is not None and actor.user.pk == user.pk:
        raise ValueError(_("You can't shut yourself out. Ask another admin to do it."))
    if not user.is_active:
        raise ValueError(_("This user is shut out already."))
    others = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    if user.is_superuser and not [other for other in others if other.pk != user.pk]:
        raise ValueError(_("This is the last superuser. Make another one first."))
    _set_active(actor, user, now, active=False)


def activate(actor: Actor, user: User, now: datetime) -> None:
    """Let *user* in again; raises RightMissing, and ValueError for one who is not shut out."""
    require(actor, Right.SET_RIGHTS, None)
    if user.is_active:
        raise ValueError(_("This user may sign in already."))
    _set_active(actor, user, now, active=True)


# helpers


def _set_active(actor: Actor, user: User, now: datetime, *, active: bool) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    verb = "activate" if active else "deactivate"
    record(actor, f"user.{verb}", user, now=now, changes={"is_active": [not active, active]})
