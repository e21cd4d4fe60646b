"""Pages for developers: the catalogue with its quarantine, the reference, what arrives."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.clock import utc_now
from config.wake import no_wakes
from customers import quarantine
from customers.access import Actor, keys
from customers.api.document import METHODS
from customers.models import (
    Brand,
    Event,
    EventSchema,
    EventType,
    QuarantinedItem,
    QuarantineJob,
    RefusedFact,
    Role,
    User,
)
from customers.queries.reference import topics
from customers.tasks import forget_refused, go_on_with_quarantine

pytestmark = pytest.mark.django_db
EVENT = "/developers/catalogue/tea/event/?name=order"


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


def reader(role: Role, brand: Brand | None) -> Client:
    user = User.objects.create_user(f"{role}{brand}@example.com", "x", language="en")
    user.memberships.create(brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


def send(brand: Brand, *given: Any) -> Any:
    token = keys.create(Actor.of_command("t"), brand, name="k", now=utc_now())[1]
    with no_wakes():
        answer = Client().post(
            "/api/v1/events",
            {"batch": list(given)},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
    return answer.json()


def order(**properties: Any) -> dict[str, Any]:
    return {"event": "order", "customer": {"user_id": "ada"}, "properties": properties}


def test_an_event_is_described_set_aside_mended_and_taken_in(tea: Brand) -> None:
    admin = reader(Role.ADMIN, None)
    send(tea, order(amount=1, phone="+8613812346021"), order(amount=2.5, city="Hangzhou"))
    text = admin.get("/developers/catalogue/?brand=tea").content.decode()
    assert "as it comes" in text
    text = admin.get(EVENT).content.decode()
    assert "Hangzhou" in text
    assert "13812346021" not in text  # what speaks of a person is no example
    typed = {
        "mode": "quarantine", "name-0": "amount", "type-0": "number", "required-0": "1",
        "name-1": "city", "values-1": "Hangzhou, Ningbo", "personal-1": "yes", "name-2": "",
    }  # fmt: skip
    assert admin.post(EVENT, typed).status_code == 302
    schema = EventSchema.objects.get()
    assert schema.properties == {
        "amount": {"type": "number", "required": True}, "city": {"values": ["Hangzhou", "Ningbo"]}
    }  # fmt: skip
    assert EventType.objects.get(code="order").personal == {"city": True}
    told = send(tea, order(amount="12"), order(amount=3), order(amount=4, city="Bremen"))
    assert told["accepted"] == 1
    assert [each["index"] for each in told["quarantined"]] == [0, 2]
    text = admin.get(EVENT).content.decode()
    assert "2 items" in text
    assert (
        "2 items of “order” went into quarantine" in admin.get("/developers/live/").content.decode()
    )
    assert "Bremen" not in text.replace("Bremen</code></td>", "")
    mending = {"property-0": "amount", "does-0": "convert", "to-0": "number"}
    with no_wakes():
        assert (
            admin.post("/developers/catalogue/tea/replay/?name=order", mending).status_code == 302
        )
    job = QuarantineJob.objects.get()
    assert "hx-get" in admin.get(f"/developers/quarantine/{job.pk}/").content.decode()
    with no_wakes():
        assert go_on_with_quarantine() == 1
    assert (Event.objects.count(), QuarantinedItem.objects.count()) == (4, 1)
    text = admin.get(f"/developers/quarantine/{job.pk}/").content.decode()
    assert "1 taken in, 1 still otherwise" in text
    with no_wakes():
        admin.post("/developers/catalogue/tea/drop/?name=order")
    quarantine.run(QuarantineJob.objects.latest("pk").pk, clock=utc_now)
    assert not QuarantinedItem.objects.exists()


def test_who_may_only_look_changes_nothing(tea: Brand) -> None:
    viewer, stranger = (
        reader(Role.MARKETER, tea),
        reader(Role.ADMIN, Brand.objects.create(code="c")),
    )
    send(tea, order(amount=1))
    assert "disabled" in viewer.get(EVENT).content.decode()
    for path in (EVENT, "/developers/catalogue/tea/drop/?name=order"):
        assert viewer.post(path, {"mode": "block"}).status_code == 403
        assert stranger.post(path, {"mode": "block"}).status_code == 404
    assert stranger.get(EVENT).status_code == 404
    assert viewer.get("/developers/catalogue/tea/event/").status_code == 404
    assert viewer.get("/developers/catalogue/?brand=c").status_code == 404
    assert not EventSchema.objects.exists()


def test_what_was_typed_wrong_stays_and_says_so(tea: Brand) -> None:
    admin = reader(Role.ADMIN, tea)
    typed = {"mode": "warn", "name-0": "gift", "type-0": "boolean", "values-0": "maybe"}
    answer = admin.post(EVENT, typed)
    assert answer.status_code == 422
    assert "“gift” is not of its type" in answer.content.decode()
    assert 'value="maybe"' in answer.content.decode()
    assert admin.post(EVENT, {"mode": "odd"}).status_code == 422


def test_what_arrives_and_what_is_refused_is_seen_by_its_brand(tea: Brand) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    send(tea, order(amount=1), {"event": "order", "customer": {"odd": "1"}}, {"event": "\x00" * 3})
    live = reader(Role.MARKETER, tea).get("/developers/live/").content.decode()
    assert "no kind of identity" in live
    assert (
        "no kind of identity"
        not in reader(Role.MARKETER, cup).get("/developers/live/").content.decode()
    )
    assert (
        "no kind of identity"
        not in reader(Role.VIEWER, tea).get("/developers/live/").content.decode()
    )
    RefusedFact.objects.update(at=utc_now().replace(year=2020))
    assert forget_refused() == RefusedFact.objects.count() + 2


def test_a_key_tells_what_it_is_and_what_is_expected(tea: Brand) -> None:
    made = keys.create(Actor.of_command("t"), tea, name="shop", scopes=["see"], now=utc_now())[1]
    for code, event in ((tea, "order"), (Brand.objects.create(code="cup"), "seen")):
        EventSchema.objects.create(
            brand=code, event=event, mode="warn", properties={"a": {"required": True}},
            changed_at=utc_now(),
        )  # fmt: skip
    send(tea, order(amount=1), order(a=1))

    def get(path: str) -> Any:
        return Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {made}"}).json()

    told = get("key")
    assert (told["name"], told["brand"], told["scopes"]) == ("shop", "tea", ["see"])
    (row,) = get("catalogue")["events"]
    assert (row["event"], row["mode"], row["last_day"], row["otherwise"]) == ("order", "warn", 2, 1)
    EventSchema.objects.create(brand=tea, event="a", changed_at=utc_now())
    page = get("catalogue?limit=1")
    assert ([each["event"] for each in page["events"]], page["next"]) == (["a"], "a")
    assert [each["event"] for each in get("catalogue?after=a")["events"]] == ["order"]
    assert get("catalogue?q=%00")["status"] == 400


def test_the_reference_has_every_call_of_the_document(tea: Brand) -> None:
    text = reader(Role.VIEWER, tea).get("/developers/reference/").content.decode()
    calls = [call for topic in topics() for call in topic.operations]
    assert len(calls) == len({call.id for call in calls}) > 40
    assert {call.method.lower() for call in calls} <= set(METHODS)
    for call in calls:
        assert f'id="{call.id}"' in text
        assert call.summary
    one = next(call for call in calls if call.id == "post_events")
    assert "order paid" in one.body
    assert {answer.code for answer in one.answers} >= {"200", "207", "401", "422", "429"}
