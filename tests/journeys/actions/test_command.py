"""`manage.py journey`: the same changes from the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.clock import utc_now
from customers.models import Brand
from journeys.models import Enrollment, Journey
from tests.journeys.flow import Flow, hours

TEXT = """\
journey: offers
name: Offers
parameters: {within: 2h}
nodes:
  received: {kind: trigger.event, event: received, next: wait}
  wait: {kind: wait.duration, duration: ${within}, next: remind}
  remind: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def file(tmp_path: Path, db: None) -> Path:
    Flow.make()
    path = tmp_path / "offers.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(*args: str) -> str:
    out = StringIO()
    call_command("journey", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_load_publish_show_and_stop(file: Path) -> None:
    said = run("load", str(file), "--brand", "flow", "--set", "within=6h", "--publish")
    assert "Made “Offers”" in said
    assert "Published version 1" in said
    journey = Journey.objects.get()
    assert journey.state == "running"
    assert journey.draft["nodes"]["wait"]["settings"] == {"duration": "6h"}
    assert "duration: 6h" in run("show", "offers", "--yaml")
    assert "(as published)" in run("show", "offers")
    assert "paused now" in run("pause", "offers")
    assert "0 customers left it" in run("stop", "offers")


def test_what_is_shown_can_be_loaded_again(file: Path) -> None:
    run("load", str(file), "--brand", "flow")
    file.write_text(run("show", "offers", "--yaml"), encoding="utf-8")
    assert "Kept “Offers”" in run("load", str(file), "--brand", "flow")


def test_every_problem_comes_with_its_line_and_nothing_is_saved(file: Path) -> None:
    text = TEXT.replace("send.message", "send.pigeon").replace("next: done", "next: gone")
    file.write_text(text.replace("duration: ${within}", "duration: long"), encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        run("load", str(file), "--brand", "flow", "--publish")
    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "line 6, nodes.wait.duration",
        "line 7, nodes.remind.kind",
        "line 7, nodes.remind.next.next",
        "Note. line 5, nodes.received.event",
    ]
    assert not Journey.objects.exists()


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["load", "/nowhere.yaml", "--brand", "flow"], "can't be read"),
        (["load", "FILE", "--brand", "nope"], "There is no brand “nope”. Brands: flow."),
        (["load", "FILE", "--brand", "flow", "--set", "within"], "Expected --set name=value"),
        (["load", "FILE", "--brand", "flow", "--set", "n=1"], "There is no parameter “n”"),
        (["pause", "gone"], "There is no journey “gone”."),
    ],
)
def test_mistakes_are_told_in_a_sentence(file: Path, args: list[str], expected: str) -> None:
    with pytest.raises(CommandError, match=expected):
        run(*[str(file) if arg == "FILE" else arg for arg in args])


def test_checking_saves_nothing(file: Path) -> None:
    assert "can run: 4 nodes" in run("check", str(file), "--brand", "flow")
    assert not Journey.objects.exists()


def test_people_move_with_a_new_version_on_and_out(file: Path) -> None:
    flow = Flow(Brand.objects.get(code="flow"))
    flow.people("ann", "bea")
    run("load", str(file), "--brand", "flow", "--publish")
    now = utc_now().replace(microsecond=0)
    flow.happen(("ann", "received", hours(now)), ("bea", "received", hours(now)))
    flow.run(hours(now))
    run("load", str(file), "--brand", "flow", "--set", "within=3h")
    said = run("publish", "offers", "--move", "wait=move", "--preview")
    assert "wait: Wait 2 hours becomes Wait 3 hours" in said.replace("\xa0", " ")
    assert "2 would move, 0 would leave, 0 would stay." in said
    with pytest.raises(CommandError, match="is not a step of version 1"):
        run("publish", "offers", "--move", "gone=move")
    assert "2 customers moved to it" in run("publish", "offers", "--move", "wait=move")
    walk = Enrollment.objects.get(customer_id=flow.ids["ann"])
    assert "0 customers went on, 1 left" in run(
        "take-out", "offers", "wait", "--walk", str(walk.pk)
    )
    assert "1 customers went on" in run("move-on", "offers", "wait", "next")
    assert run("mend", "offers") == ""
    with pytest.raises(CommandError, match="Expected a moment such as"):
        run("time", "offers", "--until", "soon")
    assert "until 2100-01-01" in run("time", "offers", "--until", "2100-01-01T00:00Z")
