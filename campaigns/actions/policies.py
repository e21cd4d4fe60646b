"""Policies: switching a frequency cap or quiet hours on and off."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from campaigns.models import FrequencyCap, QuietHours
from customers.access import Actor, Right, record, require


def switch(actor: Actor, policy: FrequencyCap | QuietHours, now: datetime, *, active: bool) -> None:
    """Let *policy* count, or not, from the gate's next look.

    Raises RightMissing, and ValueError when it is so already.
    """
    require(actor, Right.SET_POLICY, policy.brand)
    rows = type(policy)._default_manager.filter(pk=policy.pk, is_active=not active)
    if not rows.update(is_active=active):
        raise ValueError(_("This is active already.") if active else _("This is off already."))
    policy.is_active = active
    record(
        actor,
        f"{policy._meta.model_name}.{'activate' if active else 'deactivate'}",
        policy,
        now=now,
        changes={"is_active": [not active, active]},
    )
