"""Every test of a channel may call this machine, and has a gateway there."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.campaigns.channels.gateway import Gateway, gateway


@pytest.fixture(autouse=True)
def at_home(settings: Settings) -> None:
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def server() -> Iterator[Gateway]:
    with gateway() as made:
        yield made
