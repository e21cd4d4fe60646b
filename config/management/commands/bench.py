"""`manage.py bench NAME`: measure the product and its floor in a scratch database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.bench import Line, benches
from config.scratch import scratch_database


class Command(BaseCommand):
    """Run one bench; --json prints one JSON object per line and nothing else."""

    help = "Measure the product against the bare floor, in a scratch database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="name", required=True, metavar="NAME")
        for name, bench in benches().items():
            own = commands.add_parser(name, help=bench.about, description=bench.about)
            own.add_argument("--json", action="store_true", help="one JSON object per line")
            bench().add_arguments(own)

    def handle(self, *args: Any, **options: Any) -> None:
        bench = benches()[options["name"]]()
        lines: list[Line] = []
        with scratch_database(f"bench_{bench.name}"):
            for line in bench.measure(options):
                lines.append(line)
                if options["json"]:
                    self.stdout.write(json.dumps(dict(line), ensure_ascii=False))
                    self.stdout.flush()
        if not lines:
            raise CommandError(f"The bench “{bench.name}” gave no figures.")
        if not options["json"]:
            self._table(lines)

    def _table(self, lines: list[Line]) -> None:
        columns = list(dict.fromkeys(key for line in lines for key in line))
        cells = [[_shown(line.get(column, "")) for column in columns] for line in lines]
        widths = [
            max(len(column), *(len(row[i]) for row in cells)) for i, column in enumerate(columns)
        ]
        for row in [columns, ["-" * width for width in widths], *cells]:
            self.stdout.write(
                "  ".join(
                    cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)
                    for cell, width in zip(row, widths, strict=True)
                ).rstrip()
            )


def _shown(value: object) -> str:
    if isinstance(value, float) and value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int | float) else str(value)
