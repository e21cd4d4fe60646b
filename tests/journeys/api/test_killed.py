"""The web server killed with SIGKILL again and again under clients that try again: what was
answered 200 is there, and nothing is there twice."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from django.db import connection

from config.clock import utc_now
from customers.access import Actor, keys
from customers.models import Brand, Customer, Event
from tests.config.product import migrated_database, own_folder, product

# Whoever dies more often right after its start is given up, and so is the product.
CLIENTS, BATCHES, SIZE, KILLS = 4, 60, 25, 3


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), migrated_database() as address:
        yield address
        connection.close()


class Client(threading.Thread):
    """Sends its batches one after the other; each until it is answered 200."""

    def __init__(self, number: int, port: int, token: str) -> None:
        super().__init__()
        self.number, self.port, self.token = number, port, token
        self.tries = 0

    def run(self) -> None:
        for batch in range(BATCHES):
            body = json.dumps({"batch": [self.event(batch, n) for n in range(SIZE)]})
            while not self.sent(body):
                time.sleep(0.1)

    def event(self, batch: int, n: int) -> dict[str, Any]:
        key = f"{self.number}-{batch}-{n}"
        return {"event": "seen", "customer": {"user_id": f"u{n}"}, "key": key,
                "properties": {"key": key}}  # fmt: skip

    def sent(self, body: str) -> bool:
        self.tries += 1
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            line.request("POST", "/api/v1/events", body, headers)
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


@pytest.mark.proof
def test_nothing_is_lost_and_nothing_double(database: str) -> None:
    brand = Brand.objects.create(code="tea", name="Tea")
    token = keys.create(Actor.of_command("test"), brand, name="shop", now=utc_now())[1]
    dice = random.Random(3)
    with own_folder() as var, product(var, database) as up:
        clients = [Client(number, up.port, token) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        killed = 0
        while killed < KILLS and any(client.is_alive() for client in clients):
            time.sleep(dice.uniform(0.3, 1.5))
            server = up.part("granian")
            if server is None:
                assert up.process.poll() is None, up.process.communicate()[0]
                continue
            everyone = [server, *server.children(recursive=True)]
            for process in everyone:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
            killed += 1
        for client in clients:
            client.join(timeout=240)
        assert not any(client.is_alive() for client in clients)
    assert killed >= 2
    assert sum(client.tries for client in clients) > CLIENTS * BATCHES
    told = list(Event.objects.values_list("properties__key", flat=True))
    assert len(told) == len(set(told)) == CLIENTS * BATCHES * SIZE
    assert Customer.objects.filter(merged_into=None).count() == SIZE
