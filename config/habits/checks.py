"""The checks that run before the tests, and what to do when one of them fails."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Check:
    """One program that must end with exit code 0."""

    name: str
    command: Sequence[str]
    advice: str
    environment: Mapping[str, str] = field(default_factory=dict)


def checks(root: Path, node_path: str | None) -> list[Check]:
    """All checks; those of our scripts only where there is a Node (`node_path`, its PATH)."""
    python = [sys.executable]
    module = [*python, "-m"]
    manage = [*python, "manage.py"]
    templates = sorted(str(path.relative_to(root)) for path in root.glob("templates/**/*.html"))
    found = [
        # The slowest first, so that the others run beside it.
        Check("types", [*module, "mypy"], "Mend the types named above."),
        Check("style", [*module, "ruff", "check"], "Run ruff check --fix."),
        Check("format", [*module, "ruff", "format", "--check"], "Run ruff format."),
        Check(
            "imports",
            [_tool("lint-imports"), "--no-cache"],
            "Use a floor below, or let the upper floor subscribe to the lower one.",
        ),
        Check(
            "templates",
            [_tool("djade"), "--check", "--target-version", "5.2", *templates],
            "Run djade --target-version 5.2 on the templates named above.",
        ),
        Check(
            "migrations",
            [*manage, "makemigrations", "--check", "--dry-run"],
            "Run manage.py makemigrations and name the migration for what it does.",
        ),
        Check(
            "translations",
            [*manage, "translations", "--check"],
            "Run manage.py translations and write what is missing.",
        ),
        Check(
            "deployment",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            "Mend the setting named above.",
            {"WAYPOST_URL": "https://waypost.example.com"},
        ),
    ]
    if node_path is not None:
        found.insert(
            1,
            Check(
                "scripts",
                [str(root / "node_modules" / ".bin" / "tsc"), "--project", "tsconfig.json"],
                "Mend the JSDoc types named above.",
                {"PATH": node_path},
            ),
        )
    return found


def _tool(name: str) -> str:
    """A program of this virtual environment, even where its folder isn't on the PATH."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if os.access(beside, os.X_OK) else name
