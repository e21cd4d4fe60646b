"""Pausing what goes out, of a brand, a channel or a campaign, and letting it go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, SendingPause
from customers.access import Actor, Right, record, require
from customers.models import Brand

# What the pause has put off is due at once again. Rows of the gate and of the outbox each say
# that a pause holds them, so nothing that waits for another reason is touched.
_WAKE = (
    """
UPDATE campaigns_candidate c SET due_at = %(now)s
WHERE c.state = 'deferred' AND c.rule = 'paused' AND c.due_at > %(now)s AND {scope}
""",
    """
UPDATE campaigns_message c SET next_attempt_at = %(now)s, error = ''
WHERE c.next_attempt_at > %(now)s AND c.claimed_at IS NULL AND c.error = 'paused' AND {scope}
""",
)
_SCOPE = """(%(brand)s::bigint IS NULL OR c.brand_id = %(brand)s)
    AND (%(channel)s = '' OR c.channel = %(channel)s)"""


def pause_sending(
    actor: Actor,
    *,
    now: datetime,
    brand: Brand | None = None,
    channel: str = "",
    campaign: Campaign | None = None,
    holds_transactional: bool = False,
    note: str = "",
) -> SendingPause:
    """Hold what is covered from the next look on. Raises RightMissing, or ValidationError when it
    is paused already.

    A campaign is paused by whoever may edit it; a brand, a channel or everything by whoever may
    set policies there. What was handed over before is not called back.
    """
    if campaign is not None:
        require(actor, Right.EDIT, campaign.brand)
        brand = campaign.brand
    else:
        require(actor, Right.SET_POLICY, brand)
    pause = SendingPause(
        brand=brand, channel=channel, campaign=campaign, note=note, since=now, by=actor.user,
        holds_transactional=holds_transactional,
    )  # fmt: skip
    pause.full_clean(validate_constraints=False)
    with transaction.atomic():
        held = SendingPause.objects.filter(brand=brand, channel=channel, campaign=campaign)
        if held.exists():
            raise ValidationError(_("This is paused already."))
        pause.save()
        changes: dict[str, Any] = {"channel": channel, "note": note, **_of(pause)}
        record(actor, "sending.pause", pause, now=now, changes=changes)
    return pause


def resume_sending(actor: Actor, pause: SendingPause, *, now: datetime) -> None:
    """End a pause; what it held is due at once. Raises RightMissing."""
    if pause.campaign is not None:
        require(actor, Right.EDIT, pause.campaign.brand)
    else:
        require(actor, Right.SET_POLICY, pause.brand)
    scope = _SCOPE if pause.campaign_id is None else f"c.campaign_id = %(campaign)s AND {_SCOPE}"
    params = {
        "now": now, "brand": pause.brand_id, "channel": pause.channel,
        "campaign": pause.campaign_id,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        record(actor, "sending.resume", pause, now=now, changes=_of(pause))
        pause.delete()
        for statement in _WAKE:
            cursor.execute(statement.replace("{scope}", scope), params)


# helpers


def _of(pause: SendingPause) -> dict[str, int]:
    """What the log of a campaign finds its pauses by, when they are over."""
    return {"campaign": pause.campaign_id} if pause.campaign_id else {}
