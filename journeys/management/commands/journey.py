"""`manage.py journey`: load, check, show and run journeys from the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from config.clock import utc_now
from customers.access import Actor
from customers.models import Brand
from journeys.actions import (
    JourneyRefused,
    archive,
    check,
    decide_late,
    drain,
    load,
    pause,
    publish,
    resume,
    stop,
)
from journeys.actions.publish import read_choices
from journeys.canvas.reference import reference
from journeys.engine.moving import go
from journeys.graph.report import report
from journeys.graph.schema import GraphUnreadable, read_graph
from journeys.graph.yaml import Document, dump_yaml, load_yaml
from journeys.management import people
from journeys.models import Journey, PeopleMove
from journeys.queries.publishing import preview
from journeys.queries.walk import plain

ACTOR = Actor.of_command("journey")
CHANGES = {"pause": pause, "drain": drain, "stop": stop, "archive": archive}


class Command(BaseCommand):
    help = "Load, check, show, publish and run a journey, move its people, and mend what is stuck."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="verb", required=True, parser_class=ArgumentParser)
        one = parts.add_parser("load", help="make a journey from a YAML file, or set its draft")
        one.add_argument("file", help="the YAML file; - reads from standard input")
        one.add_argument("--brand", required=True, help="the code of the brand")
        one.add_argument("--set", action="append", default=[], metavar="name=value")
        one.add_argument("--publish", action="store_true", help="publish it at once")
        one = parts.add_parser("check", help="report every problem of a YAML file, save nothing")
        one.add_argument("file", help="the YAML file; - reads from standard input")
        one.add_argument("--brand", help="also look up what it names, seen from this brand")
        one.add_argument("--set", action="append", default=[], metavar="name=value")
        one = parts.add_parser("show", help="say what a journey is and does")
        one.add_argument("code")
        one.add_argument("--brand", help="needed when several brands have a journey of that code")
        one.add_argument("--yaml", action="store_true", help="the draft as YAML")
        one = parts.add_parser("kinds", help="the reference of all kinds of nodes, as Markdown")
        one.add_argument("only", nargs="?", default="", help="such as wait, or wait.event")
        one.add_argument("--lang", choices=[code for code, _name in settings.LANGUAGES])
        for verb in ("publish", "resume", *CHANGES):
            one = parts.add_parser(verb, help=f"{verb} a journey")
            one.add_argument("code")
            one.add_argument("--brand", help="needed when several brands have that code")
            if verb == "publish":
                one.add_argument("--note", default="", help="what is new, for colleagues")
                one.add_argument(
                    "--move",
                    action="append",
                    default=[],
                    metavar="STEP=move|stay|leave",
                    help="what becomes of those at a step; *=… for all others; "
                    "without any, everybody stays in her version",
                )
                one.add_argument("--preview", action="store_true", help="only say what would be")
            if verb == "resume":
                one.add_argument("--late", default="", choices=["send", "skip", "ask"])
        one = parts.add_parser("late", help="decide about what was found late when it was resumed")
        one.add_argument("code")
        one.add_argument("--brand", help="needed when several brands have that code")
        one.add_argument("late", choices=["send", "skip"])
        people.add_arguments(parts)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            if verb in people.VERBS:
                for line in people.do(ACTOR, verb, journey_of(options), options, utc_now()):
                    self.stdout.write(line)
                return
            getattr(self, f"do_{verb}", self.change)(options | {"verb": verb})
        except GraphUnreadable as error:
            raise CommandError(report(error.problems)) from error
        except JourneyRefused as error:
            raise CommandError(str(error)) from error

    def do_load(self, options: dict[str, Any]) -> None:
        brand = brand_of(options["brand"])
        document = read(options)
        try:
            loaded = load(ACTOR, brand, document, utc_now())
        except GraphUnreadable as error:
            raise CommandError(report(error.problems, document.lines)) from error
        self.warn(loaded.warnings, document)
        what = "Made" if loaded.is_new else "Changed the draft of" if loaded.is_changed else "Kept"
        self.stdout.write(f"{what} “{loaded.journey}” ({loaded.journey.code}).")
        if options["publish"]:
            self.publish(loaded.journey)

    def do_check(self, options: dict[str, Any]) -> None:
        document = read(options)
        if options["brand"]:
            graph, problems = check(document, brand_of(options["brand"]))
        else:
            graph, problems = read_graph(document)
        if graph is None:
            raise CommandError(report(problems, document.lines))
        self.warn(problems, document)
        self.stdout.write(f"“{graph.name}” can run: {len(graph.nodes)} nodes.")

    def do_show(self, options: dict[str, Any]) -> None:
        journey = journey_of(options)
        if options["yaml"]:
            self.stdout.write(dump_yaml({"journey": journey.code, **journey.draft}), ending="")
            return
        version = journey.current
        self.stdout.write(f"{journey.name} ({journey.code}) of {journey.brand}")
        self.stdout.write(f"state    {journey.state}")
        self.stdout.write(f"version  {version.number if version else '–'}")
        same = version is not None and version.graph == journey.draft
        self.stdout.write(f"draft    {journey.draft_number}{' (as published)' if same else ''}")

    def do_kinds(self, options: dict[str, Any]) -> None:
        with translation.override(options["lang"] or translation.get_language()):
            text = reference(options["only"])
        if not text:
            raise CommandError(f"No kind of node begins with “{options['only']}”.")
        self.stdout.write(text)

    def do_publish(self, options: dict[str, Any]) -> None:
        journey = journey_of(options)
        choices = pairs(options["move"])
        if options["preview"]:
            for line in preview_lines(journey, choices):
                self.stdout.write(line)
            return
        self.publish(journey, choices, options["note"])

    def do_resume(self, options: dict[str, Any]) -> None:
        journey = journey_of(options)
        resume(ACTOR, journey, utc_now(), late=options["late"])
        self.stdout.write(f"“{journey}” is {journey.state} now.")

    def do_late(self, options: dict[str, Any]) -> None:
        journey = journey_of(options)
        people = decide_late(ACTOR, journey, options["late"], utc_now())
        self.stdout.write(f"{people} customers of “{journey}” go on.")

    def change(self, options: dict[str, Any]) -> None:
        journey = journey_of(options)
        left = CHANGES[options["verb"]](ACTOR, journey, utc_now())
        more = f" {left} customers left it." if isinstance(left, int) else ""
        self.stdout.write(f"“{journey}” is {journey.state} now.{more}")

    def publish(
        self, journey: Journey, choices: dict[str, str] | None = None, note: str = ""
    ) -> None:
        version = publish(ACTOR, journey, utc_now(), people=choices, note=note)
        self.stdout.write(f"Published version {version.number} of “{journey}”: {journey.state}.")
        for move in PeopleMove.objects.filter(target=version):
            while not go(move, utc_now(), seconds=5.0):
                self.stdout.write(f"  {move.done} of {move.total}")
            self.stdout.write(
                f"{move.moved} customers moved to it, {move.left} left, {move.stayed} stayed."
            )

    def warn(self, problems: Any, document: Document) -> None:
        if problems:
            self.stderr.write(report(problems, document.lines))


# helpers


def pairs(given: list[str]) -> dict[str, str]:
    """`STEP=choice` as a mapping."""
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandError(f"Expected --move STEP=move|stay|leave, got {pair!r}.")
        found[name] = value
    return found


def preview_lines(journey: Journey, given: dict[str, str]) -> Iterator[str]:
    """What publishing would change, in words and with its people."""
    seen = preview(journey)
    if seen is None:
        yield f"“{journey}” was not published yet: nobody is on the way."
        return
    choices = read_choices(journey, given)
    rows = {row.key: row for row in seen.rows}
    for words in seen.diff.heading:
        yield plain(words)
    for change in seen.diff.changes:
        yield f"{change.key}: {'; '.join(plain(words) for words in change.words)}"
        if change.key in rows:
            people_at = rows[change.key].people
            yield (
                f"  {people_at.before} before it, {people_at.at} at it, {people_at.after} after it"
            )
    if not seen.diff.changes and not seen.diff.heading:
        yield "No step differs."
    did = seen.effect(choices)
    yield f"{did.moved} would move, {did.left} would leave, {did.stayed} would stay."
    for number, n in seen.older:
        yield f"{n} are in version {number} and stay there."


def read(options: dict[str, Any]) -> Document:
    values = {}
    for pair in options["set"]:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandError(f"Expected --set name=value, got {pair!r}.")
        values[name] = value
    try:
        if options["file"] == "-":
            text = sys.stdin.read()
        else:
            text = Path(options["file"]).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{options['file']} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{options['file']} is not UTF-8 text. Save it as UTF-8.") from error
    return load_yaml(text, values)


def brand_of(code: str) -> Brand:
    brand = Brand.objects.filter(code=code).first()
    if brand is None:
        known = ", ".join(Brand.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no brand “{code}”. Brands: {known}.")
    return brand


def journey_of(options: dict[str, Any]) -> Journey:
    rows = Journey.objects.filter(code=options["code"]).select_related("brand", "current")
    if options["brand"]:
        rows = rows.filter(brand=brand_of(options["brand"]))
    found = list(rows)
    if not found:
        raise CommandError(f"There is no journey “{options['code']}”.")
    if len(found) > 1:
        brands = ", ".join(journey.brand.code for journey in found)
        raise CommandError(f"Several brands have “{options['code']}”: add --brand ({brands}).")
    return found[0]
