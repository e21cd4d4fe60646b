"""Changes to campaigns: the plan itself. Its journeys are changed on their own pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from customers.access import Actor, Right, may, record, require
from customers.models import Brand, Via

FIELDS = (
    "name",
    "kind",
    "state",
    "goal",
    "target",
    "budget",
    "currency",
    "owner",
    "starts_at",
    "ends_at",
    "utm_campaign",
)


def create_campaign(
    actor: Actor, brand: Brand, *, code: str, now: datetime, **values: Any
) -> Campaign:
    """Make a campaign of *brand*; *values* are its other fields, without a currency the brand's.

    Raises RightMissing, ValidationError, or TypeError for a field that a campaign does not have.
    """
    require(actor, Right.EDIT, brand)
    _refuse_unknown(values)
    campaign = Campaign(brand=brand, code=code)
    _set(campaign, values)
    with transaction.atomic():
        campaign.save()
        record(actor, "campaign.create", campaign, now=now)
    return campaign


def change_campaign(
    actor: Actor, campaign: Campaign, values: Mapping[str, Any], *, now: datetime
) -> list[str]:
    """Write *values* (some of FIELDS) to the plan; returns what changed. Code and brand stay.

    What is the same as before is neither written nor noted. Raises RightMissing, ValidationError,
    or TypeError for a field that can't be changed.
    """
    require(actor, Right.EDIT, campaign.brand)
    _refuse_unknown(values)
    with transaction.atomic():
        rows = Campaign.objects.select_for_update(of=("self",)).select_related("brand")
        held = rows.get(pk=campaign.pk)
        before = {name: getattr(held, name) for name in FIELDS}
        _set(held, values)
        changes = {
            name: [_plain(before[name]), _plain(getattr(held, name))]
            for name in FIELDS
            if before[name] != getattr(held, name)
        }
        if changes:
            held.save(update_fields=list(changes))
            record(actor, "campaign.change", held, now=now, changes=changes)
    return list(changes)


def problems_of(values: Mapping[str, Any]) -> dict[str, str]:
    """By field what can't be about a plan with these values, as sentences."""
    found = {}
    starts, ends = values.get("starts_at"), values.get("ends_at")
    if starts and ends and ends <= starts:
        found["ends_at"] = _("A campaign ends after it starts.")
    if (values.get("budget") or 0) < 0:
        found["budget"] = _("A budget is 0 or more.")
    currency = values.get("currency") or "USD"
    if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        found["currency"] = _("A currency is written with three letters, such as EUR or CNY.")
    return found


# helpers


def _refuse_unknown(values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise TypeError(f"A campaign has the fields {', '.join(FIELDS)}, not {unknown[0]!r}.")


def _set(campaign: Campaign, values: Mapping[str, Any]) -> None:
    """Put *values* on the campaign and check the whole of it."""
    owned_by = campaign.owner_id
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.currency = (campaign.currency or campaign.brand.currency).upper()
    campaign.full_clean(validate_constraints=False)
    errors = problems_of({name: getattr(campaign, name) for name in FIELDS})
    if campaign.owner_id != owned_by and not _may_own(campaign):
        errors["owner"] = _("%(user)s may not see %(brand)s, so can't own its campaign.") % {
            "user": campaign.owner,
            "brand": campaign.brand,
        }
    if errors:
        raise ValidationError(errors)
    campaign.validate_constraints()


def _may_own(campaign: Campaign) -> bool:
    owner = campaign.owner
    return owner is None or may(Actor(via=Via.PAGE, user=owner), Right.SEE, campaign.brand)


def _plain(value: Any) -> Any:
    """*value* as it can stand in the audit log; users are known by their keys."""
    value = value.pk if isinstance(value, models.Model) else value
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
