"""manage.py demo: a made-up group with a living half year behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_celery_beat.models import PeriodicTask

from config import heartbeat
from config.clock import utc_now
from customers.models import Customer, User
from journeys.demo.load import is_loaded, load_demo, note_sign_in
from journeys.demo.pulse import NAME


class Command(BaseCommand):
    """Loads the demo into an empty database."""

    help = (
        "Fill an empty database with a made-up group of two brands: customers, half a year of "
        "events, contents, policies and six journeys, four of them running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--customers", type=int, default=4000, help="How many (default 4000, at least 50)."
        )
        parser.add_argument("--seed", type=int, default=7, help="The same seed makes the same.")
        parser.add_argument(
            "--now", type=moment, default=None, metavar="ISO",
            help="When the demo's history ends, such as 2026-03-04T09:30:00Z (default: now).",
        )  # fmt: skip
        parser.add_argument(
            "--force-add", action="store_true",
            help="Load the demo beside customers and users who are there already.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        count, now = options["customers"], options["now"] or utc_now()
        if not 50 <= count <= 200_000:
            raise CommandError(f"--customers is {count}, but 50 to 200000 are expected.")
        if is_loaded():
            self._already_there()
            return
        if not options["force_add"] and (Customer.objects.exists() or User.objects.exists()):
            raise CommandError(
                "This database holds customers or users, so the demo is not loaded into it. Use "
                "an empty database, or add the demo beside them with --force-add."
            )
        age = heartbeat.age("engine", utc_now())
        if age is not None and age < timedelta(seconds=20):
            raise CommandError(
                "An engine is at work on this database, and it would walk the demo's past as if "
                "it were today. Stop `manage.py up` and the workers first."
            )
        say = self.stdout.write if options["verbosity"] else lambda text: None
        loaded = load_demo(count, options["seed"], now, say)
        path = note_sign_in(loaded.group, Path(settings.VAR_DIR))
        say(
            f"{loaded.customers:,} customers, {loaded.events:,} events, "
            f"{loaded.enrollments:,} enrollments, {loaded.messages:,} messages."
        )
        for user, password in loaded.group.accounts:
            say(f"  {user.email:20} {password}   {user.display_name}")
        say(f"The passwords are kept in {path}.")

    def _already_there(self) -> None:
        if not PeriodicTask.objects.filter(name=NAME).exists():
            raise CommandError(
                "A demo was cut off here while it was loaded. Empty the database and start again."
            )
        self.stdout.write("The demo is loaded already; nothing was changed.")


def moment(text: str) -> datetime:
    """An ISO moment; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"--now is {text!r}, but a moment such as 2026-03-04T09:30:00Z is expected."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
