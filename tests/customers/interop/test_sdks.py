"""The unchanged SDKs of other systems against the running product, over a rough network."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from config.clock import utc_now
from config.places import BASE_DIR
from customers.access import Actor, keys
from customers.models import Brand, Customer, Event
from tests.customers.interop.rough import in_front_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
NODE_SDKS = BASE_DIR / "node_modules" / "@segment" / "analytics-node"
SCRIPT = Path(__file__).with_name("sdks.mjs")


@pytest.fixture
def token(transactional_db: None) -> str:
    brand = Brand.objects.create(code="tea", name="Tea")
    return keys.create(Actor.of_command("test"), brand, name="sdk", now=utc_now())[1]


def whose(space: str, value: str) -> Customer:
    return Customer.objects.get(
        identities__namespace__code=space, identities__value=value, merged_into=None
    )


def happened(customer: Customer) -> list[tuple[str, dict[str, Any]]]:
    rows = Event.objects.filter(customer_id=customer.pk).select_related("event_type")
    return sorted((row.event_type.code, row.properties) for row in rows)


@pytest.mark.parametrize("zipped", [False, True])
def test_segment_for_python(live_server: LiveServer, token: str, zipped: bool) -> None:
    from segment.analytics.client import Client

    failed: list[Any] = []
    # Busy, broken, cut before and cut after the facts were taken in: the SDK sends again.
    with in_front_of(live_server.url, [429, 500, "cut", "late"]) as (host, rough):
        client = Client(
            token, host=host, gzip=zipped, on_error=lambda *error: failed.append(error),
            upload_interval=0.1, max_retries=6,
        )  # fmt: skip
        client.identify("py-1", {"email": "Py-1@example.com", "plan": "pro", "visits": 3})
        client.track("py-1", "Order Paid", {"total": 9.5, "at": datetime(2026, 1, 2)})  # noqa: DTZ001
        client.track(anonymous_id="py-anonymous", event="Product Viewed")
        client.alias("py-anonymous", "py-1")
        client.group("py-1", "g1", {"name": "Tea Ltd"})
        client.page("py-1", "Shop", "Home")
        client.flush()
        client.join()
    assert failed == []
    assert rough.calls >= 5
    customer = whose("user_id", "py-1")
    assert customer == whose("email", "py-1@example.com") == whose("device", "py-anonymous")
    assert customer.attributes["plan"] == "pro"
    assert customer.attributes["group_name"] == "Tea Ltd"
    assert happened(customer) == [
        ("Order Paid", {"total": 9.5, "at": "2026-01-02T00:00:00"}),
        ("Product Viewed", {}),
        ("page_viewed", {"name": "Home", "category": "Shop"}),
    ]


def test_rudder_for_python(live_server: LiveServer, token: str) -> None:
    from rudderstack.analytics.client import Client

    failed: list[Any] = []
    with in_front_of(live_server.url, [500, "late"]) as (host, rough):
        client = Client(
            token, host=host, gzip=True, on_error=lambda *error: failed.append(error),
            upload_interval=0.1, max_retries=6,
        )  # fmt: skip
        client.identify("rpy-1", {"plan": "team"})
        client.track("rpy-1", "Order Paid", {"total": 4})
        client.flush()
        client.join()
    assert failed == []
    assert rough.calls >= 3
    customer = whose("user_id", "rpy-1")
    assert customer.attributes["plan"] == "team"
    assert happened(customer) == [("Order Paid", {"total": 4})]


def test_sensors_for_python(live_server: LiveServer, token: str) -> None:
    import sensorsanalytics

    url = f"{live_server.url}/sa?project=default&token={token}"
    for consumer, number in (
        (sensorsanalytics.DefaultConsumer(url), 1),
        (sensorsanalytics.BatchConsumer(url, max_size=4), 2),
    ):
        sa = sensorsanalytics.SensorsAnalytics(consumer)
        sa.track(f"dev-{number}", "ViewProduct", {"sku": "中文"}, is_login_id=False)
        sa.track_signup(f"sa-{number}", f"dev-{number}", {})
        sa.profile_set(f"sa-{number}", {"VipLevel": number}, is_login_id=True)
        sa.profile_increment(f"sa-{number}", {"Points": 5}, is_login_id=True)
        sa.close()
        customer = whose("user_id", f"sa-{number}")
        assert customer == whose("device", f"dev-{number}")
        assert customer.attributes == {"vip_level": number, "points": 5}
        seen = happened(customer)
        assert [name for name, _properties in seen] == ["ViewProduct", "signed_up"]
        assert seen[0][1]["sku"] == "中文"


@pytest.mark.skipif(
    not NODE_SDKS.exists() or shutil.which("node") is None, reason="the SDKs of Node are missing"
)
def test_all_of_node(live_server: LiveServer, token: str) -> None:
    with in_front_of(live_server.url, [429, "late"]) as (host, _rough):
        done = subprocess.run(
            ["node", str(SCRIPT), host, token],
            cwd=BASE_DIR, capture_output=True, text=True, timeout=90, check=True,
        )  # fmt: skip
    assert json.loads(done.stdout) == {"segment": [], "rudder": [], "sensors": []}, done.stderr
    first = whose("user_id", "node-1")
    assert first == whose("email", "node-1@example.com") == whose("device", "node-anonymous")
    assert first.attributes["plan"] == "pro"
    assert [name for name, _more in happened(first)] == ["Order Paid", "page_viewed"]
    second = whose("user_id", "rudder-node-1")
    assert second.attributes["plan"] == "team"
    assert [name for name, _more in happened(second)] == ["Order Paid", "page_viewed"]
    third = whose("user_id", "sa-node-1")
    assert third == whose("device", "sa-node-device")
    assert third.attributes["city"] == "杭州"
    assert [name for name, _more in happened(third)] == ["ViewProduct", "signed_up"]
