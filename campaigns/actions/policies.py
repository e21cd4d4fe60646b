"""Changes to policies. They hold from the gate's next decision on."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from campaigns.models import (
    Arbitration,
    Campaign,
    Content,
    FrequencyCap,
    Holiday,
    LedgerPolicy,
    QuietHours,
    Quota,
    SendApproval,
)
from campaigns.usage import journeys_of_brands
from customers.access import Actor, Right, record, require
from customers.models import Brand

Policy = TypeVar("Policy", FrequencyCap, QuietHours, Holiday, Arbitration, Quota, SendApproval)

BY_PURPOSE = ("marketing", "service", "transactional")
# What the audit log calls each, and what may be changed.
NOUNS: Final[dict[type[models.Model], tuple[str, tuple[str, ...]]]] = {
    FrequencyCap: (
        "cap",
        (
            "name", "brand", "channel", "purpose", "campaign", "journey_id", "content", "limit",
            "period", "window_seconds", "per_address", "counts_transactional", "is_active",
        ),
    ),
    QuietHours: ("quiet_hours", ("brand", "starts", "ends", *BY_PURPOSE, "is_active")),
    Holiday: ("holiday", ("brand", "name", "starts_on", "ends_on", *BY_PURPOSE, "is_active")),
    Arbitration: ("arbitration", ("brand", "window_seconds", "includes_service", "is_active")),
    SendApproval: ("send_approval", ("brand", "size", "is_active")),
    Quota: ("quota", ("brand", "channel", "limit", "period", "action", "is_active")),
}  # fmt: skip
# A holiday that never ends is a brand that is switched off by mistake.
LONGEST_HOLIDAY = 60  # days


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
        values.get("content", cap.content),
    )
    return save_policy(actor, cap, values, now=now)


def save_holiday(
    actor: Actor, values: dict[str, Any], *, holiday: Holiday | None = None, now: datetime
) -> Holiday:
    """Make a holiday, or change *holiday*. Raises RightMissing or ValidationError."""
    holiday = holiday or Holiday()
    first = values.get("starts_on", holiday.starts_on)
    last = values.get("ends_on", holiday.ends_on)
    if problem := wrong_days(first, last):
        raise ValidationError({"ends_on": problem})
    return save_policy(actor, holiday, values, now=now)


def wrong_days(first: date | None, last: date | None) -> str:
    """What can't be about the days of a holiday, as a sentence; empty when nothing is wrong."""
    if not first or not last or 0 <= (last - first).days < LONGEST_HOLIDAY:
        return ""
    return _(
        "The last day is the first one or one of the %(n)d days after it; it is %(last)s, and the "
        "first day is %(first)s."
    ) % {"n": LONGEST_HOLIDAY - 1, "first": first, "last": last}


def save_policy(actor: Actor, policy: Policy, values: dict[str, Any], *, now: datetime) -> Policy:
    """Set the *values* of a new or a kept policy. Raises RightMissing or ValidationError.

    It needs the right in the brand that the policy had and in the one that it gets; a policy of
    no brand is for all, and needs the right in all.
    """
    noun, fields = NOUNS[type(policy)]
    if policy.pk:
        require(actor, Right.SET_POLICY, policy.brand)
    before = _plain(policy, fields) if policy.pk else {}
    for name in fields:
        if name in values:
            setattr(policy, name, values[name])
    require(actor, Right.SET_POLICY, policy.brand if policy.brand_id else None)
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
            verb = "change" if before else "create"
            record(actor, f"{noun}.{verb}", policy, now=now, changes=changes)
    return policy


def remove_policy(actor: Actor, policy: Policy, *, now: datetime) -> None:
    """Remove a policy; verdicts that it gave keep their numbers. Raises RightMissing."""
    noun, fields = NOUNS[type(policy)]
    require(actor, Right.SET_POLICY, policy.brand)
    with transaction.atomic():
        record(actor, f"{noun}.remove", policy, now=now, changes=_plain(policy, fields))
        policy.delete()


def set_ledger_days(actor: Actor, days: int | None, *, now: datetime) -> LedgerPolicy:
    """Keep the gate's decisions for so many days; None keeps them for ever.

    Raises RightMissing or ValidationError. What is older goes with the next cleaning.
    """
    require(actor, Right.SET_POLICY, None)
    with transaction.atomic():
        policy, _made = LedgerPolicy.objects.select_for_update().get_or_create(pk=1)
        before, policy.keep_days = policy.keep_days, days
        policy.full_clean(validate_constraints=False)
        if days is not None and not 31 <= days <= 3660:
            raise ValidationError(
                {"keep_days": _("Decisions are kept for 31 to 3,660 days, or for ever.")}
            )
        policy.save()
        if before != days:
            changes = {"keep_days": [before, days]}
            record(actor, "ledger.keep", policy, now=now, changes=changes)
    return policy


# helpers


def _same_brand(
    brand: Brand | None,
    campaign: Campaign | None,
    journey_id: int | None,
    content: Content | None,
) -> None:
    """Refuse a cap of one brand that is narrowed to what is another's: it would hold nowhere."""
    if brand is None:
        return
    errors = {}
    if campaign is not None and campaign.brand_id != brand.pk:
        errors["campaign"] = _("This campaign belongs to another brand than the cap.")
    if content is not None and content.brand_id != brand.pk:
        errors["content"] = _("This content belongs to another brand than the cap.")
    if journey_id and journey_id not in {each.id for each in journeys_of_brands([brand.pk])}:
        # Of another brand, or archived; a number that nobody knows is refused nowhere else.
        others = {each.id for each in journeys_of_brands(_all_but(brand))}
        if journey_id in others:
            errors["journey_id"] = _("This journey belongs to another brand than the cap.")
    if errors:
        raise ValidationError(errors)


def _all_but(brand: Brand) -> list[int]:
    return list(Brand.objects.exclude(pk=brand.pk).values_list("pk", flat=True))


def _plain(policy: models.Model, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: _as_json(value) for name, value in model_to_dict(policy, fields).items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value
