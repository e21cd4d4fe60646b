"""/api/v1/segments and /rules/count: what a key may do, and what bad input is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.clock import utc_now
from customers.access import Actor, keys
from customers.ingest import Batch, Item, ingest
from customers.models import Attribute, AuditEntry, Brand, Identity, Namespace, Segment, Tag
from customers.segments import build

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
RULE = {"attribute": "points", "op": "gte", "value": 6}
ALL = ("ingest", "see", "edit", "export")


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def ask(brand: Brand) -> Call:
    return caller(brand, ALL)


def caller(brand: Brand, scopes: tuple[str, ...]) -> Call:
    token = keys.create(Actor.of_command("t"), brand, name="k", scopes=scopes, now=utc_now())[1]

    def send(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = Client().generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return send


@pytest.fixture
def people(brand: Brand) -> None:
    Attribute.objects.create(code="points", name="Points", data_type="number")
    items = [
        Item(f"{n}", [("member_id", f"p{n}"), ("phone", f"+86138123460{n:02}")],
             attributes={"points": n})
        for n in range(10)
    ]  # fmt: skip
    assert not ingest(Batch("test", items, brand.pk), now=utc_now()).refused


def test_a_segment_is_made_read_changed_and_removed(ask: Call, people: None, brand: Brand) -> None:
    made = ask("POST", "segments", {"name": "Many points", "rule": RULE, "live": True}, 201)
    assert (made["code"], made["mode"], made["brand"]) == ("many_points", "live", "tea")
    assert made["words"].endswith("Points is at least 6.")
    build(Segment.objects.get(), now=utc_now())
    found = ask("GET", "segments/many_points")
    assert (found["size"], found["problem"], found["version"]) == (4, "", 1)
    changed = ask("PATCH", "segments/many_points", {"rule": RULE | {"value": 8}, "version": 1})
    assert (changed["version"], changed["rule"]["value"]) == (2, 8)
    late = ask("PATCH", "segments/many_points", {"name": "Late", "version": 1}, 409)
    assert "saved this segment" in late["detail"]
    again = ask("PATCH", "segments/many_points", {"live": False, "refresh_seconds": 900})
    assert (again["mode"], again["refresh_seconds"]) == ("scheduled", 900)
    assert ask("POST", "segments/many_points/build", status=202)["code"] == "many_points"
    days = ask("GET", "segments/many_points/history")["days"]
    assert [(day["size"], day["entered"]) for day in days] == [(4, 4)]
    ask("DELETE", "segments/many_points", status=204)
    ask("GET", "segments/many_points", status=404)
    done = set(AuditEntry.objects.filter(via="api").values_list("action", flat=True))
    assert done >= {"segment.create", "segment.change", "segment.rebuild", "segment.remove"}


def test_what_is_in_use_stays_and_tells_by_what(ask: Call, people: None, brand: Brand) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    ask("POST", "segments", {"name": "Inner", "rule": RULE}, 201)
    ask("POST", "segments", {"name": "Outer", "rule": {"segment": "inner"}}, 201)
    Segment.objects.create(
        code="theirs", name="Theirs", kind="rule", rule={"segment": "inner"}, brand=cup
    )
    told = ask("GET", "segments/inner/uses")
    assert [use["name"] for use in told["uses"]] == ["Outer"]
    assert told["others"] == 1
    refused = ask("DELETE", "segments/inner", status=422)
    assert "Outer" in refused["detail"]
    assert "Theirs" not in refused["detail"]
    around = ask("PATCH", "segments/inner", {"rule": {"segment": "outer"}}, 422)
    assert "would contain itself" in around["detail"]


def test_the_list_shows_what_the_brand_may_see(ask: Call, people: None, brand: Brand) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    for code, of in (("a1", brand), ("a2", cup), ("a3", None), ("a4", brand)):
        Segment.objects.create(code=code, name=code, kind="list", brand=of)
    page = ask("GET", "segments?limit=2")
    assert [each["code"] for each in page["segments"]] == ["a1", "a3"]
    last = ask("GET", f"segments?limit=2&after={page['next']}")
    assert ([each["code"] for each in last["segments"]], last["next"]) == (["a4"], "")
    ask("GET", "segments/a2", status=404)
    ask("PATCH", "segments/a3", {"name": "Ours now"}, 403)
    assert "one of" in ask("GET", "segments?state=odd", status=400)["detail"]
    assert "whole number" in ask("GET", "segments?limit=many", status=400)["detail"]


def test_customers_are_put_on_a_list_and_taken_off(ask: Call, people: None, brand: Brand) -> None:
    ask("POST", "segments", {"name": "Guests", "kind": "list"}, 201)
    path = "segments/guests/members"
    batch = [
        {"customer": {"member_id": "p1"}},
        {"customer": {"phone": "138 1234 6002"}},
        {"customer": {"member_id": "new"}, "attributes": {"points": 3}},
    ]
    for came in (3, 0):
        done = ask("POST", path, {"batch": batch})
        assert (done["came"], done["went"], done["size"], done["errors"]) == (came, 0, 3, [])
    off = [
        {"customer": {"phone": "+86 138 1234 6001"}, "remove": True},
        {"customer": {"member_id": "who"}, "remove": True},
        {"customer": {"member_id": "p3", "phone": "+8613812346004"}, "remove": True},
        {"customer": {}},
        7,
    ]
    done = ask("POST", path, {"batch": off}, 207)
    assert (done["went"], done["size"]) == (1, 2)
    texts = {each["index"]: each["text"] for each in done["errors"]}
    assert texts.keys() == {1, 2, 3, 4}
    assert "Nobody is known" in texts[1]
    assert "more than one" in texts[2]
    assert Identity.objects.filter(value="who").count() == 0
    entries = AuditEntry.objects.filter(action="segment.members").order_by("pk")
    assert [entry.changes for entry in entries] == [{"came": 3, "went": 0}, {"came": 0, "went": 1}]
    ask("POST", "segments", {"name": "Ruled", "rule": RULE}, 201)
    refused = ask("POST", "segments/ruled/members", batch[0], 422)
    assert "its rule decides" in refused["detail"]
    ask("POST", path, {"batch": [{"customer": {"member_id": "who"}, "remove": True}]}, 422)


def test_members_are_read_page_by_page(people: None, brand: Brand) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    ask = caller(brand, ALL)
    ask("POST", "segments", {"name": "Many points", "rule": RULE}, 201)
    theirs = Item("x", [("member_id", "c1")], attributes={"points": 9})
    ingest(Batch("cups", [theirs], cup.pk), now=utc_now())
    build(Segment.objects.get(), now=utc_now())
    first = ask("GET", "segments/many_points/members?limit=3")
    assert (first["size"], len(first["members"])) == (5, 3)
    assert first["members"][0]["identities"] == {"member_id": ["p6"], "phone": ["+8613812346006"]}
    rest = ask("GET", f"segments/many_points/members?limit=3&after={first['next']}")
    assert (len(rest["members"]), rest["next"]) == (2, None)
    # Whom only another brand knows is a number.
    assert rest["members"][-1]["identities"] == {}
    assert AuditEntry.objects.filter(action="segment.export").count() == 2
    Namespace.objects.filter(code="member_id").update(is_personal=False)
    masked = caller(brand, ("see",))("GET", "segments/many_points/members?limit=1")
    assert masked["members"][0]["identities"] == {"member_id": ["p6"]}
    assert AuditEntry.objects.filter(action="segment.export").count() == 2


@pytest.mark.parametrize(
    ("scopes", "method", "path", "body"),
    [
        (("ingest",), "GET", "segments", None),
        (("ingest", "see"), "POST", "segments", {"name": "X", "rule": RULE}),
        (("see",), "PATCH", "segments/one", {"name": "X"}),
        (("see",), "DELETE", "segments/one", None),
        (("see",), "POST", "segments/one/members", {"customer": {"member_id": "p1"}}),
        (("see", "edit"), "POST", "segments/one/members", {"customer": {"member_id": "p1"}}),
        (("ingest",), "POST", "rules/count", {"rule": RULE}),
    ],
)
def test_a_key_does_what_its_scopes_say(
    brand: Brand, scopes: tuple[str, ...], method: str, path: str, body: Any
) -> None:
    Segment.objects.create(code="one", name="One", kind="list", brand=brand)
    caller(brand, scopes)(method, path, body, 403)


def test_a_rule_is_counted_and_said(ask: Call, people: None, brand: Brand) -> None:
    told = ask("POST", "rules/count", {"rule": {"all": [RULE, {"event": "bought"}]}})
    assert (told["count"], told["exact"], told["by"]) == (0, True, "rows")
    assert "Points is at least 6" in told["words"]
    assert [each["place"] for each in told["warnings"]] == ["rule.all[1].event"]
    assert told["build_rows"] >= 0
    assert ask("POST", "rules/count", {"rule": RULE})["count"] == 4


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = RULE
    for _level in range(depth):
        rule = {"all": [rule]}
    return rule


BAD = [
    (nested(400), "nested at most"),
    ({"attribute": "points", "op": "in", "value": list(range(10_000))}, "at most"),
    (RULE | {"value": "many"}, "number"),
    ({"event": "bought", "within": "-3d"}, "between one second"),
    ({"attribute": "gone", "op": "eq", "value": 1}, "does not exist"),
    ({"attribute": "name", "op": "matches", "value": "(a+)+$"}, "never end"),
    ({"all": [RULE] * 300}, "at most"),
    ({"any": []}, "at least one"),
    ({"tag": "theirs"}, "does not exist"),
    ({}, "exactly one"),
]


@pytest.mark.parametrize(("rule", "words"), BAD)
def test_a_bad_rule_is_refused_with_place_and_reason(
    ask: Call, people: None, rule: Any, words: str
) -> None:
    Attribute.objects.create(code="name", name="Name")
    cup = Brand.objects.create(code="cup", name="Cup")
    Tag.objects.create(code="theirs", name="Theirs", brand=cup)
    for path, body in (("rules/count", {}), ("segments", {"name": "X"})):
        refused = ask("POST", path, body | {"rule": rule}, 422)
        assert words in refused["detail"], refused
        assert refused["problems"][0]["place"].startswith("rule")
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "object"),
        ({"rule": RULE}, "a name"),
        ({"name": "X"}, "needs a rule"),
        ({"name": "X", "kind": "list", "rule": RULE}, "needs a rule"),
        ({"name": "X", "kind": "odd"}, "rule or list"),
        ({"name": 5, "rule": RULE}, "right type"),
        ({"name": "X", "rule": RULE, "live": 1}, "right type"),
        ({"name": "X", "rule": RULE, "refresh_seconds": True}, "right type"),
        ({"name": "X", "rule": RULE, "owner": 1}, "not known here"),
        ({"name": "X\u0000", "rule": RULE}, "can't be stored"),
        ({"name": "X", "names": {"zh-hans": 5}, "rule": RULE}, "120 characters"),
    ],
)
def test_a_bad_body_is_answered_with_a_sentence(
    ask: Call, people: None, body: Any, words: str
) -> None:
    assert words in ask("POST", "segments", body, 400)["detail"]


def test_values_that_do_not_fit_are_refused(ask: Call, people: None) -> None:
    for more in ({"refresh_seconds": 5}, {"name": "x" * 200}, {"code": "Not a code"}):
        answer = ask("POST", "segments", {"name": "X", "rule": RULE} | more, 422)
        assert len(answer["detail"]) > 20
    deep = ("[" * 50_000) + ("]" * 50_000)
    token = keys.create(
        Actor.of_command("t"), Brand.objects.get(), name="k", scopes=["see"],
        expires_at=utc_now() + timedelta(days=1), now=utc_now(),
    )[1]  # fmt: skip
    answer = Client().post(
        "/api/v1/rules/count", f'{{"rule": {deep}}}', content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert "nested too deep" in answer.json()["detail"]


def test_the_document_describes_the_calls() -> None:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/json"})
    paths = json.loads(answer.content)["paths"]
    assert {"get", "post"} <= paths["/api/v1/segments"].keys()
    assert {"get", "patch", "delete"} <= paths["/api/v1/segments/{code}"].keys()
    assert {"get", "post"} <= paths["/api/v1/segments/{code}/members"].keys()
    assert "409" in paths["/api/v1/segments/{code}"]["patch"]["responses"]
