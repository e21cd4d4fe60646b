"""Each operation does what its name says, and refuses in a sentence what can't be."""

from __future__ import annotations

from typing import Any

import pytest

from journeys.graph.operations import (
    OperationRefused,
    Slot,
    annotate,
    append,
    configure,
    connect,
    copy,
    delete,
    describe,
    detach,
    duplicate,
    insert,
    move,
    paste,
    perform,
)
from journeys.graph.yaml import load_yaml

TEXT = """
name: Offers
labels: {ordered: Bought, late: Not yet}
nodes:
  start: {kind: trigger.event, event: received, next: wait}
  wait:
    kind: wait.event
    until: {ordered: {event: paid}}
    at_most: 3d
    timeout: late
    next: {ordered: thanks, late: remind}
  thanks: {kind: send.message, content: thanks, next: done}
  remind: {kind: send.message, content: remind, next: again}
  again: {kind: wait.duration, duration: 1d, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def graph() -> dict[str, Any]:
    return dict(load_yaml(TEXT))


def ways(graph: dict[str, Any], key: str) -> dict[str, str]:
    return dict(graph["nodes"][key]["next"])


def test_a_step_comes_into_a_way_and_leads_on(graph: dict[str, Any]) -> None:
    done = insert(graph, "send.message", Slot("start", "next"))
    assert ways(done.graph, "start") == {"next": done.key}
    assert ways(done.graph, done.key) == {"next": "wait"}
    assert done.graph["order"].index(done.key) == 1
    assert done.key not in graph["nodes"], "the graph that was given stays as it is"
    # Of a step with several ways the first leads on.
    fork = insert(graph, "branch.random", Slot("start", "next"))
    assert ways(fork.graph, fork.key) == {"a": "wait"}


def test_what_can_not_come_into_a_way(graph: dict[str, Any]) -> None:
    for kind, slot, words in (
        ("exit.leave", Slot("start", "next"), "Put the exit at an open end"),
        ("trigger.event", Slot("start", "next"), "nothing leads to it"),
        ("send.message", Slot(), "put this behind one"),
        ("send.message", Slot("done", "next"), "here the walk ends"),
        ("send.message", Slot("wait", "viewed"), "no outcome “viewed”"),
        ("send.message", Slot("gone", "next"), "not in this journey"),
        ("send.pigeon", Slot("start", "next"), "no kind of step"),
    ):
        with pytest.raises(OperationRefused, match=words):
            insert(graph, kind, slot)
    with pytest.raises(OperationRefused, match="follows here already"):
        append(graph, "send.message", Slot("start", "next"))


def test_a_second_trigger_leads_where_the_first_does(graph: dict[str, Any]) -> None:
    done = insert(graph, "trigger.api", Slot())
    assert ways(done.graph, done.key) == {"next": "wait"}


def test_ways_meet_loop_and_are_cut(graph: dict[str, Any]) -> None:
    met = connect(graph, Slot("remind", "next"), "thanks").graph
    assert ways(met, "remind") == {"next": "thanks"}
    assert "again" in met["nodes"], "what followed stays"
    looped = connect(graph, Slot("again", "next"), "wait").graph
    assert ways(looped, "again") == {"next": "wait"}
    with pytest.raises(OperationRefused, match="for ever without a pause"):
        connect(graph, Slot("thanks", "next"), "thanks")
    with pytest.raises(OperationRefused, match="nothing leads to it"):
        connect(graph, Slot("again", "next"), "start")
    cut = detach(graph, Slot("wait", "late")).graph
    assert ways(cut, "wait") == {"ordered": "thanks"}
    with pytest.raises(OperationRefused, match="leads nowhere already"):
        detach(cut, Slot("wait", "late"))


def test_a_step_moves_alone_or_with_what_follows(graph: dict[str, Any]) -> None:
    alone = move(graph, "remind", Slot("thanks", "next")).graph
    assert ways(alone, "wait") == {"ordered": "thanks", "late": "again"}
    assert ways(alone, "thanks") == {"next": "remind"}
    assert ways(alone, "remind") == {"next": "done"}
    led = detach(graph, Slot("again", "next")).graph
    together = move(led, "remind", Slot("thanks", "next"), follow=True).graph
    assert ways(together, "wait") == {"ordered": "thanks"}
    assert ways(together, "again") == {"next": "done"}
    with pytest.raises(OperationRefused, match="stands above everything"):
        move(graph, "start", Slot("thanks", "next"))
    with pytest.raises(OperationRefused, match="can't follow itself"):
        move(graph, "remind", Slot("again", "next"), follow=True)
    with pytest.raises(OperationRefused, match="there already"):
        move(graph, "remind", Slot("wait", "late"))


def test_a_step_goes_alone_or_with_what_only_it_leads_to(graph: dict[str, Any]) -> None:
    alone = delete(graph, ["remind"])
    assert ways(alone.graph, "wait") == {"ordered": "thanks", "late": "again"}
    assert alone.key == "wait"
    following = delete(graph, ["remind"], follow=True).graph
    assert set(following["nodes"]) == {"start", "wait", "thanks", "done"}
    assert ways(following, "wait") == {"ordered": "thanks"}
    looped = connect(graph, Slot("again", "next"), "remind").graph
    with pytest.raises(OperationRefused, match="for ever without a pause"):
        delete(looped, ["again"])


def test_steps_are_doubled_and_pasted_elsewhere(graph: dict[str, Any]) -> None:
    double = duplicate(graph, ["remind", "again"])
    nodes = double.graph["nodes"]
    assert ways(double.graph, "again") == {"next": double.key}
    assert nodes[double.key]["settings"] == {"content": "remind"}
    assert ways(double.graph, "wait_duration") == {"next": "done"}
    clip = copy(graph, ["wait", "thanks"])
    assert clip["labels"] == {"ordered": "Bought", "late": "Not yet"}
    other = {"schema": 1, "name": "Other", "nodes": {"go": {
        "kind": "trigger.api", "settings": {}, "next": {}}}, "order": ["go"]}  # fmt: skip
    pasted = paste(other, clip, Slot("go", "next")).graph
    assert ways(pasted, "go") == {"next": "wait_event"}
    assert ways(pasted, "wait_event") == {"ordered": "send_message"}
    assert pasted["labels"]["late"] == "Not yet"
    unknown = {"what": "waypost.steps", "nodes": {"x": {"kind": "no.such"}}}
    for broken, words in (
        ({}, "no steps on the clipboard"),
        ("text", "no steps on the clipboard"),
        (unknown, "no kind of step “no.such”"),
    ):
        with pytest.raises(OperationRefused, match=words):
            paste(graph, broken, Slot("start", "next"))


def test_a_copied_step_is_asked_for_under_its_new_name(graph: dict[str, Any]) -> None:
    asking = insert(graph, "branch.message", Slot("thanks", "next"), {
        "message": "thanks", "ways": ["clicked"]}).graph  # fmt: skip
    both = duplicate(asking, ["thanks", "branch_message"]).graph
    assert both["nodes"]["branch_message_2"]["settings"]["message"] == "send_message"
    test = insert(graph, "branch.experiment", Slot("thanks", "next"))
    again = duplicate(test.graph, [test.key]).graph["nodes"]
    codes = {n["settings"]["experiment"] for n in again.values() if "experiment" in n["settings"]}
    assert len(codes) == 2, "two experiments must not share a code"


def test_settings_keep_the_ways_that_are_left(graph: dict[str, Any]) -> None:
    settings = {**graph["nodes"]["wait"]["settings"], "until": {"bought": {"event": "paid"}}}
    done = configure(graph, "wait", settings, renames={"ordered": "bought"},
                     labels={"bought": "Has bought"}).graph  # fmt: skip
    assert ways(done, "wait") == {"bought": "thanks", "late": "remind"}
    assert done["labels"]["bought"] == "Has bought"
    less = configure(graph, "wait", {"until": {"ordered": {"event": "paid"}}}).graph
    assert ways(less, "wait") == {"ordered": "thanks"}
    # What can't be read is kept: nothing typed is lost.
    broken = configure(graph, "wait", {"until": {"ordered": {"event": ""}}, "at_most": "soon"})
    assert broken.graph["nodes"]["wait"]["settings"]["at_most"] == "soon"
    assert ways(broken.graph, "wait")["ordered"] == "thanks"


def test_notes_and_the_journey_as_a_whole(graph: dict[str, Any]) -> None:
    noted = annotate(graph, "thanks", " Ask legal ").graph
    assert noted["nodes"]["thanks"]["note"] == "Ask legal"
    assert "note" not in annotate(noted, "thanks", "").graph["nodes"]["thanks"]
    with pytest.raises(OperationRefused, match="at most 500"):
        annotate(graph, "thanks", "x" * 501)
    told = describe(graph, {"goal": {"event": "paid"}, "labels": None}).graph
    assert told["goal"] == {"event": "paid"}
    assert "labels" not in told
    with pytest.raises(OperationRefused, match="not known here"):
        describe(graph, {"nodes": {}})


def test_an_operation_is_asked_for_by_name(graph: dict[str, Any]) -> None:
    asked = {"kind": "send.message", "source": "start", "outcome": "next"}
    done = perform(graph, "insert", asked)
    assert done.key == "send_message"
    with pytest.raises(OperationRefused, match="no operation “explode”"):
        perform(graph, "explode", {})
    with pytest.raises(OperationRefused, match="Expected a list of steps"):
        perform(graph, "delete", {"keys": "wait"})
