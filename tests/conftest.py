"""What every test may use."""

import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from config.places import BASE_DIR
from config.translations import compile_stale
from tests import rows

# Playwright runs an event loop in the thread of the test, and Django would refuse queries there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# What the terminal is told is compared in English, whoever runs the suite.
os.environ["LANGUAGE"] = "en"

# Pages are tested in Chinese too, also when pytest is called directly in a fresh checkout.
compile_stale(BASE_DIR)

# Rooms whose SQL must hold on every PostgreSQL that we promise; the build runs them twice.
ON_EVERY_BACKEND = (
    "campaigns/consents",
    "campaigns/gate",
    "campaigns/outbox",
    "customers/identity",
    "customers/ingest",
    "customers/rules",
    "customers/segments",
    "customers/tags",
    "journeys/engine",
    "journeys/replay",
    "journeys/simulation",
)
# Random cases differ in the journey, not in the server: on the others the first of each stand for
# the rest.
SEEDS_ON_EVERY_BACKEND = 2
# The longest files: first in line, so that no worker begins one when the others are done.
LONG = (
    "journeys/replay/test_replay.py",
    "config/test_up.py",
    "browser",
    "customers/tags/test_count.py",
    "journeys/test_thread.py",
    "config/test_brokers.py",
    "journeys/demo",
    "customers/identity/test_race.py",
    "customers/ingest/test_race.py",
    "config/test_settings.py",
    "config/test_embedded.py",
    "campaigns/gate",
    "customers/admin",
    "config",
    "journeys/engine",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two cores: a third of the time a test waits for what it started."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in one of those rooms, and what empties all tables when it is done."""
    here = Path(__file__).parent

    def turn(item: pytest.Item) -> int:
        place = item.path.relative_to(here).as_posix() if item.path.is_relative_to(here) else ""
        return next((n for n, long in enumerate(LONG) if place.startswith(long)), len(LONG))

    items.sort(key=turn)
    for item in items:
        if _empties_tables(item):
            # Then Django leaves the rows of migrations to us, see tests/rows.py.
            kept = pytest.mark.django_db(transaction=True, serialized_rollback=True)
            item.add_marker(kept, append=False)
        if item.path.is_relative_to(here):
            room = item.path.relative_to(here).parent.as_posix()
            if room.startswith(ON_EVERY_BACKEND) and _asks_the_server(item):
                item.add_marker(pytest.mark.backends)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Keep the rows of migrations, for the tests that commit."""
    with django_db_blocker.unblock():
        rows.keep()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Put back the rows of migrations after a test that emptied all tables."""
    yield
    # After the last test the database itself is gone, unless it is kept for the next run.
    lives = nextitem is not None or item.config.getoption("reuse_db")
    if lives and _empties_tables(item):
        with item.config.stash[blocking_manager_key].unblock():
            rows.put_back()


def _asks_the_server(item: pytest.Item) -> bool:
    reaches = {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    uses = bool(reaches) or item.get_closest_marker("django_db") is not None
    return uses and _seed(item) < SEEDS_ON_EVERY_BACKEND


def _seed(item: pytest.Item) -> int:
    """Which of several random cases it is; the first of them goes through nearly all lines."""
    case: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    seed = case.get("seed", 0)
    return seed if isinstance(seed, int) else 0


def _empties_tables(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    by_fixture = {"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(by_fixture) or (marker is not None and bool(marker.kwargs.get("transaction")))


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A request in Chinese leaves its thread in Chinese: the next test starts in English again."""
    yield
    translation.deactivate()


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday, 09:30 in UTC and 17:30 in Shanghai."""
    return datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
