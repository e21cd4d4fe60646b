"""Every test of the simulation has a flow."""

import pytest

from tests.journeys.flow import Flow


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()
