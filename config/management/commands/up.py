import os
import signal
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import embedded
from config.errors import ConfigurationError
from config.places import BASE_DIR, make_folder
from config.up import prepare
from config.up.console import BOLD, Console
from config.up.parts import parts
from config.up.place import check_port, only_one
from config.up.supervisor import Supervisor

READY_SECONDS = 90.0
ASK_SECONDS = 0.3


class Command(BaseCommand):
    help = "Prepare what is missing and run web server, workers and clock until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="default: 8000")
        parser.add_argument("--host", default="127.0.0.1", help="default: this machine only")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument(
            "--verbose", action="store_true", help="show everything that the parts write"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not 1 <= port <= 65535:
            raise ConfigurationError(f"--port is {port}, but a number from 1 to 65535 is expected.")
        url = os.environ.setdefault("WAYPOST_URL", f"http://localhost:{port}").rstrip("/")
        console = Console(verbose=options["verbose"])
        # Until the supervisor takes over, a polite end must still stop the database.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        with only_one(settings.VAR_DIR, url):
            check_port(host, port)
            logs = make_folder(Path(settings.VAR_DIR, "log"))
            try:
                console.say("Waypost", BOLD)
                prepare.prepare(console, demo=not options["no_demo"])
                supervisor = Supervisor(
                    parts(host, port),
                    console=console,
                    logs=logs,
                    folder=BASE_DIR,
                    environment=os.environ,
                )
                code = supervisor.run(_Greeting(console, supervisor, host, port, url, logs))
            finally:
                if settings.DATABASES["default"].get("EMBEDDED"):
                    embedded.stop_if_last()
        sys.exit(code)


class _Greeting:
    """Asks the web server until it answers, then says where to go."""

    def __init__(
        self, console: Console, supervisor: Supervisor, host: str, port: int, url: str, logs: Path
    ) -> None:
        self.console, self.supervisor = console, supervisor
        # An address that means "all of them" is no address to ask.
        asked = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
        self.health = f"http://{asked}:{port}/health/live"
        self.url, self.logs = url, logs
        self.started = time.monotonic()
        self.asked = 0.0
        self.done = False

    def __call__(self) -> None:
        # The supervisor turns with every line that a part writes, far more often than is polite.
        if self.done or time.monotonic() - self.asked < ASK_SECONDS:
            return
        self.asked = time.monotonic()
        if self._answers():
            self.done = True
            self._greet()
        elif time.monotonic() - self.started > READY_SECONDS:
            self.done = True
            self.supervisor.fail(
                f"The web server did not answer at {self.health} within {READY_SECONDS:g} s, so "
                f"Waypost stops. See {self.logs / 'web.log'}."
            )

    def _answers(self) -> bool:
        request = urllib.request.Request(self.health)  # noqa: S310  # always our own http address
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _greet(self) -> None:
        seconds = time.monotonic() - self.started
        self.console.say(f"{seconds:6.1f} s  Web server, workers and clock")
        self.console.say(f"\nWaypost is ready: {self.url}", BOLD)
        account = prepare.sign_in()
        if account is not None:
            self.console.say(f"  Sign in as {account.email} with the password {account.password}")
        elif not prepare.has_users():
            self.console.say("  Nobody can sign in yet; make an administrator with:")
            self.console.say("  python3.11 manage.py createsuperuser")
        self.console.say(f"  Logs are in {self.logs}; Ctrl-C stops everything.\n")
