from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.places import BASE_DIR
from config.translations import (
    ROOMS,
    ExtractionError,
    compile_stale,
    extract,
    find_problems,
    merge,
)


class Command(BaseCommand):
    help = (
        "Bring the Chinese catalogues in line with the sources and compile them; "
        "with --check, list what is missing and change nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "rooms",
            nargs="*",
            metavar="room",
            help=f"only these catalogues: {', '.join(ROOMS)} (default: all)",
        )
        parser.add_argument("--check", action="store_true", help="fail when something is missing")

    def handle(self, *args: Any, rooms: list[str], check: bool, **options: Any) -> None:
        unknown = sorted(set(rooms) - set(ROOMS))
        if unknown:
            raise CommandError(f"Expected rooms out of {', '.join(ROOMS)}, got {unknown[0]!r}.")
        try:
            words = {room: extract(BASE_DIR, room) for room in rooms or ROOMS}
        except ExtractionError as error:
            raise CommandError(str(error)) from error
        if not check:
            for path in merge(BASE_DIR, words):
                self.stdout.write(f"Updated {path.relative_to(BASE_DIR)}")
            for path in compile_stale(BASE_DIR):
                self.stdout.write(f"Compiled {path.relative_to(BASE_DIR)}", self.style.SUCCESS)
        problems = find_problems(BASE_DIR, words)
        for problem in problems:
            self.stdout.write(problem)
        total = sum(len(found) for found in words.values())
        if problems and check:
            raise CommandError(
                f"{len(problems)} problems in {total} messages. Run manage.py translations, then "
                "write what is missing into the .po files named above."
            )
        self.stdout.write(
            f"{total} messages, {len(problems)} problems."
            if problems
            else f"{total} messages, all translated."
        )
