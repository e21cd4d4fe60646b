"""A stranger's first call, following only the page: the key is made, the call copied and run as it
stands there, and the event appears by itself."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from config.clock import utc_now
from customers.access import Actor, keys
from customers.actions.catalogue import expect
from customers.models import ApiKey, Brand, Event, Identity, User
from journeys.actions.subscriptions import Wanted, send_test, subscribe
from tests.browser.conftest import LAPTOP, OF_LOOKS, PHONE, Open

pytestmark = pytest.mark.browser
ME = Actor.of_command("t")


def test_a_strangers_first_call(
    visit: Open, wei: User, live_server: LiveServer, settings: Any
) -> None:
    curl, node = shutil.which("curl"), shutil.which("node")
    if curl is None:
        pytest.skip("There is no curl on this machine.")
    settings.PUBLIC_URL = live_server.url
    Brand.objects.create(code="larkfell", name="Larkfell", timezone="Asia/Shanghai")
    shown = visit(wei)
    page = shown.go("/")
    page.get_by_role("link", name="Developers").first.click()
    page.get_by_label("Name", exact=True).fill("web shop")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("This is your new key").wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("section", has=page.get_by_role("heading", name="With curl")).get_by_role(
        "button", name="Copy"
    ).click()
    call = str(page.evaluate("navigator.clipboard.readText()"))
    assert call.startswith("curl -X POST")
    done = subprocess.run(  # noqa: S602 - as somebody pastes it
        call, shell=True, capture_output=True, text=True, timeout=20, check=True
    )
    assert '"accepted":1' in done.stdout, done
    row = page.locator("#live tbody tr").first
    row.wait_for(timeout=10_000)
    assert "Order paid" in row.inner_text()
    if node is not None:  # the same call in another language: a repeated key counts once
        said = subprocess.run(
            [node, "--input-type=module", "-e", page.locator("#call-node").inner_text()],
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
        assert "duplicates: 1" in said.stdout, said
    row.get_by_role("link").click()
    page.wait_for_url("**/customers/*/")
    assert Identity.objects.get(namespace__code="phone").value == "+8613812346021"
    shown.go(reverse("customers:developers"))
    assert ApiKey.objects.get().prefix not in page.locator("#call-curl").inner_text()
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("lang", "theme", "width"), [("en", "light", LAPTOP), ("zh", "dark", PHONE)]
)
def test_pages_for_developers_can_be_looked_at(
    visit: Open, wei: User, lang: str, theme: str, width: int
) -> None:
    now = utc_now()
    brand = Brand.objects.create(code="larkfell", name="Larkfell", timezone="Asia/Shanghai")
    says = {"amount": {"type": "number", "required": True}, "city": {"values": ["杭州", "Ningbo"]}}
    expect(ME, brand, "order paid", mode="quarantine", properties=says, now=now)
    wanted = Wanted("CRM", "https://crm.example.com/a/rather/long/address", ["conversion"])
    held, _secret = subscribe(ME, brand, wanted, now=now)
    send_test(ME, held, now=now)
    _collect(brand)
    shown = visit(wei, lang, theme, width, judged=True)
    pages = {
        "key": reverse("customers:key", args=[ApiKey.objects.get().pk]),
        "catalogue": reverse("customers:catalogue"),
        "event": reverse("customers:event", args=["larkfell"]) + "?name=order%20paid",
        "webhooks": reverse("journeys:subscriptions"),
        "webhook": reverse("journeys:subscription", args=[held.pk]),
        "reference": reverse("customers:reference"),
    }
    wrong: list[str] = []
    # Everything is asked of those in which things are set; of all, what a look can break.
    for name in ("event", "webhook") if lang == "en" else pages:
        shown.go(pages[name])
        wrong += shown.look(f"developers-{name}-{lang}-{theme}", None if lang == "en" else OF_LOOKS)
    assert wrong == []


# helpers


def _collect(brand: Brand) -> None:
    """Events as they are expected and otherwise, and a refusal."""
    token = keys.create(ME, brand, name="web shop", now=utc_now())[1]
    batch = [
        {"event": "order paid", "customer": {"user_id": "ada"}, "properties": properties}
        for properties in ({"amount": 18, "city": "杭州"}, {"amount": "19"}, {"city": "Bremen"})
    ]
    batch.append({"event": "seen", "customer": {"odd": "1"}})
    answer = Client().post(
        "/api/v1/events", {"batch": batch}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 207
