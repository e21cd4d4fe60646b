"""What links and pictures of messages do when they are fetched: by people, machines and forgers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Message, ShortLink
from campaigns.outbox import visits
from campaigns.tokens import Kind, sign
from customers.models import Event
from tests.campaigns.making import Shop
from tests.campaigns.outbox.reported import names_of, sent

pytestmark = pytest.mark.django_db
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15"
TARGET = "https://shop.example/tea?utm_source=x"


@pytest.fixture
def message(shop: Shop, now: datetime) -> Message:
    return sent(shop, now)[0]


def visit(token: str, agent: str = PERSON, **headers: str) -> Any:
    return Client().get(f"/r/{token}", headers={"User-Agent": agent, **headers})


def told(message: Message) -> list[str]:
    return [name for name in names_of(message.customer) if name != "message_sent"]


def test_a_click_is_noted_once_and_sent_on_always(message: Message) -> None:
    token = sign(Kind.CLICK, message.pk, text=TARGET)
    for _again in range(3):
        answer = visit(token)
        assert (answer.status_code, answer["Location"]) == (302, TARGET)
        assert "no-store" in answer["Cache-Control"]
    assert told(message) == ["message_clicked"]
    event = Event.objects.get(event_type__code="message_clicked")
    assert event.properties["url"] == TARGET
    assert event.properties["message_id"] == message.pk
    message.refresh_from_db()
    assert message.clicked_at is not None
    assert message.state == "delivered"
    visit(sign(Kind.CLICK, message.pk, text=f"{TARGET}&other=1"))
    assert told(message) == ["message_clicked", "message_clicked"]


def test_a_short_link(message: Message, now: datetime) -> None:
    link = ShortLink.objects.create(
        digest="00000000-0000-0000-0000-000000000001", url=TARGET, used_on=now.date()
    )
    assert visit(sign(Kind.SHORT, message.pk, link.pk))["Location"] == TARGET
    assert told(message) == ["message_clicked"]
    assert visit(sign(Kind.SHORT, message.pk, link.pk + 1)).status_code == 404


def test_a_machine_first_and_the_person_after(message: Message) -> None:
    token = sign(Kind.CLICK, message.pk, text=TARGET)
    visit(token, "Barracuda Sentinel (EE)")
    visit(token, "Barracuda Sentinel (EE)")
    assert Message.objects.filter(pk=message.pk, clicked_at=None).exists()
    assert told(message) == ["message_clicked_by_machine"]
    visit(token)
    assert told(message) == ["message_clicked_by_machine", "message_clicked"]
    message.refresh_from_db()
    assert message.clicked_at is not None


def test_who_only_looks_is_not_noted(message: Message) -> None:
    token = sign(Kind.CLICK, message.pk, text=TARGET)
    assert Client().head(f"/r/{token}", headers={"User-Agent": PERSON})["Location"] == TARGET
    assert visit(token, **{"Sec-Purpose": "prefetch;anonymous-client-ip"}).status_code == 302
    assert told(message) == []


@pytest.mark.parametrize(
    "token",
    [
        "https://evil.example/",
        "x",
        sign(Kind.OPEN, 1),
        sign(Kind.CLICK, 1, text="https://a.cn")[:-1] + "_",
    ],
)
def test_nothing_leads_where_we_did_not_say(token: str) -> None:
    answer = visit(token)
    assert answer.status_code == 404
    assert "Location" not in answer


def test_a_message_that_is_gone_still_leads_on(message: Message) -> None:
    assert visit(sign(Kind.CLICK, message.pk + 1000, text=TARGET))["Location"] == TARGET
    assert told(message) == []


def test_what_fails_here_holds_nobody_up(
    message: Message, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(visits, "take_in", broken)
    assert visit(sign(Kind.CLICK, message.pk, text=TARGET))["Location"] == TARGET
    assert f"message {message.pk}" in caplog.text


def test_the_picture(message: Message) -> None:
    url = f"/o/{sign(Kind.OPEN, message.pk)}.gif"
    Client().get(url, headers={"User-Agent": "Mozilla/5.0"})
    assert Message.objects.filter(pk=message.pk, opened_at=None).exists()
    for _again in range(2):
        answer = Client().get(url, headers={"User-Agent": PERSON})
        assert answer["Content-Type"] == "image/gif"
        assert answer.content.startswith(b"GIF89a")
    assert told(message) == ["message_opened_by_machine", "message_opened"]
    message.refresh_from_db()
    assert message.opened_at is not None
    forged = Client().get("/o/nonsense.gif")
    assert (forged.status_code, forged["Content-Type"]) == (404, "image/gif")


def test_a_post_is_no_click(message: Message) -> None:
    assert Client().post(f"/r/{sign(Kind.CLICK, message.pk, text=TARGET)}").status_code == 405
