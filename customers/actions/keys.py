"""Keys of the API: taking one back."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.models import ApiKey


def revoke(actor: Actor, key: ApiKey, now: datetime) -> None:
    """Make *key* worthless from now on; it stays in the list, since calls were made with it.

    Raises RightMissing, and ValueError for a key that is revoked already.
    """
    require(actor, Right.SET_RIGHTS, key.brand)
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        raise ValueError(_("This key was revoked before."))
    key.revoked_at = now
    record(actor, "apikey.revoke", key, now=now)
