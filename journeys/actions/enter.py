"""Another system lets customers enter a journey that begins by API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from customers.access import Actor, Right, require
from customers.ingest import Batch, Ingested, Item, ingest
from customers.models import Brand
from journeys.actions.change import JourneyRefused
from journeys.engine.statements import fetch
from journeys.models import Journey, JourneyState
from journeys.nodes.trigger_api import TriggerApi, call_event


@dataclass(frozen=True, slots=True)
class Entered:
    """What the door said of the calls, and how many walks really began by them."""

    told: Ingested
    entered: int


def journey_by_api(actor: Actor, brand: Brand, code: str) -> Journey:
    """The running journey *code* of *brand* that begins by API; raises Journey.DoesNotExist,
    RightMissing, and JourneyRefused when it can't be entered so, or not now."""
    require(actor, Right.INGEST, brand)
    journey = Journey.objects.select_related("current", "brand").get(brand=brand, code=code)
    graph = journey.current.graph if journey.current else {}
    kinds = [node.get("kind") for node in graph.get("nodes", {}).values()]
    if TriggerApi.kind not in kinds:
        raise JourneyRefused(
            _("“%s” does not begin by API: it has no trigger “trigger.api”.") % journey
        )
    if journey.state != JourneyState.RUNNING:
        state = JourneyState(journey.state).label
        raise JourneyRefused(
            _("“%(journey)s” takes nobody in: it is %(state)s.")
            % {"journey": journey, "state": state}
        )
    return journey


def enter(journey: Journey, source: str, items: Sequence[Item], *, now: datetime) -> Entered:
    """Take the calls in by the one door: each item holds one event named by `call_event`.

    Idempotent by the events' keys. Entry rules and limits of the trigger decide who really enters.
    """
    told = ingest(Batch(source, items, brand_id=journey.brand_id, sets_aside=False), now=now)
    customers = sorted({id for id in told.customer_ids if id is not None})
    values = {
        "journey": journey.pk,
        "customers": customers,
        "event": call_event(journey.code),
        "now": now,
    }
    [(entered,)] = fetch("entered_by_call", values)
    return Entered(told, int(entered))
