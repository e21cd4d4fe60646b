"""What every test may use."""

import os
from datetime import UTC, datetime

import pytest

# Playwright runs an event loop in the thread of the test, and Django would refuse queries there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday, 09:30 in UTC and 17:30 in Shanghai."""
    return datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
