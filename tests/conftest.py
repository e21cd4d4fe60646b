"""What every test may use."""

import os
from datetime import UTC, datetime

import pytest

from config.places import BASE_DIR
from config.translations import compile_stale

# Playwright runs an event loop in the thread of the test, and Django would refuse queries there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Pages are tested in Chinese too, also when pytest is called directly in a fresh checkout.
compile_stale(BASE_DIR)


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday, 09:30 in UTC and 17:30 in Shanghai."""
    return datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
