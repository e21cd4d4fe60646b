"""What every test may use."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.places import BASE_DIR
from config.translations import compile_stale

# Playwright runs an event loop in the thread of the test, and Django would refuse queries there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Pages are tested in Chinese too, also when pytest is called directly in a fresh checkout.
compile_stale(BASE_DIR)

# Rooms whose SQL must hold on every PostgreSQL that we promise; the build runs them twice.
ON_EVERY_BACKEND = (
    "campaigns/gate",
    "campaigns/outbox",
    "customers/identity",
    "customers/ingest",
    "customers/rules",
    "customers/segments",
    "customers/tags",
    "journeys/engine",
    "journeys/replay",
)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark what lies in one of those rooms."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            room = item.path.relative_to(here).parent.as_posix()
            if room.startswith(ON_EVERY_BACKEND):
                item.add_marker(pytest.mark.backends)


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday, 09:30 in UTC and 17:30 in Shanghai."""
    return datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
