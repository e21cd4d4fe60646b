"""What every test may use."""

import os
from collections.abc import Generator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django.plugin import blocking_manager_key

from config.places import BASE_DIR
from config.translations import compile_stale

# Playwright runs an event loop in the thread of the test, and Django would refuse queries there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Pages are tested in Chinese too, also when pytest is called directly in a fresh checkout.
compile_stale(BASE_DIR)

ROWS = pytest.StashKey[str]()
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
    """Mark what lies in one of those rooms, and what empties all tables when it is done."""
    here = Path(__file__).parent
    for item in items:
        if _empties_tables(item):
            # Then the rows of migrations are kept at the start, to be put back below.
            kept = pytest.mark.django_db(transaction=True, serialized_rollback=True)
            item.add_marker(kept, append=False)
        if item.path.is_relative_to(here):
            room = item.path.relative_to(here).parent.as_posix()
            if room.startswith(ON_EVERY_BACKEND):
                item.add_marker(pytest.mark.backends)


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None) -> None:
    """Keep the rows of migrations. With Playwright's loop running, Django hands out another
    connection object than the one that they were written into."""
    from django.db import connection

    rows: str = getattr(connection, "_test_serialized_contents", "[]")
    request.config.stash[ROWS] = rows


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Put back the rows of migrations after a test that emptied all tables."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    empties = _empties_tables(item)
    if empties:
        # Django looks for them on the connection, or else makes some of them anew.
        connection._test_serialized_contents = item.config.stash[ROWS]  # type: ignore[attr-defined]
    yield
    # After the last test the database itself is gone.
    if nextitem is not None and empties:
        with item.config.stash[blocking_manager_key].unblock():
            _empty_what_django_leaves()
            connection.creation.deserialize_db_from_string(item.config.stash[ROWS])
            ContentType.objects.clear_cache()


def _empty_what_django_leaves() -> None:
    """Empty the tables that our own SQL makes, such as that of events, which has partitions."""
    from django.apps import apps
    from django.db import connection

    ours = [model._meta.db_table for model in apps.get_models() if not model._meta.managed]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, ours))}")


def _empties_tables(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    by_fixture = {"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(by_fixture) or (marker is not None and bool(marker.kwargs.get("transaction")))


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday, 09:30 in UTC and 17:30 in Shanghai."""
    return datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
