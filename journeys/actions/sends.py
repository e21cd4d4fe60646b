"""Sends of campaigns: saved as the draft of a journey, counted, and let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.campaigns import release
from campaigns.evaluation.waterfall import AudienceUnreadable, Waterfall
from campaigns.models import Campaign, CampaignState
from campaigns.queries.policies import approval_size
from config.database.limit import TookTooLongError
from customers.access import Actor, Right, record, require
from customers.formats import number
from customers.models import Brand
from journeys.actions.change import JourneyRefused
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.actions.window import set_window
from journeys.graph.schema import GraphUnreadable
from journeys.models import AtEnd, Journey, JourneyState, Send, TriggerRun
from journeys.nodes.base import Problem
from journeys.sends.plan import Plan, problems_of, read_plan, write_graph
from journeys.sends.reach import foresee, group_of, next_moment

# Who starts a send has seen figures that are no older.
FRESH = timedelta(hours=1)
# Where a problem of the graph is shown in the form of a send.
FIELDS = {
    "nodes.send.content": "content",
    "nodes.send.instead": "instead",
    "nodes.start.segment": "segment",
    "nodes.start.exclude": "exclude",
    "nodes.start.waves": "waves",
    "nodes.start": "at",
    "nodes.control": "control",
    "timezone": "timezone",
    "goal": "goal",
    "name": "name",
}
OVER = (CampaignState.ENDED, CampaignState.ARCHIVED)
SEPARATORS = str.maketrans("", "", " ,.'’_\u00a0\u202f，")


def save_send(
    actor: Actor, campaign: Campaign, plan: Plan, *, now: datetime, send: Send | None = None
) -> Send:
    """Make a send of *campaign*, or change *send*; its journey gets *plan* as its draft.

    What runs goes on as it was until it is started anew. Raises RightMissing, ValidationError with
    a sentence by field, and JourneyRefused when the campaign is over or the send has gone out.
    """
    require(actor, Right.EDIT, campaign.brand)
    errors = problems_of(plan)
    if errors:
        raise ValidationError(errors)
    with transaction.atomic():
        campaign = Campaign.objects.select_related("brand").get(pk=campaign.pk)
        expect_open(campaign)
        held = None if send is None else _locked(send)
        if held is not None:
            _expect_changeable(held)
        code = held.journey.code if held else _code(campaign)
        graph = {**write_graph(plan, campaign.code, at=now), "journey": code}
        try:
            journey = load(actor, campaign.brand, graph, now, only_new=held is None).journey
        except GraphUnreadable as error:
            raise ValidationError(_by_field(error.problems)) from error
        if held is None:
            journey.campaign = campaign
            journey.save(update_fields=["campaign"])
            held = Send.objects.create(
                campaign=campaign, journey=journey, created_at=now, at_once=plan.is_at_once
            )
            record(actor, "send.create", held, now=now, brand=campaign.brand)
        else:
            held.at_once = plan.is_at_once
            held.save(update_fields=["at_once"])
            record(actor, "send.change", held, now=now, brand=campaign.brand)
    return Send.objects.select_related("campaign__brand", "journey__brand").get(pk=held.pk)


def count_send(actor: Actor, send: Send, *, now: datetime) -> Waterfall:
    """Count the reach of the draft, and keep what was found beside the send.

    Raises RightMissing, and JourneyRefused with a sentence for what can't be counted.
    """
    require(actor, Right.EDIT, send.campaign.brand)
    plan = plan_of(send)
    if plan is None:
        raise JourneyRefused(
            _("The journey of this send was drawn further by hand; its reach is not told here.")
        )
    try:
        found = foresee(send, plan, now)
    except AudienceUnreadable as error:
        raise JourneyRefused(str(error)) from error
    except TookTooLongError as error:
        raise JourneyRefused(
            _("The audience took too long to count. Build its segment, then count again.")
        ) from error
    send.forecast, send.forecast_at = found.to_json(), now
    send.forecast_of = send.journey.draft_number
    send.save(update_fields=["forecast", "forecast_at", "forecast_of"])
    return found


def start_send(actor: Actor, send: Send, *, now: datetime, typed: str = "") -> Send:
    """Let *send* go: at once, or when its time comes. *typed* is the second confirmation, where
    one is needed: the number of people, or the name of the campaign.

    A campaign that is still a draft is released. Raises RightMissing, and JourneyRefused with the
    reason for which it does not go.
    """
    require(actor, Right.PUBLISH, send.campaign.brand)
    with transaction.atomic():
        held = _locked(send)
        campaign, journey = held.campaign, held.journey
        expect_open(campaign)
        _expect_changeable(held)
        plan = plan_of(held)
        if plan is None:
            raise JourneyRefused(
                _("The journey of this send was drawn further by hand. Publish it on its canvas.")
            )
        found = fresh_forecast(held, now)
        if found is None:
            raise JourneyRefused(
                _("Count the reach first: the figures are missing, or older than the plan or an "
                  "hour.")
            )  # fmt: skip
        if not found.expected and found.sample and not plan.repeat:
            raise JourneyRefused(_("Nobody would get it, so it is not started."))
        moment = next_moment(plan, campaign.brand, now)
        if plan.at is not None and moment is not None and moment <= now and not plan.own_clock:
            raise JourneyRefused(
                _("The time of this send is past. Choose a later one, or let it go at once.")
            )
        second = needs_second(plan, found, campaign.brand)
        if second and not confirms(typed, found, campaign):
            raise JourneyRefused(
                _("To confirm, type %(n)s (the number of people) or the name of the campaign, "
                  "“%(campaign)s”. Nothing was sent.")
                % {"n": number(people_of(found)), "campaign": campaign.name}
            )  # fmt: skip
        if campaign.state == CampaignState.DRAFT:
            release(actor, campaign, now=now)
        if plan.is_at_once:
            graph = write_graph(replace(plan), group_of(held), at=now)
            journey = load(actor, campaign.brand, {**graph, "journey": journey.code}, now).journey
            held.forecast_of = journey.draft_number
        ends_at = campaign.ends_at if plan.repeat else None
        if ends_at != journey.ends_at:
            set_window(actor, journey, now, starts_at=None, ends_at=ends_at, at_end=AtEnd.DRAIN)
        version = publish(actor, journey, now, note=_("Send of “%s”") % campaign.name[:200])
        held.started_at, held.started_by = now, actor.user
        held.confirmed_as = typed.strip()[:160] if second else ""
        held.finished_at = None
        held.save()
        changes = {
            "people": people_of(found), "expected": found.expected, "version": version.number,
            "confirmed_twice": second, "everybody": is_for_everybody(plan, found),
        }  # fmt: skip
        record(actor, "send.start", held, now=now, brand=campaign.brand, changes=changes)
    send.refresh_from_db()
    return send


def plan_of(send: Send) -> Plan | None:
    """The plan in the draft of the journey; None when it was drawn further by hand."""
    plan = read_plan(send.journey.draft)
    if plan is not None and send.at_once and plan.at is not None and plan.at.tzinfo:
        return replace(plan, at=None)
    return plan


def fresh_forecast(send: Send, now: datetime) -> Waterfall | None:
    """The figures, when they are of this draft and not older than an hour."""
    if not send.forecast or send.forecast_of != send.journey.draft_number:
        return None
    if send.forecast_at is None or send.forecast_at < now - FRESH:
        return None
    return Waterfall.from_json(send.forecast)


def people_of(found: Waterfall) -> int:
    """How many people a send concerns: the audience, without who is excluded."""
    return found.audience - found.excluded


def is_for_everybody(plan: Plan, found: Waterfall) -> bool:
    """Whether nobody is left out, said or not: a segment may hold everybody."""
    return plan.is_everybody or found.is_everybody


def needs_second(plan: Plan, found: Waterfall, brand: Brand) -> bool:
    """Whether a click is not enough."""
    size = approval_size(brand.pk)
    return is_for_everybody(plan, found) or bool(size and people_of(found) >= size)


def confirms(typed: str, found: Waterfall, campaign: Campaign) -> bool:
    """Whether what was typed is the number of people or the name of the campaign."""
    words = " ".join(typed.split())
    is_name = words.casefold() == " ".join(campaign.name.split()).casefold()
    return bool(words) and (is_name or words.translate(SEPARATORS) == str(people_of(found)))


def expect_open(campaign: Campaign) -> None:
    """Raise JourneyRefused for a campaign that is over."""
    if campaign.state in OVER:
        raise JourneyRefused(
            _("“%(campaign)s” is %(state)s: nothing more is sent for it. Set a later end first.")
            % {"campaign": campaign.name, "state": CampaignState(campaign.state).label}
        )


# helpers


def _locked(send: Send) -> Send:
    rows = Send.objects.select_for_update(of=("self",))
    return rows.select_related("campaign__brand", "journey__brand", "journey__current").get(
        pk=send.pk
    )


def _expect_changeable(send: Send) -> None:
    journey = send.journey
    if journey.state == JourneyState.ARCHIVED:
        raise JourneyRefused(_("“%s” is archived. Make another send.") % journey)
    has_gone = TriggerRun.objects.filter(journey=journey).exists()
    plan = read_plan(journey.current.graph) if journey.current else None
    if has_gone and not (plan and plan.repeat):
        raise JourneyRefused(
            _("“%s” has gone out already, so it can't be changed. Make another send.") % journey
        )


def _code(campaign: Campaign) -> str:
    """A code for the journey that none of the brand has yet."""
    stem = campaign.code[:32]
    taken = set(
        Journey.objects.filter(brand=campaign.brand, code__startswith=stem).values_list(
            "code", flat=True
        )
    )
    n = next(n for n in range(1, len(taken) + 2) if f"{stem}_send{n}" not in taken)
    return f"{stem}_send{n}"


def _by_field(problems: list[Problem]) -> dict[str, list[str]]:
    """Problems of the graph at the fields of the form that they come from."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        if problem.is_warning:
            continue
        fits = (field for place, field in FIELDS.items() if problem.place.startswith(place))
        found.setdefault(next(fits, "name"), []).append(problem.text)
    return found
