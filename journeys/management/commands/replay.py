"""manage.py replay: recorded history through engine, gate and outbox, with a virtual clock."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.rules import read_duration
from journeys.graph.schema import GraphUnreadable
from journeys.replay.readers import READERS
from journeys.replay.result import table
from journeys.replay.run import Request, run_replay
from journeys.replay.world import Cap


class Command(BaseCommand):
    """Weeks pass in minutes. Nothing leaves the house and the real database is not touched."""

    help = (
        "Walk recorded customers through a journey, in a database of its own and with a virtual "
        "clock; messages are recorded instead of sent. A replay that was killed goes on where it "
        "was when it is called again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", choices=sorted(READERS), help="What wrote the events.")
        parser.add_argument("path", type=Path, help="The file of events, or its folder.")
        parser.add_argument("--journey", type=Path, required=True, help="The journey as YAML.")
        parser.add_argument(
            "--set", action="append", default=[], type=pair, metavar="NAME=VALUE", dest="sets",
            help="A parameter of the journey; may be given several times.",
        )  # fmt: skip
        parser.add_argument(
            "--cap", action="append", default=[], type=cap, metavar="N/TIME", dest="caps",
            help="At most N messages within TIME, such as 3/336h; may be given several times.",
        )  # fmt: skip
        parser.add_argument(
            "--grain", type=span, default=timedelta(minutes=15), metavar="TIME",
            help="How far apart events may be that are taken in together (default 15m).",
        )  # fmt: skip
        parser.add_argument("--fresh", action="store_true", help="Start over a killed replay.")
        parser.add_argument("--json", action="store_true", help="Print one line of JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        path, journey = options["path"], options["journey"]
        for file in (path, journey):
            if not file.exists():
                raise CommandError(f"{file} does not exist.")
        request = Request(
            dataset=options["dataset"],
            path=path,
            journey=journey,
            settings=dict(options["sets"]),
            caps=options["caps"],
            grain=options["grain"],
            is_fresh=options["fresh"],
        )
        try:
            found = run_replay(request, self.say)
        except GraphUnreadable as error:
            problems = "\n".join(f"  {p.place or 'journey'}: {p.text}" for p in error.problems)
            raise CommandError(f"{journey} can't be replayed:\n{problems}") from error
        self.stdout.write(json.dumps(found) if options["json"] else table(found))

    def say(self, text: str) -> None:
        """Progress and remarks, beside the result."""
        print(text, file=sys.stderr, flush=True)


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"expected NAME=VALUE such as within=24h, got {text!r}")
    return name, value


def span(text: str) -> timedelta:
    """A length of time."""
    try:
        return read_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def cap(text: str) -> Cap:
    """N/TIME."""
    count, slash, window = text.partition("/")
    if not slash or not count.isdecimal() or not 1 <= int(count) <= 1000:
        raise ArgumentTypeError(f"expected N/TIME such as 3/336h, got {text!r}")
    return Cap(int(count), span(window))
