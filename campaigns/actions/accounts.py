"""Channel accounts: holding everything that goes out through one, and letting it go on."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from campaigns.models import ChannelAccount
from customers.access import Actor, Right, record, require


def pause(actor: Actor, account: ChannelAccount, now: datetime) -> None:
    """Hand nothing over through *account* until it is resumed; what waits stays in the outbox.

    Raises RightMissing, and ValueError when it is paused already.
    """
    require(actor, Right.SET_CHANNEL, account.brand)
    rows = ChannelAccount.objects.filter(pk=account.pk, paused_at=None)
    if not rows.update(paused_at=now):
        raise ValueError(_("This account is paused already."))
    account.paused_at = now
    record(actor, "channelaccount.pause", account, now=now)


def resume(actor: Actor, account: ChannelAccount, now: datetime) -> None:
    """Hand over again through *account*; raises RightMissing, and ValueError when it does."""
    require(actor, Right.SET_CHANNEL, account.brand)
    rows = ChannelAccount.objects.filter(pk=account.pk, paused_at__isnull=False)
    if not rows.update(paused_at=None):
        raise ValueError(_("This account is not paused."))
    account.paused_at = None
    record(actor, "channelaccount.resume", account, now=now)
