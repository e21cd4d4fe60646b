"""What users change about themselves: how the product looks to them, and their password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, record
from customers.models import User

FIELDS = ("display_name", "language", "theme", "timezone")


def change_account(actor: Actor, values: Mapping[str, str], *, now: datetime) -> list[str]:
    """Write *values* (some of FIELDS) to the actor's own account; returns what changed.

    What is the same as before is neither written nor noted. Raises ValidationError for a value
    that can't be, and TypeError for another field or an actor who is no user.
    """
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise TypeError(f"An account has the fields {', '.join(FIELDS)}, not {unknown[0]!r}.")
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=_self(actor).pk)
        before = {name: getattr(user, name) for name in FIELDS}
        changed = [name for name in values if before[name] != values[name]]
        if not changed:
            return []
        for name in changed:
            setattr(user, name, values[name])
        _check(user, changed)
        user.save(update_fields=changed)
        changes = {name: [before[name], values[name]] for name in changed}
        record(actor, "user.change", user, now=now, changes=changes)
    return changed


def note_password(actor: Actor, user: User, *, now: datetime) -> None:
    """Note that *user* got a new password; call in the transaction that writes it."""
    record(actor, "user.set_password", user, now=now)


# helpers


def _self(actor: Actor) -> User:
    if actor.user is None:
        raise TypeError("An account is changed by the user whose it is: the actor is no user.")
    return actor.user


def _check(user: User, changed: list[str]) -> None:
    user.clean_fields(exclude={field.name for field in User._meta.fields} - set(changed))
    if user.language not in ("", *dict(settings.LANGUAGES)):
        text = _("“%(code)s” is no language of these pages.") % {"code": user.language}
        raise ValidationError({"language": text})
    if user.timezone not in available_timezones():
        text = _("“%(name)s” is no time zone. Write it as Asia/Shanghai.") % {"name": user.timezone}
        raise ValidationError({"timezone": text})
