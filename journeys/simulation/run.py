"""Playing a script: one transaction that is taken back, bounded in time, in steps and in lines."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import OperationalError
from django.utils.translation import gettext as _

from customers.access import Actor, Right, require
from customers.access.people import may_with
from customers.models import Customer, Segment
from journeys.actions.change import JourneyRefused
from journeys.actions.load import check
from journeys.graph.schema import GraphUnreadable, errors_of
from journeys.graph.written import KEY
from journeys.models import Journey
from journeys.nodes.base import Problem
from journeys.nodes.clock import zone_of
from journeys.simulation.player import STATEMENT_SECONDS, Player, busy_words
from journeys.simulation.result import Simulated
from journeys.simulation.script import (
    Invented,
    Script,
    ScriptUnreadable,
)
from journeys.simulation.world import open_world

SECONDS: Final = 8.0  # that all of it may take
# PostgreSQL stopped a statement, or its waiting for a lock.
TOOK_TOO_LONG: Final = ("57014", "55P03")


def clock_for(journey: Journey, content: Mapping[str, Any]) -> ZoneInfo:
    """The clock on which moments of a script without a zone are read."""
    zone = content.get("timezone")
    return zone_of(zone if isinstance(zone, str) and zone else journey.brand.timezone)


def simulate(
    actor: Actor,
    journey: Journey,
    content: Mapping[str, Any],
    script: Script,
    *,
    is_shown: bool = False,
    seconds: float = SECONDS,
) -> Simulated:
    """Play *script* in *journey* as if *content*, a draft or a version, had just been published.

    The engine itself walks, in a transaction that is taken back: nothing is sent, called, written
    or locked. Personal data of a real customer are masked unless *is_shown*, which the caller has
    asked for with its reason. Raises RightMissing, GraphUnreadable with every problem, and
    ScriptUnreadable for a customer whom the reader may not see, and JourneyRefused while the
    database is too busy.
    """
    require(actor, Right.SEE, journey.brand)
    graph, problems = check(content, journey.brand)
    if journey._state.adding and not KEY.fullmatch(journey.code):
        problems = [*problems, Problem("journey", _("This is no code of a journey."))]
    if graph is None or errors_of(problems):
        raise GraphUnreadable(problems)
    who = script.customer
    if isinstance(who, int):
        _expect_customer(actor, who)
    else:
        _expect_segments(who)
    is_masked = isinstance(who, int) and not is_shown
    written = {key: value for key, value in content.items() if key != "journey"}
    until = time.monotonic() + seconds
    try:
        with open_world(journey, written, graph, script, seconds=STATEMENT_SECONDS) as world:
            return Player(world, graph, script, is_masked=is_masked, until=until).play()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in TOOK_TOO_LONG:
            raise
        raise JourneyRefused(busy_words()) from error


# helpers


def _expect_customer(actor: Actor, id: int) -> None:
    found = Customer.objects.filter(pk=id, erased_at=None, merged_into=None).first()
    if found is None or not may_with(actor, Right.SEE, found):
        text = _("There is no customer %(n)s whom you may see.") % {"n": id}
        raise ScriptUnreadable([Problem("customer.id", text)])


def _expect_segments(who: Invented) -> None:
    found = set(Segment.objects.filter(code__in=who.segments).values_list("code", flat=True))
    if missing := [code for code in who.segments if code not in found]:
        text = _("There is no segment “%(code)s”.") % {"code": missing[0]}
        raise ScriptUnreadable([Problem("customer.segments", text)])
