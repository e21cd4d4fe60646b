"""The draft: one operation at a time, undone without limit, never overwritten by two."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from customers.access import RightMissing
from customers.models import AuditEntry
from journeys.actions import (
    DraftOvertaken,
    JourneyRefused,
    archive,
    edit,
    load,
    publish,
    redo,
    restore,
    undo,
)
from journeys.graph.operations import OperationRefused
from journeys.graph.yaml import load_yaml
from journeys.models import Journey
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.people import actor_of

TEXT = """
nodes:
  received: {kind: trigger.event, event: received, next: hello}
  hello: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""
SLOT: dict[str, Any] = {"source": "received", "outcome": "next"}


@pytest.fixture
def journey(db: None) -> Journey:
    return Flow.make().journey(TEXT)


def do(journey: Journey, operation: str, *, now: datetime = T0, **given: Any) -> str:
    journey.refresh_from_db()
    key = edit(ACTOR, journey, journey.draft_number, operation, given, now).key
    journey.refresh_from_db()
    return key


def test_every_change_is_numbered_audited_and_can_be_undone(journey: Journey) -> None:
    drafts = [journey.draft]
    key = do(journey, "insert", kind="wait.duration", **SLOT)
    drafts.append(journey.draft)
    do(journey, "configure", key=key, settings={"duration": "2d"})
    drafts.append(journey.draft)
    do(journey, "delete", keys=["hello"])
    drafts.append(journey.draft)
    assert journey.draft_number == 4
    entry = AuditEntry.objects.filter(action="journey.edit").latest("id")
    assert entry.changes == {"draft_number": [3, 4], "operation": "delete", "node": "hello"}
    for earlier in reversed(drafts[:-1]):
        undo(ACTOR, journey, journey.draft_number, T0)
        journey.refresh_from_db()
        assert journey.draft == earlier
    with pytest.raises(OperationRefused, match="nothing to undo"):
        undo(ACTOR, journey, journey.draft_number, T0)
    for later in drafts[1:]:
        redo(ACTOR, journey, journey.draft_number, T0)
        journey.refresh_from_db()
        assert journey.draft == later
    with pytest.raises(OperationRefused, match="nothing to do again"):
        redo(ACTOR, journey, journey.draft_number, T0)
    undo(ACTOR, journey, journey.draft_number, T0)
    do(journey, "annotate", key="hello", note="Friendly")
    with pytest.raises(OperationRefused, match="nothing to do again"):
        redo(ACTOR, journey, journey.draft_number, T0)


def test_typing_is_one_change(journey: Journey) -> None:
    before = journey.draft
    for n, note in enumerate(("A", "As", "Ask")):
        do(journey, "annotate", now=T0 + timedelta(seconds=n), key="hello", note=note)
    do(journey, "annotate", now=at(1), key="hello", note="Ask legal")
    assert journey.draft_changes.count() == 2
    assert AuditEntry.objects.filter(action="journey.edit").count() == 2
    undo(ACTOR, journey, journey.draft_number, T0)
    journey.refresh_from_db()
    assert journey.draft["nodes"]["hello"]["note"] == "Ask"
    undo(ACTOR, journey, journey.draft_number, T0)
    journey.refresh_from_db()
    assert journey.draft == before


def test_who_comes_second_is_told_and_overwrites_nothing(journey: Journey) -> None:
    seen = journey.draft_number
    do(journey, "insert", kind="wait.duration", **SLOT)
    theirs = journey.draft
    with pytest.raises(DraftOvertaken, match="Nothing of theirs was overwritten") as caught:
        edit(ACTOR, journey, seen, "delete", {"keys": ["hello"]}, T0)
    assert [entry.changes["operation"] for entry in caught.value.entries] == ["insert"]
    with pytest.raises(DraftOvertaken):
        undo(ACTOR, journey, seen, T0)
    journey.refresh_from_db()
    assert journey.draft == theirs
    do(journey, "annotate", key="hello", note="A")
    seen = journey.draft_number
    do(journey, "annotate", key="hello", note="As")
    with pytest.raises(DraftOvertaken) as caught:
        edit(ACTOR, journey, seen, "delete", {"keys": ["hello"]}, T0)
    assert [entry.changes["operation"] for entry in caught.value.entries] == ["annotate"]


def test_text_that_is_loaded_and_versions_that_come_back_can_be_undone(journey: Journey) -> None:
    first = journey.draft
    data = load_yaml("journey: flow\nname: Flow\n" + TEXT.replace("received,", "paid,"))
    load(ACTOR, journey.brand, data, T0)
    journey.refresh_from_db()
    second = journey.draft
    publish(ACTOR, journey, T0)
    journey.refresh_from_db()
    restore(ACTOR, journey, journey.draft_number, 1, T0)
    journey.refresh_from_db()
    assert journey.draft == first
    with pytest.raises(JourneyRefused, match="same as version 1"):
        restore(ACTOR, journey, journey.draft_number, 1, T0)
    with pytest.raises(JourneyRefused, match="no version 7"):
        restore(ACTOR, journey, journey.draft_number, 7, T0)
    undo(ACTOR, journey, journey.draft_number, T0)
    undo(ACTOR, journey, journey.draft_number + 1, T0)
    journey.refresh_from_db()
    assert journey.draft == first != second


def test_who_may_not_edit_changes_nothing(journey: Journey) -> None:
    vera = actor_of("vera", "viewer", journey.brand)
    with pytest.raises(RightMissing):
        edit(vera, journey, journey.draft_number, "delete", {"keys": ["hello"]}, T0)
    with pytest.raises(RightMissing):
        undo(vera, journey, journey.draft_number, T0)


def test_what_is_archived_stays_as_it_is(db: None) -> None:
    flow = Flow.make()
    data = load_yaml("journey: old\nname: Old\n" + TEXT)
    journey = load(ACTOR, flow.brand, data, T0).journey
    archive(ACTOR, journey, T0)
    with pytest.raises(JourneyRefused, match="archived"):
        edit(ACTOR, journey, journey.draft_number, "delete", {"keys": ["hello"]}, T0)
