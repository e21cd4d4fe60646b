"""Changes to policies: frequency caps and quiet hours. They hold from the next decision on."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from campaigns.models import Campaign, FrequencyCap, QuietHours
from campaigns.usage import journeys_of_brands
from customers.access import Actor, Right, record, require
from customers.models import Brand

CAP_FIELDS = (
    "name",
    "brand",
    "channel",
    "purpose",
    "campaign",
    "journey_id",
    "limit",
    "window_seconds",
    "is_active",
)
Policy = TypeVar("Policy", FrequencyCap, QuietHours)
QUIET_FIELDS = ("brand", "starts", "ends", "action", "is_active")


def save_cap(
    actor: Actor, values: dict[str, Any], *, cap: FrequencyCap | None = None, now: datetime
) -> FrequencyCap:
    """Make a cap, or change *cap*. Raises RightMissing or ValidationError.

    A cap over all brands is set by somebody who may set policies in all of them.
    """
    cap = cap or FrequencyCap()
    _same_brand(
        values.get("brand", cap.brand),
        values.get("campaign", cap.campaign),
        values.get("journey_id", cap.journey_id),
    )
    return _save(actor, cap, values, CAP_FIELDS, "cap", now)


def remove_cap(actor: Actor, cap: FrequencyCap, *, now: datetime) -> None:
    """Remove a cap; verdicts that it gave keep their numbers."""
    require(actor, Right.SET_POLICY, cap.brand)
    with transaction.atomic():
        record(actor, "cap.remove", cap, now=now, changes=_plain(cap, CAP_FIELDS))
        cap.delete()


def save_quiet_hours(
    actor: Actor, values: dict[str, Any], *, hours: QuietHours | None = None, now: datetime
) -> QuietHours:
    """Set the quiet hours of a brand, or of the group. Raises RightMissing or ValidationError."""
    return _save(actor, hours or QuietHours(), values, QUIET_FIELDS, "quiet_hours", now)


# helpers


def _same_brand(brand: Brand | None, campaign: Campaign | None, journey_id: int | None) -> None:
    """Refuse a cap of one brand that is narrowed to the plan of another: it would hold nowhere."""
    if brand is None:
        return
    errors = {}
    if campaign is not None and campaign.brand_id != brand.pk:
        errors["campaign"] = _("This campaign belongs to another brand than the cap.")
    if journey_id and journey_id not in {each.id for each in journeys_of_brands([brand.pk])}:
        # Of another brand, or archived; a number that nobody knows is refused nowhere else.
        others = {each.id for each in journeys_of_brands(_all_but(brand))}
        if journey_id in others:
            errors["journey_id"] = _("This journey belongs to another brand than the cap.")
    if errors:
        raise ValidationError(errors)


def _all_but(brand: Brand) -> list[int]:
    return list(Brand.objects.exclude(pk=brand.pk).values_list("pk", flat=True))


def _save(
    actor: Actor,
    policy: Policy,
    values: dict[str, Any],
    fields: tuple[str, ...],
    noun: str,
    now: datetime,
) -> Policy:
    if policy.pk:
        require(actor, Right.SET_POLICY, policy.brand)
    before = _plain(policy, fields) if policy.pk else {}
    for name in fields:
        if name in values:
            setattr(policy, name, values[name])
    require(actor, Right.SET_POLICY, policy.brand)
    policy.full_clean()
    with transaction.atomic():
        policy.save()
        after = _plain(policy, fields)
        changes = {
            name: [before.get(name), after[name]]
            for name in fields
            if before.get(name) != after[name]
        }
        if changes:
            action = f"{noun}.change" if before else f"{noun}.create"
            record(actor, action, policy, now=now, changes=changes)
    return policy


def _plain(policy: models.Model, fields: tuple[str, ...]) -> dict[str, Any]:
    values = model_to_dict(policy, fields)
    return {
        name: value.strftime("%H:%M") if isinstance(value, time) else value
        for name, value in values.items()
    }
