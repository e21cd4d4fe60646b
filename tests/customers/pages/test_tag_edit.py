"""Tags are made and changed on their pages: every kind, both languages, nothing lost on errors."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config.clock import utc_now
from customers.access import Actor
from customers.actions import tags as actions
from customers.forms.tags import KINDS, TagForm
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Membership, Segment, Tag, User
from customers.tags.definition import read_definition

pytestmark = pytest.mark.django_db

ACTOR = Actor.of_system("test")
COMMON = {"name": "My tag", "chinese": "我的标签", "code": "mine", "refresh_every": "day",
          "refresh_time": "03:00"}  # fmt: skip
TYPED: dict[str, dict[str, Any]] = {
    "assigned": {"data_type": "text", "valid_days": "30"},
    "fact": {"stat": "sum", "event": "order_paid", "property": "amount", "window": "90",
             "where": '{"property": "amount", "op": "gt", "value": 0}', "follows_events": "on"},
    "rfm": {"event": "order_paid", "amount": "amount", "recency_groups": "",
            "recency_cuts": "30, 90、180，365"},
    "lifecycle": {"event": "order_paid"},
    "tiers": {"stat": "count", "event": "order_paid", "property": "", "cuts_cuts": "2 5"},
    "aipl": {"segment_0": "everybody", "rule_2": '{"event": "order_paid"}'},
    "aarrr": {"segment_3": "everybody"},
    "custom": {"code_0": "a", "en_0": "A", "rule_0": '{"event": "order_paid"}'},
    "rules": {"en_0": "Buyer", "zh_0": "买家", "rule_0": '{"event": "order_paid"}',
              "code_1": "none", "zh_1": "其他"},
    "scorecard": {"points_0": "10", "segment_0": "everybody", "points_1": "-2.5",
                  "rule_1": '{"event": "order_paid"}', "score_cuts": "8",
                  "score_names": "cold, warm"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def world(now: datetime) -> None:
    Segment.objects.create(code="everybody", name="Everybody", kind="rule", rule={"all": []})
    items = [
        Item(f"p{i}", [("member_id", f"p{i}")], events=[EventFact("order_paid", now,
                                                                  {"amount": i * 10})])
        for i in range(5)
    ]  # fmt: skip
    assert not ingest(Batch("test", items), now=now).refused


@pytest.fixture
def marketer(client: Client) -> Client:
    user = User.objects.create_user("ann@example.com", "x")
    Membership.objects.create(user=user, brand=None, role="marketer")
    client.force_login(user)
    return client


def typed(of: str) -> dict[str, Any]:
    """What the form shows at first, with what somebody types over it."""
    form = TagForm(of=of, brands=[None])
    shown = {name: form[name].value() for name in form.fields}
    told = {name: value for name, value in shown.items() if value not in (None, False)}
    return told | COMMON | TYPED[of]


@pytest.mark.parametrize("of", KINDS)
def test_a_tag_of_each_kind_is_made_and_shown_again_as_it_was(of: str, marketer: Client) -> None:
    page = marketer.get(f"/tags/new/{of}/")
    assert page.status_code == 200
    answer = marketer.post(f"/tags/new/{of}/", typed(of))
    assert answer.status_code == 302, errors(answer)
    tag = Tag.objects.get(code="mine")
    definition, problems = read_definition(tag.definition)
    assert definition is not None, problems
    assert (tag.name, tag.names) == ("My tag", {"zh-hans": "我的标签"})

    form = TagForm(of=of, brands=[None], tag=tag)
    shown = {name: form[name].value() for name in form.fields}
    told = {name: value for name, value in shown.items() if value not in (None, False)}
    answer = marketer.post(f"/tags/{tag.pk}/edit/", told)
    assert answer.status_code == 302, errors(answer)
    again = Tag.objects.get(code="mine")
    assert again.definition == tag.definition
    assert again.valid_days == tag.valid_days
    assert again.follows_events == tag.follows_events


def errors(answer: Any) -> list[str]:
    return re.findall(r'class="(?:error|notice bad)".*?</', answer.content.decode(), re.DOTALL)


def test_what_the_definitions_are(marketer: Client) -> None:
    for of in ("rfm", "tiers", "scorecard", "rules"):
        marketer.post(f"/tags/new/{of}/", typed(of) | {"code": of})
    models = {tag.code: tag.definition["model"] for tag in Tag.objects.all()}
    assert models["rfm"]["recency"] == {"values": [30, 90, 180, 365]}
    assert models["rfm"]["monetary"] == {"quantiles": 5}
    assert [cell["name"]["zh-hans"] for cell in models["rfm"]["cells"]][:4] == [
        "重要价值客户", "重要发展客户", "重要保持客户", "重要挽留客户",
    ]  # fmt: skip
    assert [name["code"] for name in models["tiers"]["names"]] == ["bronze", "silver", "gold"]
    assert models["tiers"]["cuts"] == {"values": [2, 5]}
    assert [each["points"] for each in models["scorecard"]["points"]] == [10, -2.5]
    assert models["rules"]["else"] == {"code": "none", "name": {"zh-hans": "其他"}}


def test_a_line_has_the_rule_editor(marketer: Client) -> None:
    rule = '{"event": "order_paid", "count": {"gte": 2}}'
    told = typed("rules") | {"rule_0": rule, "segment_1": "*"}
    assert marketer.post("/tags/new/rules/", told).status_code == 302
    tag = Tag.objects.get(code="mine")
    values = tag.definition["model"]["values"]
    assert [each["rule"] for each in values] == [json.loads(rule), {"all": []}]

    html = marketer.get(f"/tags/{tag.pk}/edit/").content.decode()
    for words in ('id="editor-rule_0"', 'id="pick-rule_3"', 'data-rule="rule_1"'):
        assert words in html
    field = re.search(r'name="(rule_0:r-0:[^"]*)"[^>]*value="2"', html)
    assert field, re.findall(r'name="(rule_0:[^"]*)"', html)
    # What stands in the chips counts, also when the server was not asked in between.
    form = TagForm(of="rules", brands=[None], tag=tag)
    shown = {name: form[name].value() or "" for name in form.fields}
    shown |= {"is_multiple": "", "follows_events": ""}
    empty = {"rule_2": '{"all": []}', "rule_3": '{"all": []}'}
    answer = marketer.post(f"/tags/{tag.pk}/edit/", shown | empty | {field[1]: "5"})
    assert answer.status_code == 302, errors(answer)
    tag.refresh_from_db()
    changed = tag.definition["model"]
    assert [each["rule"] for each in changed["values"]] == [
        {"all": [{"event": "order_paid", "count": {"gte": 5}}]}, {"all": []},
    ]  # fmt: skip
    assert changed["else"] is None


def test_what_was_typed_is_never_lost(marketer: Client) -> None:
    bad = typed("rfm") | {"recency_cuts": "90, many", "r_0": "4-9", "en_3": "Kept <name>"}
    answer = marketer.post("/tags/new/rfm/", bad)
    assert answer.status_code == 422
    html = unescape(answer.content.decode())
    for words in ("90, many", "4-9", "Kept <name>", "A number is expected", "我的标签"):
        assert words in html
    assert not Tag.objects.exists()
    answer = marketer.post("/tags/new/fact/", typed("fact") | {"where": "{oops", "code": "Bad!"})
    assert answer.status_code == 422
    assert "{oops" in unescape(answer.content.decode())


def test_a_scorecard_keeps_the_lines_that_its_page_shows(marketer: Client) -> None:
    def shown() -> dict[str, str]:
        html = marketer.get("/tags/new/scorecard/").content.decode()
        return dict.fromkeys(
            re.findall(r'name="((?:points|segment|rule|code|en|zh)_\d+)"', html), ""
        )

    assert not [name for name in shown() if name.startswith("code_")]
    told = COMMON | shown() | TYPED["scorecard"]
    answer = marketer.post("/tags/new/scorecard/", told)
    assert answer.status_code == 302, errors(answer)
    assert len(Tag.objects.get(code="mine").definition["model"]["points"]) == 2


def test_more_lines_are_given_before_anything_is_saved(marketer: Client) -> None:
    form = typed("rules") | {"name": "", "more": "1"}
    answer = marketer.post("/tags/new/rules/", form)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="code_3"' in html
    assert "买家" in html
    assert "is required" not in html
    assert not Tag.objects.exists()


def test_which_events_count_is_asked_as_in_a_segment(marketer: Client) -> None:
    def drawn(answer: Any) -> tuple[str, str]:
        html = answer.content.decode()
        return html, unescape(re.search(r'name="counted" id="[^"]+" value="([^"]*)"', html)[1])  # type: ignore[index]

    # What the property holds is known from events of late.
    lately = EventFact("order_paid", None, {"amount": 5})
    ingest(Batch("test", [Item("new", [("member_id", "new")], events=[lately])]), now=utc_now())
    cache.clear()
    html, rule = drawn(marketer.get("/tags/new/fact/"))
    assert "Without a condition all of them count." in html
    typed_so_far = {"event": "order_paid", "counted": rule}
    html, rule = drawn(marketer.post("/tags/where/", typed_so_far | {"do": "add"}))
    assert "Still to be filled in" in html
    look = marketer.post("/tags/new/fact/look/", typed("fact") | {"counted": rule}).content.decode()
    assert "is expected" not in look
    part = "counted:r-0:where.0."
    typed_so_far |= {"counted": rule, f"{part}property": "amount", f"{part}op": "eq",
                     f"{part}value": ""}  # fmt: skip
    html, rule = drawn(marketer.post("/tags/where/", typed_so_far))
    assert json.loads(rule)["all"][0]["where"] == {"property": "amount", "op": "eq"}
    # What was typed last and not sent before comes with the form.
    names = set(re.findall(r'name="(counted:[^"]+)"', html))
    assert f"{part}value" in names, names
    form = typed("fact") | {"counted": rule, f"{part}property": "amount", f"{part}op": "gte",
                            f"{part}value": "20"}  # fmt: skip
    del form["where"]
    look = marketer.post("/tags/new/fact/look/", form | {"window": ""}).content.decode()
    assert "<b>3</b> customers would have a value" in look
    answer = marketer.post("/tags/new/fact/", form)
    assert answer.status_code == 302, errors(answer)
    tag = Tag.objects.get(code="mine")
    assert tag.definition["fact"]["where"] == {"property": "amount", "op": "gte", "value": 20}
    html, rule = drawn(marketer.get(f"/tags/{tag.pk}/edit/"))
    assert json.loads(rule)["all"][0]["where"] == tag.definition["fact"]["where"]
    _html, rule = drawn(
        marketer.post(
            "/tags/where/",
            {"event": "order_paid", "counted": rule, "do": "press r-0 where.0.drop"},
        )
    )
    assert json.loads(rule) == {"all": [{"event": "order_paid"}]}


def test_the_sentence_and_the_preview_follow(marketer: Client) -> None:
    ever = typed("fact") | {"window": ""}
    html = unescape(marketer.post("/tags/new/fact/look/", ever).content.decode())
    assert "the sum of <em>amount</em>" in html
    assert "<b>4</b> customers would have a value" in html
    html = marketer.post("/tags/new/fact/look/", {"stat": "sum"}).content.decode()
    assert "needs a property" in html
    assert not Tag.objects.exists()
    chinese = marketer.post(
        "/tags/new/rfm/look/", typed("rfm"), HTTP_ACCEPT_LANGUAGE="zh-hans"
    ).content.decode()
    assert "重要价值客户" in chinese


def test_only_who_may_edit_gets_in(client: Client, now: datetime) -> None:
    tea, walk = (Brand.objects.create(code=code, name=code) for code in ("tea", "walk"))
    user = User.objects.create_user("bob@example.com", "x")
    Membership.objects.create(user=user, brand=tea, role="marketer")
    Membership.objects.create(user=user, brand=walk, role="viewer")
    client.force_login(user)
    theirs = actions.create(ACTOR, walk, code="theirs", name="Theirs", now=now)
    shared = actions.create(ACTOR, None, code="shared", name="Shared", now=now)
    for tag in (theirs, shared):
        for verb in ("refresh", "stop", "remove"):
            assert client.post(f"/tags/{tag.pk}/{verb}/").status_code == 403
        assert client.get(f"/tags/{tag.pk}/edit/").status_code == 403
    answer = client.post("/tags/new/assigned/", typed("assigned") | {"brand": str(walk.pk)})
    assert answer.status_code == 422
    answer = client.post("/tags/new/assigned/", typed("assigned") | {"brand": str(tea.pk)})
    assert answer.status_code == 302
    assert Tag.objects.get(code="mine").brand == tea


def test_refresh_stop_and_remove_from_the_page(marketer: Client, now: datetime) -> None:
    tag = actions.create(
        ACTOR, None, code="orders", name="Orders", now=now,
        definition={"schema": 1, "fact": {"of": "count", "event": "order_paid"}},
    )  # fmt: skip
    Tag.objects.update(next_refresh_at=None)
    assert marketer.post(f"/tags/{tag.pk}/refresh/").status_code == 302
    assert Tag.objects.get().next_refresh_at is not None
    assert marketer.post(f"/tags/{tag.pk}/stop/").status_code == 302
    assert marketer.post(f"/tags/{tag.pk}/remove/").url == "/tags/"  # type: ignore[attr-defined]
    assert not Tag.objects.exists()
