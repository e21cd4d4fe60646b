"""Journeys by REST: written, published, paused, counted; by scope, never another brand's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from config.clock import utc_now
from config.wake import no_wakes
from customers.access import Right, keys
from customers.models import AuditEntry, Brand
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey, JourneyVersion
from tests.journeys.flow import ACTOR, T0, Flow

GRAPH = """
nodes:
  in: {kind: trigger.event, event: come, next: hello}
  hello: {kind: send.message, content: note, next: wait}
  wait: {kind: wait.duration, duration: 2h, next: x}
  x: {kind: exit.leave, reason: over}
"""
EVERYTHING = [str(right) for right in keys.SCOPES]
Send = Callable[..., Any]


def key_of(brand: Brand, *scopes: str) -> str:
    made = keys.create(ACTOR, brand, name="hotel", scopes=scopes or EVERYTHING, now=utc_now())
    return made[1]


@pytest.fixture
def send(flow: Flow) -> Send:
    token = key_of(flow.brand)

    def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
        kind = headers.pop("kind", "application/json")
        headers = {"Authorization": f"Bearer {headers.pop('token', token)}", **headers}
        with no_wakes():
            return Client().generic(
                method, f"/api/v1/{path}",
                body if isinstance(body, str) else "" if body is None else _json(body),
                content_type=kind, headers=headers,
            )  # fmt: skip

    return call


def _json(body: Any) -> str:
    import json

    return json.dumps(body)


@pytest.fixture
def running(flow: Flow) -> Journey:
    journey = flow.journey(GRAPH)
    flow.happen(("ann", "come", 0), ("bea", "come", 0.1))
    flow.run(1)
    return journey


def test_list_and_read_as_json_and_yaml(send: Send, flow: Flow, running: Journey) -> None:
    for code in ("a_first", "z_last"):
        flow.journey(f"journey: {code}\nname: {code.title()}\n{GRAPH}")
    page = send("GET", "journeys?limit=2").json()
    assert [each["code"] for each in page["journeys"]] == ["a_first", "flow"]
    rest = send("GET", f"journeys?limit=2&after={page['next']}").json()
    assert [each["code"] for each in rest["journeys"]] == ["z_last"]
    assert rest["next"] == ""
    assert [e["code"] for e in send("GET", "journeys?q=LAST").json()["journeys"]] == ["z_last"]
    assert send("GET", "journeys?state=paused").json()["journeys"] == []
    one = send("GET", "journeys/flow")
    assert one["ETag"] == f'"{running.pk}-1"'
    assert (one.json()["state"], one.json()["version"]) == ("running", 1)
    assert one.json()["graph"] == {"journey": "flow", **running.draft}
    text = send("GET", "journeys/flow?version=1", Accept="application/yaml")
    assert text["Content-Type"].startswith("application/yaml")
    assert load_yaml(text.content.decode()) == one.json()["graph"]
    assert send("GET", "journeys/flow?version=current").json()["graph"]["nodes"]
    assert send("GET", "journeys/flow?version=9").status_code == 404


def test_written_checked_published(send: Send, flow: Flow) -> None:
    text = f"name: Mine\n{GRAPH}"
    made = send("PUT", "journeys/mine", text, kind="application/yaml")
    assert (made.status_code, made.json()["is_new"], made.json()["state"]) == (201, True, "draft")
    again = send("PUT", "journeys/mine", text, kind="application/yaml")
    assert (again.status_code, again.json()["is_changed"]) == (200, False)
    graph = send("GET", "journeys/mine").json()["graph"]
    graph["nodes"]["wait"]["settings"]["duration"] = "3h"
    stale = send("PUT", "journeys/mine", graph, **{"If-Match": '"0-0"'})
    assert stale.status_code == 412
    kept = send("PUT", "journeys/mine", graph, **{"If-Match": again["ETag"]})
    assert (kept.status_code, kept.json()["draft_number"]) == (200, 2)

    checked = send("POST", "journeys/validate", {**graph, "nodes": {}}).json()
    assert checked["valid"] is False
    assert checked["problems"]
    assert send("POST", "journeys/validate", graph).json()["valid"] is True

    graph["nodes"]["hello"]["settings"]["content"] = "nothing"
    refused = send("PUT", "journeys/mine", graph)
    assert refused.status_code == 422
    assert refused["Content-Type"].startswith("application/problem+json")
    assert [each["place"] for each in refused.json()["problems"]] == ["nodes.hello.content"]

    done = send("POST", "journeys/mine/publish", {"note": "by CI"}).json()
    assert (done["state"], done["version"], done["moving"]) == ("running", 1, 0)
    assert JourneyVersion.objects.get().note == "by CI"
    entry = AuditEntry.objects.get(action="journey.publish")
    assert (entry.via, entry.actor_label.startswith("hotel")) == ("api", True)
    nothing = send("POST", "journeys/mine/publish")
    assert nothing.status_code == 409
    assert "Nothing to do" in nothing.json()["detail"]


def test_publishing_says_before_what_it_changes(send: Send, running: Journey) -> None:
    graph = send("GET", "journeys/flow").json()["graph"]
    graph["nodes"]["wait"]["settings"]["duration"] = "5h"
    send("PUT", "journeys/flow", graph)
    seen = send("GET", "journeys/flow/publish").json()
    assert (seen["version"], seen["inside"], seen["valid"]) == (1, 2, True)
    (change,) = seen["changes"]
    assert (change["node"], change["at"], change["options"]) == (
        "wait", 2, ["move", "stay", "leave"],
    )  # fmt: skip
    wrong = send("POST", "journeys/flow/publish", {"people": {"wait": "fly"}})
    assert wrong.status_code == 409
    done = send("POST", "journeys/flow/publish", {"people": {"*": "move"}}).json()
    assert (done["version"], done["moving"]) == (2, 2)


def test_pause_resume_drain_stop_archive(send: Send, running: Journey) -> None:
    assert send("POST", "journeys/flow/pause").json()["state"] == "paused"
    assert send("POST", "journeys/flow/pause").status_code == 409
    assert send("POST", "journeys/flow/resume", {"late": "never"}).status_code == 409
    assert send("POST", "journeys/flow/resume", {"late": "skip"}).json()["state"] == "running"
    assert send("POST", "journeys/flow/drain").json()["state"] == "draining"
    assert send("POST", "journeys/flow/archive").status_code == 409
    assert send("POST", "journeys/flow/stop").json()["state"] == "stopped"
    assert not Enrollment.objects.exclude(state="finished").exists()
    assert send("POST", "journeys/flow/archive").json()["state"] == "archived"
    assert send("GET", "journeys").json()["journeys"] == []
    assert len(send("GET", "journeys?state=archived").json()["journeys"]) == 1
    actions = AuditEntry.objects.filter(via="api").values_list("action", flat=True)
    assert {f"journey.{verb}" for verb in ("pause", "resume", "drain", "stop", "archive")} <= {
        *actions
    }


def test_counts_people_and_a_walk(send: Send, flow: Flow, running: Journey) -> None:
    counts = send("GET", "journeys/flow/counts").json()
    assert (counts["entered"], counts["inside"], counts["goals"]) == (2, 2, 0)
    by_node = {each["node"]: each for each in counts["nodes"]}
    assert list(by_node) == ["in", "hello", "wait", "x"]
    assert (by_node["wait"]["here"], by_node["hello"]["outcomes"]) == (2, {"next": 2})
    first = send("GET", "journeys/flow/nodes/wait/people?limit=1").json()
    assert [each["customer_id"] for each in first["people"]] == [flow.ids["ann"]]
    assert first["people"][0]["due_at"] == "2026-03-04T11:00:00Z"
    second = send("GET", f"journeys/flow/nodes/wait/people?limit=1&after={first['next']}").json()
    assert [each["customer_id"] for each in second["people"]] == [flow.ids["bea"]]
    assert second["next"] == ""
    walk = send("GET", f"enrollments/{first['people'][0]['id']}").json()
    assert [(s["node"], s["outcome"]) for s in walk["path"]] == [("in", "next"), ("hello", "next")]
    assert walk["entered_at"] == T0.isoformat().replace("+00:00", "Z")
    (wanted,) = walk["messages"]
    assert (wanted["content"], wanted["verdict"]) == ("note", "waiting")
    moved = send("POST", "journeys/flow/nodes/wait/move_on", {"enrollments": [walk["id"]]})
    assert (moved.status_code, moved.json()["meant"]) == (202, 1)
    out = send("POST", "journeys/flow/nodes/wait/take_out")
    assert (out.status_code, out.json()["meant"]) == (202, 1)
    assert flow.places("bea") == [("wait", "taken_out")]


def test_of_another_brand_nothing_is_there(send: Send, flow: Flow, running: Journey) -> None:
    other = Brand.objects.create(code="other", name="Other")
    token = key_of(other)
    walk = Enrollment.objects.all()[0]
    for method, path in (
        ("GET", "journeys/flow"),
        ("GET", "journeys/flow/counts"),
        ("GET", "journeys/flow/publish"),
        ("GET", "journeys/flow/nodes/wait/people"),
        ("GET", f"enrollments/{walk.pk}"),
        ("POST", "journeys/flow/pause"),
        ("POST", "journeys/flow/publish"),
        ("POST", "journeys/flow/nodes/wait/take_out"),
    ):
        real, made_up = (
            send(method, path, token=token),
            send(method, path.replace("flow", "none").replace(str(walk.pk), "99999"), token=token),
        )
        assert real.status_code == made_up.status_code == 404, path
        assert real.json().keys() == made_up.json().keys()
    assert send("GET", "journeys", token=token).json()["journeys"] == []
    # A code belongs to its brand: there it is free.
    body = f"name: Theirs\n{GRAPH.replace('content: note', 'content: theirs')}"
    assert send("PUT", "journeys/flow", body, kind="text/yaml", token=token).status_code == 422
    running.refresh_from_db()
    assert (running.name, running.state) == ("Flow", "running")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Right.INGEST, "GET", "journeys"),
        (Right.SEE, "PUT", "journeys/flow"),
        (Right.EDIT, "POST", "journeys/flow/publish"),
        (Right.EDIT, "POST", "journeys/flow/stop"),
        (Right.PUBLISH, "POST", "journeys/flow/nodes/wait/move_on"),
    ],
)
def test_each_call_needs_its_scope(
    send: Send, flow: Flow, running: Journey, scope: Right, method: str, path: str
) -> None:
    answer = send(method, path, {}, token=key_of(flow.brand, scope))
    assert answer.status_code == 403
    assert "does not have the scope" in answer.json()["detail"]
    running.refresh_from_db()
    assert running.state == "running"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "journeys/x", "[]", 400),
        ("PUT", "journeys/x", "{", 400),
        ("PUT", "journeys/x", {"name": "a\x00"}, 400),
        ("PUT", "journeys/x", {"journey": "y"}, 422),
        ("PUT", "journeys/X-Y", {"name": "n", "nodes": {}}, 422),
        ("POST", "journeys/flow/pause", {"a": 1}, 400),
        ("POST", "journeys/flow/publish", {"people": []}, 409),
        ("POST", "journeys/flow/publish", {"people": {"a": 1}}, 400),
        ("POST", "journeys/flow/publish", {"note": "x" * 300}, 400),
        ("POST", "journeys/flow/nodes/wait/move_on", {"enrollments": ["1"]}, 400),
        ("POST", "journeys/flow/nodes/wait/move_on", {"outcome": "nowhere"}, 409),
        ("POST", "journeys/flow/nodes/none/move_on", {}, 404),
        ("GET", "journeys?limit=x", None, 400),
        ("GET", "journeys?state=asleep", None, 400),
        ("GET", "journeys?q=%00", None, 400),
        ("GET", "journeys/flow/counts?version=x", None, 400),
        ("GET", "journeys/flow/nodes/wait/people?state=gone", None, 400),
        ("GET", "enrollments/99999999999999999999999", None, 404),
        ("DELETE", "journeys/flow", None, 405),
    ],
)
def test_bad_calls_are_told_in_a_sentence(
    send: Send, running: Journey, method: str, path: str, body: Any, status: int
) -> None:
    answer = send(method, path, body)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["detail"]


def test_the_document_names_them(send: Send) -> None:
    told = Client().get("/api/v1/schema", headers={"Accept": "application/json"}).json()["paths"]
    assert {"get", "put"} <= told["/api/v1/journeys/{code}"].keys()
    for path in ("publish", "pause", "resume", "drain", "stop", "archive"):
        assert "post" in told[f"/api/v1/journeys/{{code}}/{path}"]
    operation = told["/api/v1/journeys/{code}"]["put"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "application/yaml"}
    assert {"200", "201", "409", "412", "422"} <= operation["responses"].keys()


def test_a_draft_is_drawn_by_operations(send: Send, flow: Flow) -> None:
    flow.journey("journey: drawn\nname: Drawn\n" + GRAPH)
    tag = send("GET", "journeys/drawn").headers["ETag"]
    slot = {"source": "hello", "outcome": "next"}
    path = "journeys/drawn/draft"
    done = send("POST", f"{path}/insert", {"kind": "act.tag", **slot}, **{"If-Match": tag})
    assert done.status_code == 200, done.content
    body = done.json()
    assert (body["key"], body["draft_number"]) == ("act_tag", 2)
    assert [p["place"] for p in body["problems"]] == ["nodes.act_tag.tag"]
    # What was read before is another draft by now, and what can't be is said in a sentence.
    again = send("POST", f"{path}/insert", {"kind": "act.tag", **slot}, **{"If-Match": tag})
    assert again.status_code == 412
    refused = send("POST", f"{path}/insert", {"kind": "exit.leave", **slot})
    assert refused.status_code == 409
    assert "open end" in refused.json()["detail"]
    assert send("POST", f"{path}/explode", {}).status_code == 409
    assert send("POST", f"{path}/delete", [1]).status_code == 400
    assert send("POST", f"{path}/undo").json()["draft_number"] == 3
    journey = Journey.objects.get(code="drawn")
    assert journey.current is not None
    assert journey.draft == journey.current.graph
    assert send("POST", f"{path}/redo", {}).json()["draft_number"] == 4
    assert send("POST", "journeys/nothing/draft/undo").status_code == 404
    reader = key_of(flow.brand, "see")
    assert send("POST", f"{path}/undo", token=reader).status_code == 403
