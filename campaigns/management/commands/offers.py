"""`manage.py offers`: fill the pool of an offer with codes, and say how full it is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from campaigns.actions.offers import import_codes
from campaigns.models import Offer
from campaigns.offers import pool_of
from config.clock import utc_now
from customers.access import Actor

ACTOR = Actor.of_command("offers")


class Command(BaseCommand):
    help = "Import codes into the pool of an offer, or show how full it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="verb", required=True, parser_class=ArgumentParser)
        one = parts.add_parser("import", help="add codes, one a line; known ones change nothing")
        one.add_argument("file", help="a text file; - reads from standard input")
        for part in (one, parts.add_parser("pool", help="how many codes are left")):
            part.add_argument("--offer", required=True, help="the code of the offer")
            part.add_argument("--brand", required=True, help="the code of the brand")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        offer = (
            Offer.objects.filter(code=options["offer"], brand__code=options["brand"])
            .select_related("brand")
            .first()
        )
        if offer is None:
            raise CommandError(f"{options['brand']} has no offer “{options['offer']}”.")
        if verb == "import":
            self.fill(offer, options["file"])
        pool = pool_of(offer)
        self.stdout.write(
            f"{offer}: {pool.all} codes, {pool.issued} given away, {pool.redeemed} redeemed, "
            f"{pool.free} free."
        )

    def fill(self, offer: Offer, file: str) -> None:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            done = import_codes(ACTOR, offer, text.splitlines(), now=utc_now())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} can't be read as UTF-8 text: {error}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{done.new} new codes, {done.known} known already.")
