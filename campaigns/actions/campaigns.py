"""Changes to campaigns: the plan itself. Its journeys are changed on their own pages.

draft ──release──► planned ──► running ──► ended        by the calendar, in the zone of the brand
  any of them ──archive──► archived ──bring back──► what the calendar says
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignState, ChannelCost
from campaigns.usage import journeys_of_campaigns
from customers.access import Actor, Right, may, record, require
from customers.formats import number
from customers.models import Brand, Channel, Via

DEAREST = Decimal(100_000)  # more for one message is a slip of the keyboard

FIELDS = (
    "name",
    "kind",
    "goal",
    "target",
    "budget",
    "currency",
    "owner",
    "starts_at",
    "ends_at",
    "utm_campaign",
)


COSTS = "costs"  # by channel, what a message costs; None: not known
# The states that nobody sets: the calendar does.
BY_CALENDAR = (CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.ENDED)
CALENDAR = Actor.of_system("calendar")
OnPeriod = Callable[[Campaign, datetime], None]
_on_period: list[OnPeriod] = []


class CampaignRefused(ValueError):
    """A change that this campaign can't take now; the text is a sentence for the reader."""


def on_period(function: OnPeriod) -> OnPeriod:
    """Be told, inside the transaction, when the period of a campaign was changed."""
    if function not in _on_period:
        _on_period.append(function)
    return function


def create_campaign(
    actor: Actor, brand: Brand, *, code: str, now: datetime, release: bool = False, **values: Any
) -> Campaign:
    """Make a campaign of *brand*, a draft unless *release*; *values* are its other fields, without
    a currency the brand's.

    Raises RightMissing, ValidationError, or TypeError for a field that a campaign does not have.
    """
    require(actor, Right.EDIT, brand)
    costs = _refuse_unknown(values)
    campaign = Campaign(brand=brand, code=code)
    _set(campaign, values)
    if release:
        campaign.state = state_at(campaign, now)
    with transaction.atomic():
        campaign.save()
        _set_costs(campaign, costs)
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
    values = dict(values)
    costs = _refuse_unknown(values)
    with transaction.atomic():
        held = _locked(campaign)
        before = {name: getattr(held, name) for name in FIELDS}
        _set(held, values)
        changes = {
            name: [_plain(before[name]), _plain(getattr(held, name))]
            for name in FIELDS
            if before[name] != getattr(held, name)
        }
        if changes:
            held.save(update_fields=list(changes))
        changes |= _set_costs(held, costs)
        if changes:
            record(actor, "campaign.change", held, now=now, changes=changes)
        if changes.keys() & {"starts_at", "ends_at"}:
            if held.state in BY_CALENDAR:
                _turn(CALENDAR, held, state_at(held, now), "follow", now)
            for tell in _on_period:
                tell(held, now)
    return list(changes)


def release(actor: Actor, campaign: Campaign, *, now: datetime) -> None:
    """A draft becomes a plan: planned, running or ended, as its period says. Raises RightMissing,
    and CampaignRefused when it is none."""
    require(actor, Right.EDIT, campaign.brand)
    with transaction.atomic():
        held = _locked(campaign)
        if held.state != CampaignState.DRAFT:
            raise CampaignRefused(
                _("“%(campaign)s” is %(state)s; only a draft can be released.") % _of(held)
            )
        _turn(actor, held, state_at(held, now), "release", now)
    campaign.refresh_from_db()


def archive(actor: Actor, campaign: Campaign, *, now: datetime) -> None:
    """Put *campaign* away. Raises RightMissing, and CampaignRefused while any of it goes on."""
    require(actor, Right.EDIT, campaign.brand)
    with transaction.atomic():
        held = _locked(campaign)
        if held.state == CampaignState.ARCHIVED:
            raise CampaignRefused(_("“%(campaign)s” is archived already.") % _of(held))
        alive = [each.name for each in journeys_of_campaigns([held.pk])[held.pk] if each.is_alive]
        if alive:
            names = ", ".join(f"“{name}”" for name in alive[:3])
            raise CampaignRefused(
                _("Something of it still goes on: %(names)s. Stop that first.") % {"names": names}
            )
        _turn(actor, held, CampaignState.ARCHIVED, "archive", now)
    campaign.refresh_from_db()


def bring_back(actor: Actor, campaign: Campaign, *, now: datetime) -> None:
    """An archived campaign is again what the calendar says. Raises RightMissing, and
    CampaignRefused when it is not archived."""
    require(actor, Right.EDIT, campaign.brand)
    with transaction.atomic():
        held = _locked(campaign)
        if held.state != CampaignState.ARCHIVED:
            raise CampaignRefused(
                _("“%(campaign)s” is %(state)s; only an archived one is brought back.") % _of(held)
            )
        _turn(actor, held, state_at(held, now), "bring_back", now)
    campaign.refresh_from_db()


def state_at(campaign: Campaign, now: datetime) -> CampaignState:
    """What the calendar says of a plan: its first moment belongs to it, its end does not."""
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return CampaignState.ENDED
    if campaign.starts_at is not None and campaign.starts_at > now:
        return CampaignState.SCHEDULED
    return CampaignState.RUNNING


def follow_calendar(now: datetime) -> int:
    """Turn the plans whose hour has come; returns how many. The task of every minute."""
    begins = Q(state=CampaignState.SCHEDULED, starts_at__lte=now)
    ends = Q(state__in=[CampaignState.SCHEDULED, CampaignState.RUNNING], ends_at__lte=now)
    # Whose period was moved by another way than the action.
    moved = Q(state=CampaignState.RUNNING, starts_at__gt=now) | (
        Q(state=CampaignState.ENDED) & (Q(ends_at__gt=now) | Q(ends_at=None))
    )
    due = Campaign.objects.filter(begins | ends | moved).order_by("pk").values_list("pk", flat=True)
    n = 0
    for pk in list(due):
        with transaction.atomic():
            held = _locked(Campaign(pk=pk))
            if held.state in BY_CALENDAR:
                n += _turn(CALENDAR, held, state_at(held, now), "follow", now)
    return n


def problems_of(values: Mapping[str, Any]) -> dict[str, str]:
    """By field what can't be about a plan with these values, as sentences."""
    found = {}
    starts, ends = values.get("starts_at"), values.get("ends_at")
    if starts and ends and ends <= starts:
        found["ends_at"] = _("A campaign ends after it starts.")
    if (values.get("budget") or 0) < 0:
        found["budget"] = _("A budget is 0 or more.")
    for channel, cost in (values.get(COSTS) or {}).items():
        if cost is not None and not 0 <= cost < DEAREST:
            found[f"cost_{channel}"] = _(
                "What a message costs is between 0 and %(most)s; got %(cost)s."
            ) % {"most": number(DEAREST), "cost": cost}
    currency = values.get("currency") or "USD"
    if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        found["currency"] = _("A currency is written with three letters, such as EUR or CNY.")
    return found


# helpers


def _locked(campaign: Campaign) -> Campaign:
    """The campaign as it is now, locked until commit."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("brand", "owner")
    return rows.get(pk=campaign.pk)


def _of(campaign: Campaign) -> dict[str, str]:
    return {"campaign": campaign.name, "state": str(CampaignState(campaign.state).label)}


def _turn(actor: Actor, campaign: Campaign, state: str, verb: str, now: datetime) -> bool:
    """Write the new state and its audit entry, if it is another one."""
    before = campaign.state
    if before == state:
        return False
    campaign.state = state
    campaign.save(update_fields=["state"])
    changes = {"state": [str(before), str(state)]}
    record(actor, f"campaign.{verb}", campaign, now=now, changes=changes)
    return True


def _refuse_unknown(values: dict[str, Any]) -> Mapping[str, Decimal | None]:
    """Take the costs out of *values*; what is left are FIELDS."""
    costs: Mapping[str, Decimal | None] = values.pop(COSTS, None) or {}
    unknown = sorted([*(set(values) - set(FIELDS)), *(set(costs) - set(Channel.values))])
    if unknown:
        raise TypeError(f"A campaign has the fields {', '.join(FIELDS)}, not {unknown[0]!r}.")
    errors = problems_of({COSTS: costs})
    if errors:
        raise ValidationError(list(errors.values()))
    return costs


def _set_costs(campaign: Campaign, costs: Mapping[str, Decimal | None]) -> dict[str, list[Any]]:
    """Write what channels cost; those that are not named stay. Returns what changed."""
    if not costs:
        return {}
    before = dict(campaign.costs.values_list("channel", "per_message"))
    changed = {c: cost for c, cost in costs.items() if before.get(c) != cost}
    campaign.costs.filter(channel__in=[c for c, cost in changed.items() if cost is None]).delete()
    ChannelCost.objects.bulk_create(
        [
            ChannelCost(campaign=campaign, channel=channel, per_message=cost)
            for channel, cost in changed.items()
            if cost is not None
        ],
        update_conflicts=True,
        unique_fields=["campaign", "channel"],
        update_fields=["per_message"],
    )
    return {f"cost_{c}": [_plain(before.get(c)), _plain(cost)] for c, cost in changed.items()}


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
