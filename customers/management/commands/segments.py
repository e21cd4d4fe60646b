"""`manage.py segments`: list them, count and say a rule, build, print the language's schema."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import strip_tags

from config.clock import utc_now
from customers.models import Brand, Segment, SegmentKind
from customers.rules import Rule, count, json_schema, read_rule, say
from customers.segments import build


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule, and the brand whose consents and days it means."""

    rule: Rule
    brand_id: int | None


class Command(BaseCommand):
    """`build` works here and now, in this process; the schedule of the segment stays as it is."""

    help = "List segments, count or say a rule, build a segment, print the schema of rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        shown = verbs.add_parser("list", help="every segment with its size and last build")
        shown.add_argument("--json", action="store_true")
        for verb, words in (
            ("count", "how many customers match, exactly"),
            ("say", "a rule in words"),
        ):
            asked = verbs.add_parser(verb, help=words)
            which = asked.add_mutually_exclusive_group(required=True)
            which.add_argument("segment", nargs="?", help="the code of a segment")
            which.add_argument("--rule", help="JSON, or @FILE, or - for what comes in")
            asked.add_argument("--brand", help="whose consents and days: the code of a brand")
            asked.add_argument("--json", action="store_true")
            if verb == "count":
                asked.add_argument("--as-of", help="a date or a moment; without it, now")
        built = verbs.add_parser("build", help="bring members up to date")
        built.add_argument("segment", nargs="*", help="codes of segments")
        built.add_argument("--all", action="store_true", help="every segment by rule")
        built.add_argument("--json", action="store_true")
        verbs.add_parser("schema", help="the JSON schema of rules")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"list": self._list, "count": self._count, "say": self._say,
                 "build": self._build, "schema": self._schema}  # fmt: skip
        verbs[options["verb"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for segment in Segment.objects.select_related("brand").order_by("code"):
            self._line(
                {
                    "segment": segment.code,
                    "kind": segment.kind,
                    "brand": segment.brand.code if segment.brand else None,
                    "size": segment.size,
                    "built": segment.built_at.isoformat() if segment.built_at else None,
                    "problem": segment.problem or None,
                },
                options,
            )

    def _count(self, options: dict[str, Any]) -> None:
        asked = _asked(options)
        now = _moment(options["as_of"])
        started = time.perf_counter()
        number = count(asked.rule, now=now, brand_id=asked.brand_id)
        seconds = round(time.perf_counter() - started, 3)
        self._line({"count": number, "as_of": now.isoformat(), "seconds": seconds}, options)

    def _say(self, options: dict[str, Any]) -> None:
        words = strip_tags(say(_asked(options).rule))
        if options["json"]:
            self.stdout.write(json.dumps({"rule": words}, ensure_ascii=False))
        else:
            self.stdout.write(words)

    def _build(self, options: dict[str, Any]) -> None:
        if options["all"] == bool(options["segment"]):
            raise CommandError("Name the segments to build, or say --all.")
        if options["all"]:
            found = list(Segment.objects.filter(kind=SegmentKind.RULE).order_by("code"))
        else:
            found = [_segment(code) for code in options["segment"]]
        failed = 0
        for segment in found:
            done = build(segment, now=utc_now())
            failed += bool(done.problem)
            line = {
                "segment": segment.code,
                "size": done.size,
                "entered": done.entered,
                "left": done.left,
                "seconds": round(done.seconds, 3),
            }
            self._line(line | ({"problem": done.problem} if done.problem else {}), options)
        if failed:
            raise CommandError(f"{failed} of {len(found)} segments were not built.")

    def _schema(self, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(json_schema(), indent=1))

    def _line(self, line: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(line, ensure_ascii=False))
        else:
            told = (f"{name} {value}" for name, value in line.items() if value is not None)
            self.stdout.write(", ".join(told))


# helpers


def _asked(options: dict[str, Any]) -> Asked:
    brand_id = _brand(options["brand"])
    if options["rule"] is None:
        segment = _segment(options["segment"])
        if segment.kind != SegmentKind.RULE:
            raise CommandError(f"{segment.code} is a list of {segment.size}; it has no rule.")
        data, brand_id = segment.rule, brand_id or segment.brand_id
    else:
        data = _json(options["rule"])
    rule, problems = read_rule(data)
    if rule is None:
        wrong = [each for each in problems if not each.is_warning]
        raise CommandError("\n".join(f"{each.place}: {each.text}" for each in wrong))
    return Asked(rule, brand_id)


def _json(text: str) -> Any:
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The rule can't be read: {error}.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f'A rule is JSON, such as {{"tag": "vip"}}: {error}.') from error


def _moment(text: str | None) -> datetime:
    """A date means its first moment in UTC; a moment without a zone is in UTC."""
    if text is None:
        return utc_now()
    try:
        moment = parse_datetime(text)
        if moment is None:
            day = parse_date(text)
            moment = datetime(day.year, day.month, day.day) if day else None  # noqa: DTZ001
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(
            f"--as-of is a date or a moment, such as 2026-03-04 or 2026-03-04T09:30, but “{text}”"
            " came."
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _brand(code: str | None) -> int | None:
    if code is None:
        return None
    found = Brand.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Brand.objects.order_by("code").values_list("code", flat=True)[:20])
        raise CommandError(f"There is no brand “{code}”. Brands: {known or 'none yet'}.")
    return found.pk


def _segment(code: str) -> Segment:
    found = Segment.objects.select_related("brand").filter(code=code).first()
    if found is None:
        known = ", ".join(Segment.objects.order_by("code").values_list("code", flat=True)[:20])
        raise CommandError(f"There is no segment “{code}”. Segments: {known or 'none yet'}.")
    return found
