"""Load a graph: it becomes a new journey, or the draft of one that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.models import Brand
from journeys.actions.change import JourneyRefused
from journeys.actions.draft import write
from journeys.graph.references import check_references
from journeys.graph.schema import Graph, GraphUnreadable, errors_of, read_parts
from journeys.graph.written import KEY
from journeys.models import Journey, JourneyState
from journeys.nodes.base import Problem

FIRST_PRIORITY = 50


@dataclass(frozen=True)
class Loaded:
    """The journey, whether it is new, whether its draft changed, and warnings."""

    journey: Journey
    is_new: bool
    is_changed: bool
    warnings: Sequence[Problem]


def check(data: Any, brand: Brand) -> tuple[Graph | None, list[Problem]]:
    """Read a graph and look up what it names; the graph (None when it can't run), every problem."""
    graph, problems = read_parts(data)
    if graph is not None:
        problems = [*problems, *check_references(graph, brand)]
    return (None if errors_of(problems) else graph), problems


def load(
    actor: Actor, brand: Brand, data: Mapping[str, Any], now: datetime, *, only_new: bool = False
) -> Loaded:
    """Make the journey that *data* describes in *brand*, or set its draft when it exists.

    `journey` in *data* is its code. Raises RightMissing, JourneyRefused when it is archived (or
    there, with *only_new*), and GraphUnreadable with every problem; then nothing is saved.
    """
    require(actor, Right.EDIT, brand)
    code = data.get("journey")
    graph, problems = check(data, brand)
    if not isinstance(code, str) or not KEY.fullmatch(code):
        text = _(
            "Expected the code of the journey: up to 40 small letters, digits and underscores, "
            "beginning with a letter."
        )
        problems = [Problem("journey", text), *problems]
    if graph is None or errors_of(problems):
        raise GraphUnreadable(problems)
    draft = {key: value for key, value in data.items() if key != "journey"}
    with transaction.atomic():
        rows = Journey.objects.select_for_update(of=("self",)).filter(brand=brand, code=code)
        journey = rows.first()
        if journey is None:
            journey = make(actor, brand, str(code), graph, draft)
            record(actor, "journey.create", journey, now=now)
            return Loaded(journey, True, True, problems)
        if only_new:
            raise JourneyRefused(
                _("There is a journey “%(code)s” already: “%(journey)s”. Give yours another code.")
                % {"code": code, "journey": journey}
            )
        if journey.state == JourneyState.ARCHIVED:
            raise JourneyRefused(
                _("“%s” is archived. Load the journey under another code.") % journey
            )
        if journey.draft == draft:
            return Loaded(journey, False, False, problems)
        write(actor, journey, draft, "load", "", now)
        return Loaded(journey, False, True, problems)


# helpers


def make(actor: Actor, brand: Brand, code: str, graph: Graph, draft: dict[str, Any]) -> Journey:
    priority = graph.priority
    return Journey.objects.create(
        brand=brand,
        code=code,
        name=graph.name,
        description=graph.description,
        timezone=graph.timezone,
        priority=FIRST_PRIORITY if priority is None else priority,
        draft=draft,
        owner=actor.user,
    )
