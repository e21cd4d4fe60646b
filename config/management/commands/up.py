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
from config.terminal import LANGUAGES
from config.terminal import gettext as _
from config.up import prepare
from config.up.console import BOLD, Console
from config.up.parts import parts
from config.up.place import check_port, only_one
from config.up.supervisor import Supervisor

READY_SECONDS = 90.0
ASK_SECONDS = 0.3


class Command(BaseCommand):
    help = _("Prepare what is missing and run web server, workers and clock until Ctrl-C.")
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help=_("default: 8000"))
        parser.add_argument("--host", default="127.0.0.1", help=_("default: this machine only"))
        parser.add_argument(
            "--no-demo", action="store_true", help=_("leave an empty database empty")
        )
        parser.add_argument(
            "--verbose", action="store_true", help=_("show everything that the parts write")
        )
        # Read by config.terminal, long before Django looks at the arguments.
        parser.add_argument(
            "--lang", choices=LANGUAGES, help=_("language of these lines (default: the terminal's)")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not 1 <= port <= 65535:
            raise ConfigurationError(
                _("--port is {port}, but a number from 1 to 65535 is expected.").format(port=port)
            )
        url = os.environ.setdefault("WAYPOST_URL", f"http://localhost:{port}").rstrip("/")
        console = Console(verbose=options["verbose"])
        # Until the supervisor takes over, a polite end must still stop the database.
        signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
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
                _(
                    "The web server did not answer at {url} within {seconds} s, so Waypost stops. "
                    "See {file}."
                ).format(url=self.health, seconds=f"{READY_SECONDS:g}", file=self.logs / "web.log")
            )

    def _answers(self) -> bool:
        request = urllib.request.Request(self.health)  # noqa: S310  # always our own http address
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _greet(self) -> None:
        took = _("{seconds} s").format(seconds=f"{time.monotonic() - self.started:6.1f}")
        parts_run = _("Web server, workers and clock")
        self.console.say(f"{took}  {parts_run}")
        ready = _("Waypost is ready: {url}").format(url=self.url)
        self.console.say(f"\n{ready}", BOLD)
        account = prepare.sign_in()
        if account is not None:
            told = _("Sign in as {email} with the password {password}").format(
                email=account.email, password=account.password
            )
            self.console.say(f"  {told}")
        elif not prepare.has_users():
            nobody = _("Nobody can sign in yet; make an administrator with:")
            self.console.say(f"  {nobody}")
            self.console.say("  python3.11 manage.py createsuperuser")
        logs = _("Logs are in {folder}; Ctrl-C stops everything.").format(folder=self.logs)
        self.console.say(f"  {logs}\n")
