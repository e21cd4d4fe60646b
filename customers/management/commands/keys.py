"""`manage.py keys`: list API keys, make one, renew one with an overlap, revoke one."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from config.clock import utc_now
from customers.access import Actor, Right, keys
from customers.models import ApiKey, Brand
from customers.rules import read_duration


class Command(BaseCommand):
    """A secret is printed once, when it is made; afterwards nobody can show it."""

    help = "List API keys, make one, renew one with an overlap, revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        shown = verbs.add_parser("list", help="every key, without its secret")
        shown.add_argument("--json", action="store_true")
        made = verbs.add_parser("make", help="a new key of a brand")
        made.add_argument("name", help="who will use it")
        made.add_argument("--brand", required=True, help="the code of the brand")
        made.add_argument(
            "--scope", action="append", choices=[str(each) for each in keys.SCOPES],
            help=f"what it may, more than once for more; without it: {Right.INGEST}",
        )  # fmt: skip
        made.add_argument("--days", type=int, help="after how many days it ends; without it: never")
        renewed = verbs.add_parser("rotate", help="a new secret; the old one works on for a while")
        renewed.add_argument("prefix", help="the first characters of the key, as the list has them")
        renewed.add_argument(
            "--overlap", default="7d", help="how long the old secret works on, such as 2h; 7d"
        )
        ended = verbs.add_parser("revoke", help="end a key at once and for good")
        ended.add_argument("prefix", help="the first characters of the key, as the list has them")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"list": self._list, "make": self._make, "rotate": self._rotate,
                 "revoke": self._revoke}  # fmt: skip
        try:
            verbs[options["verb"]](options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _list(self, options: dict[str, Any]) -> None:
        for key in ApiKey.objects.select_related("brand").order_by("brand__code", "name"):
            line = {
                "key": key.prefix,
                "name": key.name,
                "brand": key.brand.code,
                "scopes": ",".join(key.scopes),
                "used": _iso(key.last_used_at),
                "ends": _iso(key.expires_at),
                "old_until": _iso(key.old_until),
                "revoked": _iso(key.revoked_at),
            }
            if options["json"]:
                self.stdout.write(json.dumps(line, ensure_ascii=False))
            else:
                self.stdout.write("  ".join(str(each or "–") for each in line.values()))

    def _make(self, options: dict[str, Any]) -> None:
        brand, now = Brand.objects.filter(code=options["brand"]).first(), utc_now()
        if brand is None:
            raise CommandError(f"There is no brand “{options['brand']}”.")
        days = options["days"]
        _key, token = keys.create(
            _actor(), brand, name=options["name"], scopes=options["scope"] or [Right.INGEST],
            expires_at=now + timedelta(days=days) if days is not None else None, now=now,
        )  # fmt: skip
        self.stdout.write(token)

    def _rotate(self, options: dict[str, Any]) -> None:
        now = utc_now()
        try:
            overlap = read_duration(options["overlap"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        token = keys.rotate(_actor(), _key(options["prefix"]), until=now + overlap, now=now)
        self.stdout.write(token)

    def _revoke(self, options: dict[str, Any]) -> None:
        keys.revoke(_actor(), _key(options["prefix"]), now=utc_now())


# helpers


def _actor() -> Actor:
    return Actor.of_command("keys")


def _key(prefix: str) -> ApiKey:
    found = list(ApiKey.objects.select_related("brand").filter(prefix__startswith=prefix)[:2])
    if len(found) != 1:
        raise CommandError(
            f"{'No key begins' if not found else 'More than one key begins'} with “{prefix}”."
        )
    return found[0]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
