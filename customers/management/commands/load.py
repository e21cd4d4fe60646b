"""`manage.py load`: bring a file of customers, events, tags or a list in."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from config.clock import utc_now
from customers.access import Actor
from customers.actions import imports as actions
from customers.imports import BadMapping, Unreadable, rehearse, run
from customers.imports.before import remembered
from customers.imports.tables import open_as_mapped
from customers.models import Brand, Import, ImportKind, ImportState

ACTOR = Actor.of_command("load")
COUNTS = ("rows", "accepted", "refused", "duplicates", "passed_over", "customers_created")
_OPS = {"!^": "not_starts", ">=": "gte", "<=": "lte", "!=": "ne", "^": "starts", "=": "eq",
        ">": "gt", "<": "lt"}  # fmt: skip


class Command(BaseCommand):
    """The same call again goes on with a run that was stopped or killed."""

    help = "Load a CSV, XLSX or Parquet file of customers, events, tags or a list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", required=True, choices=ImportKind.values)
        parser.add_argument("--brand", required=True, help="the code of the brand")
        parser.add_argument("--source", default="import", help="the code of the source")
        parser.add_argument("--mapping", type=Path, help="a YAML file with the mapping")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="column=target",
            help="identity:phone, attribute:city, tag:tier, property:amount, time, event, ignore",
        )
        parser.add_argument("--type", action="append", default=[], metavar="column=type")
        parser.add_argument("--event", help="the name of all events")
        parser.add_argument("--key", action="append", help="a column that makes the row unique")
        parser.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="'column > 0'",
            help="take only rows with = != > >= < <= ^ (begins with) !^, or “column exists”",
        )
        parser.add_argument("--timezone", help="of times without a zone")
        parser.add_argument("--segment", help="the code of the segment that a list goes into")
        parser.add_argument("--encoding")
        parser.add_argument("--delimiter")
        parser.add_argument("--sheet", help="the sheet of a workbook")
        parser.add_argument("--header-line", type=int, help="where titles stand above the header")
        parser.add_argument(
            "--again", action="store_true", help="load content that was loaded before"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = _brand_of(options["brand"])
        try:
            found = actions.prepare(
                ACTOR,
                brand,
                options["file"],
                kind=options["kind"],
                mapping=_mapping_of(options, brand),
                source=options["source"],
                now=utc_now(),
            )
            if options["dry_run"]:
                self._rehearse(found, options)
            else:
                self._load(found, options)
        except BadMapping as error:
            raise CommandError("\n".join(error.problems)) from error
        except Unreadable as error:
            raise CommandError(str(error)) from error

    def _rehearse(self, found: Import, options: dict[str, Any]) -> None:
        seen = dataclasses.asdict(rehearse(found, options["file"], now=utc_now()))
        if options["json"]:
            self.stdout.write(json.dumps(seen, ensure_ascii=False))
            return
        for problem in seen.pop("problems"):
            self.stdout.write(f"line {problem['line']}: {problem['text']}")
        self.stdout.write(", ".join(f"{name} {value}" for name, value in seen.items()))

    def _known(self, found: Import, error: actions.AlreadyLoaded, options: dict[str, Any]) -> None:
        """Nothing is to be done, so that a call which is repeated ends well."""
        actions.discard(ACTOR, found, now=utc_now())
        if options["json"]:
            line = {"import": error.before.pk, "state": error.before.state, "known": True}
            self.stdout.write(json.dumps(line))
        else:
            self.stdout.write(f"{error} Add --again to load it again.")

    def _load(self, prepared: Import, options: dict[str, Any]) -> None:
        started = perf_counter()
        found = actions.create(ACTOR, prepared, now=utc_now())
        before = found.rows
        try:
            actions.start(ACTOR, found, now=utc_now(), again=options["again"])
        except actions.AlreadyLoaded as error:
            self._known(found, error, options)
            return
        run(found, options["file"], clock=utc_now)
        found.refresh_from_db()
        seconds = perf_counter() - started
        counts = {name: getattr(found, name) for name in COUNTS}
        if options["json"]:
            line = {
                "import": found.pk,
                "state": found.state,
                **counts,
                "seconds": round(seconds, 2),
                "rows_per_s": round((found.rows - before) / seconds),
            }
            self.stdout.write(json.dumps(line))
        else:
            for refusal in found.refusals.order_by("line")[:20]:
                self.stdout.write(f"line {refusal.line}: {refusal.text}")
            self.stdout.write(", ".join(f"{name} {value}" for name, value in counts.items()))
        if found.state == ImportState.FAILED:
            raise CommandError(found.problem)


# helpers


def _brand_of(code: str) -> Brand:
    brand = Brand.objects.filter(code=code).first()
    if brand is None:
        known = ", ".join(Brand.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no brand “{code}”. Brands: {known}.")
    return brand


def _mapping_of(options: dict[str, Any], brand: Brand) -> dict[str, Any]:
    """The mapping of the file, with what stands in options on top; or the remembered one."""
    data: Any = {}
    if options["mapping"]:
        try:
            data = yaml.safe_load(options["mapping"].read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise CommandError(f"{options['mapping']} can't be read: {error}") from error
    elif not options["map"]:
        table = open_as_mapped(options["file"], options)
        data = remembered(brand, options["kind"], table.header)
    if not isinstance(data, dict):
        raise CommandError(
            "Say what the columns become: --map 'customer_id=identity:member_id' for each, "
            "or --mapping FILE.yaml."
        )
    columns: dict[str, Any] = dict(data.get("columns") or {})
    for column, target in _pairs(options["map"], "--map 'column=target'"):
        columns[column] = [*_many(columns.get(column)), target]
    data["columns"] = columns
    data["types"] = {
        **(data.get("types") or {}),
        **dict(_pairs(options["type"], "--type 'column=type'")),
    }
    data["where"] = [*(data.get("where") or ()), *map(_condition, options["where"])]
    for name in (
        "event", "key", "timezone", "segment", "encoding", "delimiter", "sheet", "header_line",
    ):  # fmt: skip
        if options[name]:
            data[name] = options[name]
    return data


def _many(targets: Any) -> list[str]:
    return [targets] if isinstance(targets, str) else list(targets or ())


def _pairs(texts: list[str], expected: str) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        left, equals, right = text.rpartition("=")
        if not equals or not left.strip() or not right.strip():
            raise CommandError(f"Expected {expected}, got {text!r}.")
        pairs.append((left.strip(), right.strip()))
    return pairs


def _condition(text: str) -> dict[str, Any]:
    for word in ("exists", "missing"):
        if text.endswith(f" {word}"):
            return {"column": text.removesuffix(word).strip(), "op": word}
    for sign, op in _OPS.items():
        left, found, right = text.partition(f" {sign} ")
        if found:
            value: Any = right.strip()
            if op in ("gt", "gte", "lt", "lte"):
                with contextlib.suppress(ValueError):
                    value = float(value)
            return {"column": left.strip(), "op": op, "value": value}
    raise CommandError(
        f"Expected --where 'column > 0' with blanks around the sign, or 'column exists', "
        f"got {text!r}."
    )
