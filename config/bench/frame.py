"""What a bench is, and where the command finds it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.utils.module_loading import autodiscover_modules

Line = Mapping[str, str | int | float]


class Bench(ABC):
    """One bench. `measure` runs inside its scratch database and yields a line per measure."""

    name: ClassVar[str]
    about: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: B027 - optional
        """Add the options of this bench."""

    @abstractmethod
    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        """Prepare the data, measure the product and its floor, yield the figures."""


_benches: dict[str, type[Bench]] = {}


def register(bench: type[Bench]) -> type[Bench]:
    """Class decorator that makes a bench known; refuses a second one of the same name."""
    taken = _benches.setdefault(bench.name, bench)
    if taken is not bench:
        raise ValueError(f"Two benches are called {bench.name!r}: {taken} and {bench}.")
    return bench


def benches() -> dict[str, type[Bench]]:
    """Every bench of the installed apps by name."""
    autodiscover_modules("bench")
    return dict(sorted(_benches.items()))


def find(name: str) -> type[Bench] | None:
    """The bench called *name*, or None."""
    return benches().get(name)
