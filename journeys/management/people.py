"""Verbs of `manage.py journey` about people: take-out, move-on, mend, and the time of a journey."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from customers.access import Actor
from journeys.actions import Who, move_on, repair, set_window, take_out
from journeys.engine.moving import go
from journeys.models import AtEnd, Journey, PeopleMove
from journeys.queries.ills import ills_of

VERBS = ("take-out", "move-on", "mend", "time")


def add_arguments(parts: Any) -> None:
    """The parsers of these verbs."""
    for verb, about in (
        ("take-out", "let people at a step leave the journey now"),
        ("move-on", "let people at a step go on now"),
    ):
        one = named(parts.add_parser(verb, help=about))
        one.add_argument("step", help="the key of the step")
        if verb == "move-on":
            one.add_argument("outcome", help="by which outcome of the step")
        one.add_argument("--walk", action="append", type=int, help="only this walk, by its number")
        one.add_argument("--version", type=int, help="the number of the version; else the current")
    one = named(parts.add_parser("mend", help="what keeps people from going on; mend it"))
    one.add_argument("kind", nargs="?", help="set_aside, stuck, lost, behind or move; none: list")
    one.add_argument("how", nargs="?", help="retry, look, take_out, move, wake or go_on")
    one.add_argument("--step", default="", help="only at this step")
    one = named(parts.add_parser("time", help="from when until when customers may enter"))
    one.add_argument("--from", dest="starts", default="", metavar="MOMENT", help="ISO 8601")
    one.add_argument("--until", dest="ends", default="", metavar="MOMENT", help="ISO 8601")
    one.add_argument("--at-end", default=AtEnd.DRAIN.value, choices=AtEnd.values)


def do(
    actor: Actor, verb: str, journey: Journey, options: dict[str, Any], now: datetime
) -> Iterator[str]:
    """Do *verb* and say what was done. Raises what the actions raise, and CommandError."""
    if verb == "mend":
        yield from mend(actor, journey, options, now)
    elif verb == "time":
        starts, ends = moment(options["starts"]), moment(options["ends"])
        set_window(actor, journey, now, starts_at=starts, ends_at=ends, at_end=options["at_end"])
        yield f"Customers enter “{journey}” from {starts or 'now'} until {ends or 'for ever'}."
    else:
        who = who_of(journey, options)
        if verb == "take-out":
            move = take_out(actor, who, now)
        else:
            move = move_on(actor, who, options["outcome"], now)
        yield from finished(move, now)


def mend(actor: Actor, journey: Journey, options: dict[str, Any], now: datetime) -> Iterator[str]:
    """List what keeps people from going on, or mend it."""
    if not options["kind"]:
        for ill in ills_of(journey, now):
            yield f"{ill.kind}: {ill.people} at {ill.node or 'no step'}. {ill.error}".strip()
        return
    n = repair(actor, journey, options["kind"], options["how"] or "", now, node=options["step"])
    yield f"Done for {n} customers."


# helpers


def named(one: ArgumentParser) -> ArgumentParser:
    one.add_argument("code")
    one.add_argument("--brand", help="needed when several brands have that code")
    return one


def who_of(journey: Journey, options: dict[str, Any]) -> Who:
    number = options["version"]
    version = journey.versions.filter(number=number).first() if number else journey.current
    if version is None:
        known = ", ".join(map(str, journey.versions.values_list("number", flat=True))) or "none"
        raise CommandError(f"“{journey}” has no such version. Versions: {known}.")
    return Who(version, options["step"], options["walk"])


def moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"Expected a moment such as 2026-05-01T09:00+08:00, got {text!r}.")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def finished(move: PeopleMove, now: datetime) -> Iterator[str]:
    while not go(move, now, seconds=5.0):
        yield f"  {move.done} of {move.total}"
    yield f"{move.moved} customers went on, {move.left} left, {move.stayed} stayed."
