"""`labels`: outcomes and ends under the names that marketers gave them, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from config.places import BASE_DIR
from journeys.graph.schema import errors_of, read_graph, restore_graph
from journeys.graph.yaml import dump_yaml, load_yaml
from journeys.models import Enrollment, Journey
from journeys.nodes.labels import in_words
from journeys.queries.walk import read_walk
from tests.journeys.flow import Flow, at
from tests.journeys.people import client_of

TEXT = """
journey: flow
name: Flow
labels:
  viewed: {en: Looked at it, zh-hans: 看过了}
  missed: {en: Let it pass, zh-hans: 没有看}
  reminded: 提醒完毕
  warm: {zh-hans: 温和组}
nodes:
  received: {kind: trigger.event, event: received, reentry: always, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: saw_it}}
    at_most: 24h
    timeout: missed
    next: {viewed: split, missed: remind}
  split: {kind: branch.random, weights: {warm: 1, cold_one: 1}, next: {warm: seen, cold_one: seen}}
  remind: {kind: send.message, content: note, next: done}
  seen: {kind: exit.leave, reason: viewed}
  done: {kind: exit.leave, reason: reminded}
"""


def test_without_labels_the_code_in_words() -> None:
    assert in_words("not_yet", {}) == "not yet"
    assert in_words("not_yet", {"other": "x"}) == "not yet"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Looked at it"), ("zh-hans", "看过了"), ("de", "Looked at it")],
)
def test_a_label_follows_the_reader(language: str, expected: str) -> None:
    labels = load_yaml(TEXT)["labels"]
    with translation.override(language):
        assert in_words("viewed", labels) == expected
        # One text is meant for everybody, and one language is better than a code.
        assert in_words("reminded", labels) == "提醒完毕"
        assert in_words("warm", labels) == "温和组"


def test_a_journey_written_and_read_again_keeps_them() -> None:
    data = load_yaml(TEXT)
    graph, problems = read_graph(data)
    assert graph is not None
    assert problems == []
    assert dict(load_yaml(dump_yaml(data))) == dict(data)
    [first, second] = restore_graph(data).outcomes_of("wait")
    assert (first.label, second.label) == ("Looked at it", "Let it pass")
    with translation.override("zh-hans"):
        assert graph.nodes["split"].sentence().count("温和组") == 1
        assert "cold one" in graph.nodes["split"].sentence()
        assert "看过了" in graph.nodes["seen"].sentence()


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("labels: [viewed]", "Expected what outcomes and ends are called"),
        ("labels: {viewed: {fr: Vu}}", "“viewed”: expected one text per language of en, zh-hans"),
        ("labels: {viewed: {}}", "got none"),
        ("labels: {viewed: 7}", "“viewed”: expected a text of at most 60"),
        (f"labels: {{viewed: {'x' * 61}, missed: ''}}", "“missed”: expected a text of at most 60"),
    ],
)
def test_labels_that_cannot_be_read_are_all_named(labels: str, said: str) -> None:
    data = load_yaml(re.sub(r"labels:\n(?:  .*\n)+", labels + "\n", TEXT))
    graph, problems = read_graph(data)
    assert graph is None
    assert [problem.place for problem in problems] == ["labels"]
    assert said in problems[0].text


def test_a_label_that_nothing_wears_is_told() -> None:
    data = load_yaml(TEXT.replace("  missed: {en", "  mised: {en"))
    graph, problems = read_graph(data)
    assert graph is not None
    assert errors_of(problems) == []
    assert [(problem.place, problem.is_warning) for problem in problems] == [("labels.mised", True)]
    assert "cold_one, missed, reminded, viewed, warm" in problems[0].text


@pytest.mark.parametrize("name", ["welcome", "win_back", "left_cart"])
def test_the_demo_has_a_label_in_both_languages_for_everything(name: str) -> None:
    path = Path(BASE_DIR, "journeys", "demo", f"{name}.yaml")
    graph, _problems = read_graph(load_yaml(path.read_text(encoding="utf-8")))
    assert graph is not None
    codes = {code for node in graph.nodes.values() for code in node.codes()} - {"next"}
    assert codes == set(graph.heading.labels)
    assert all(set(label) == {"en", "zh-hans"} for label in graph.heading.labels.values())


@pytest.fixture
def walked(db: None) -> tuple[Flow, Journey]:
    """Ann viewed, Bob was reminded, Cem waits."""
    flow = Flow.make()
    journey = flow.journey(TEXT)
    flow.happen(("ann", "received", 0), ("bob", "received", 0))
    flow.run(0)
    flow.happen(("ann", "saw_it", 3))
    flow.run(25)
    flow.happen(("cem", "received", 30))
    flow.run(30)
    return flow, journey


def words_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_pages_say_them(walked: tuple[Flow, Journey]) -> None:
    flow, journey = walked
    ann, bob = (Enrollment.objects.get(customer_id=flow.ids[n]).pk for n in ("ann", "bob"))
    pages = {
        f"/journeys/{journey.pk}/": ("看过了", "没有看", "提醒完毕", "温和组"),
        f"/walks/{ann}/": ("看过了",),
        f"/walks/{bob}/": ("没有看", "提醒完毕"),
        f"/customers/{flow.ids['ann']}/": ("看过了",),
        f"/customers/{flow.ids['bob']}/": ("提醒完毕", "没有看"),
        f"/reports/?journey={journey.pk}&days=90": (),
    }
    chinese = client_of("chen", "manager", flow.brand, language="zh-hans")
    english = client_of("max", "manager", flow.brand)
    for url, expected in pages.items():
        shown = words_of(chinese, url)
        assert [word for word in expected if word not in shown] == [], url
        # Of the codes that have a label, the reader sees none.
        assert not re.search(r"\b(viewed|missed|reminded)\b", shown), url
    waiting = Enrollment.objects.get(customer_id=flow.ids["cem"])
    with translation.override("zh-hans"):
        goes_on = read_walk(waiting, at(31)).next
    assert "看过了" in goes_on
    assert "没有看" in goes_on
    # Last in English: a request leaves its language behind.
    assert "Let it pass" in words_of(english, f"/walks/{bob}/")
    assert "Looked at it" in words_of(english, f"/journeys/{journey.pk}/")


def test_the_example_of_the_readme_can_be_loaded() -> None:
    # The first is a whole journey; what follows are parts of one.
    written, *_parts = re.findall(
        r"```yaml\n(.*?)```", Path(BASE_DIR, "README.md").read_text(), re.DOTALL
    )
    graph, problems = read_graph(load_yaml(written))
    assert graph is not None
    assert problems == []
    assert set(graph.heading.labels) > {"again", "not_yet"}
