"""What the messages of a draft use and many customers lack: said before publishing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import ContentText
from journeys.models import Journey
from journeys.queries.publishing import gaps_of_draft
from tests.journeys.flow import Flow
from tests.journeys.people import client_of

TEXT = """
nodes:
  in: {kind: trigger.event, event: come, next: hello}
  hello: {kind: send.message, content: note, next: x}
  x: {kind: exit.leave, reason: over}
"""


@pytest.fixture
def journey(db: None) -> Journey:
    """Of ten customers three have a city, and nine a level."""
    flow = Flow.make()
    flow.people(*[f"both{n}" for n in range(3)], city="Hangzhou", level="gold")
    flow.people(*[f"level{n}" for n in range(6)], level="gold")
    flow.people("none")
    flow.content("unused")
    journey = flow.journey(TEXT)
    body = "{{ customer.city }} {{ customer.level }} {{ event.shop }}"
    ContentText.objects.filter(version__content__code="note").update(body=body)
    ContentText.objects.filter(version__content__code="unused").update(body="{{ customer.pet }}")
    return journey


def test_what_many_lack_is_said_and_of_messages_of_this_draft_only(journey: Journey) -> None:
    assert [(gap.name, gap.n, gap.missing) for gap in gaps_of_draft(journey)] == [
        ("customer.city", 10, 7),
        ("customer.level", 10, 1),
    ]
    ContentText.objects.filter(version__content__code="note").update(body="Hello")
    assert gaps_of_draft(journey) == []


def test_the_dialog_says_so_and_asks_no_more_for_more_messages(journey: Journey) -> None:
    vera = client_of("vera", "manager", journey.brand)
    draft = {**journey.draft, "description": "Another word"}
    Journey.objects.filter(pk=journey.pk).update(draft=draft)
    page = vera.get(f"/journeys/{journey.pk}/publish/").content.decode()
    assert "<b>customer.city</b>: empty for 70" in page
    gaps_of_draft(journey)  # the brand is fetched once
    with CaptureQueriesContext(connection) as few:
        gaps_of_draft(journey)
    nodes = draft["nodes"]
    more = {f"hello{n}": {**nodes["hello"], "next": {"next": "x"}} for n in range(9)}
    journey.draft = {**draft, "nodes": nodes | more}
    with CaptureQueriesContext(connection) as many:
        gaps_of_draft(journey)
    assert len(many) == len(few) <= 3
