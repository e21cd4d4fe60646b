"""`manage.py tags`: list them, say how one is computed, refresh."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.html import strip_tags

from config.clock import utc_now
from customers.models import Tag, TagKind
from customers.tags.definition import read_definition, say
from customers.tags.look import in_order
from customers.tags.refresh import Busy, NotComputed, Refreshed, refresh


class Command(BaseCommand):
    """`refresh` works here and now, in this process; the schedule of the tag stays as it is."""

    help = "List tags, say how one is computed, or refresh it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        shown = verbs.add_parser("list", help="every tag with its kind and last refresh")
        shown.add_argument("--json", action="store_true")
        said = verbs.add_parser("say", help="the definition in words, or as JSON")
        said.add_argument("tag", help="the code of the tag")
        said.add_argument("--json", action="store_true")
        done = verbs.add_parser("refresh", help="compute the values now")
        done.add_argument("tag", nargs="*", help="codes of tags")
        done.add_argument("--all", action="store_true", help="every tag that is computed")
        done.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        {"list": self._list, "say": self._say, "refresh": self._refresh}[options["verb"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for tag in Tag.objects.select_related("brand").order_by("code"):
            line = {
                "tag": tag.code,
                "kind": tag.kind,
                "brand": tag.brand.code if tag.brand else None,
                "refreshed": tag.refreshed_at.isoformat() if tag.refreshed_at else None,
                "next": tag.next_refresh_at.isoformat() if tag.next_refresh_at else None,
            }
            if options["json"]:
                self.stdout.write(json.dumps(line))
            else:
                self.stdout.write("  ".join(str(each or "–") for each in line.values()))

    def _say(self, options: dict[str, Any]) -> None:
        tag = _tag(options["tag"])
        definition, problems = read_definition(tag.definition)
        if definition is None:
            raise CommandError("\n".join(f"{each.place}: {each.text}" for each in problems))
        if options["json"]:
            self.stdout.write(json.dumps(definition.to_json(), ensure_ascii=False))
        else:
            self.stdout.write(strip_tags(say(definition)))

    def _refresh(self, options: dict[str, Any]) -> None:
        if options["all"] == bool(options["tag"]):
            raise CommandError("Name the tags to refresh, or say --all.")
        if options["all"]:
            kinds = (TagKind.FACT, TagKind.MODEL)
            tags = list(Tag.objects.filter(kind__in=kinds).exclude(definition={}))
        else:
            tags = [_tag(code) for code in options["tag"]]
        failed = 0
        for tag in in_order(tags):
            try:
                done = refresh(tag.pk, utc_now(), full=True)
            except (Busy, NotComputed) as error:
                problem = str(error) or "It is being refreshed by somebody else just now."
                done = Refreshed(problem=problem)
            failed += bool(done.problem)
            self._told(tag, done, options["json"])
        if failed:
            raise CommandError(f"{failed} of {len(tags)} tags were not refreshed.")

    def _told(self, tag: Tag, done: Refreshed, as_json: bool) -> None:
        line = {
            "tag": tag.code,
            "customers": done.customers,
            "came": done.came,
            "went": done.went,
            "seconds": round(done.seconds, 3),
        }
        if done.problem:
            line["problem"] = done.problem
        if as_json:
            self.stdout.write(json.dumps(line, ensure_ascii=False))
        else:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in line.items()))


# helpers


def _tag(code: str) -> Tag:
    found = Tag.objects.select_related("brand").filter(code=code).first()
    if found is None:
        known = ", ".join(Tag.objects.order_by("code").values_list("code", flat=True)[:20])
        raise CommandError(f"There is no tag “{code}”. Tags: {known or 'none yet'}.")
    return found
