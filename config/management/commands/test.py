import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.browser import HOW_TO_GET_ONE, find_browser
from config.errors import ConfigurationError
from config.frontend import AssetsError, ensure_assets, node_tools
from config.habits.checks import checks
from config.habits.floors import check_floors, measuring
from config.habits.runner import Outcome, run_checks, run_tests, table
from config.places import BASE_DIR
from config.translations import compile_stale


class Command(BaseCommand):
    help = (
        "Run everything that CI wants: style, types, imports, templates, scripts, migrations, "
        "translations, then the tests. With paths, only the tests there."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="*", help="tests to run instead of everything; options behind --"
        )
        parser.add_argument("--quick", action="store_true", help="without browser and coverage")
        parser.add_argument(
            "--proofs", action="store_true", help="also what installs and starts from scratch"
        )

    def handle(
        self, *args: Any, paths: list[str], quick: bool, proofs: bool, **options: Any
    ) -> None:
        # A run starts more than a hundred interpreters. Where Python is told to keep no compiled
        # modules, as in many containers, each would compile the whole project again.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        compile_stale(BASE_DIR)
        environment = self._browser(quick)
        outcomes: list[Outcome] = []
        if not paths:
            outcomes += run_checks(checks(BASE_DIR, self._node_path()), BASE_DIR, self._say)
        # A run through a part says nothing about coverage, nor does one that broke off.
        whole = not paths and not quick
        tests, closing = run_tests(
            _pytest_arguments(paths, quick, proofs),
            BASE_DIR,
            environment,
            measuring(BASE_DIR) if whole else (),
        )
        outcomes.append(tests)
        if tests.passed and whole:
            measured, lines = check_floors(BASE_DIR)
            outcomes.append(measured)
            self._say("\n" + "\n".join(lines))
        self._say(f"\n{table(outcomes)}")
        # Repeated below the table: whoever looks at the last line sees how many tests ran.
        self._say(closing)
        if not all(outcome.passed for outcome in outcomes):
            sys.exit(1)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _browser(self, quick: bool) -> dict[str, str]:
        browser = None if quick else find_browser()
        if browser or quick:
            return {"WAYPOST_BROWSER": browser} if browser else {}
        sentence = f"No Chromium was found, so no page can be driven. {HOW_TO_GET_ONE}"
        if os.environ.get("CI"):
            raise ConfigurationError(sentence)
        self.stderr.write(f"{sentence} The tests marked browser are SKIPPED.", self.style.WARNING)
        return {}

    def _node_path(self) -> str | None:
        try:
            ensure_assets(dev=True, say=self._say)
            return node_tools()[1]
        except AssetsError as error:
            if os.environ.get("CI"):
                raise ConfigurationError(str(error)) from error
            self.stderr.write(f"{error} Our scripts are NOT checked.", self.style.WARNING)
            return None


def _pytest_arguments(paths: list[str], quick: bool, proofs: bool) -> list[str]:
    unwanted = [
        marker
        for marker, skipped in (
            ("proof", not proofs),
            ("browser", quick or (not paths and find_browser() is None)),
        )
        if skipped
    ]
    arguments = ["-m", " and ".join(f"not {marker}" for marker in unwanted)] if unwanted else []
    if not paths:
        # In the order of tests/conftest.py, which puts the long files first.
        arguments += ["--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
        # The suite has a budget of ten minutes; whoever reads the log sees who spends it.
        arguments += ["--durations", "30", "--durations-min", "3"]
    return [*arguments, *paths]
