"""Sending down a chain: by reach at once, and by what became of a message."""

from __future__ import annotations

import pytest

from campaigns.models import Candidate
from customers.models import Consent, Namespace
from journeys.models import Step
from tests.journeys.flow import T0, Flow, at

GRAPH = """
nodes:
  in: {kind: trigger.event, event: come, reentry: always, next: say}
  say: {kind: send.message, content: text, instead: [mail, app]%s, next: x}
  x: {kind: exit.leave}
"""


@pytest.fixture
def chain(flow: Flow) -> Flow:
    """SMS, then e-mail, then in-app; service messages need no consent."""
    flow.content("text", channel="sms")
    flow.content("mail", channel="email")
    flow.content("app", channel="inapp")
    return flow


def wishes(flow: Flow, who: str) -> list[tuple[str, int]]:
    rows = Candidate.objects.filter(customer_id=flow.ids[who]).order_by("visit")
    return [(row.content.code, row.visit) for row in rows]


def test_the_first_that_can_reach_her(chain: Flow) -> None:
    assert Namespace.objects.filter(code="phone").exists()
    chain.journey(GRAPH % "")
    chain.people("bare")
    from customers.ingest import Batch, Item, ingest

    for who, space, value in (
        ("phone", "phone", "+8613800000001"), ("mail", "email", "ann@example.com"),
    ):  # fmt: skip
        item = Item(who, identities=[("user_id", who), (space, value)])
        done = ingest(Batch("tests", [item], brand_id=chain.brand.pk), now=T0)
        chain.ids[who] = done.customer_ids[0] or 0
    chain.happen(*((who, "come", 0) for who in ("phone", "mail", "bare")))
    chain.run(0)
    assert wishes(chain, "phone") == [("text", 2)]
    assert wishes(chain, "mail") == [("mail", 2)]
    assert wishes(chain, "bare") == [("app", 2)]


def test_the_next_one_when_it_was_stopped(chain: Flow) -> None:
    from customers.ingest import Batch, Item, ingest

    chain.journey(GRAPH % ", patience: 2h")
    item = Item(
        "1", identities=[("user_id", "ann"), ("phone", "+8613800000001"), ("email", "a@b.example")]
    )
    ingest(Batch("tests", [item], brand_id=chain.brand.pk), now=T0)
    chain.happen(("ann", "come", 0), ("ann", "come", 10))
    chain.run(0)
    assert wishes(chain, "ann") == [("text", 2)]
    Candidate.objects.update(state="stopped")
    chain.run(2)
    assert wishes(chain, "ann") == [("text", 2), ("mail", 3)]
    chain.run(4)  # the mail still waits for the gate, which is no failure
    steps = Step.objects.filter(node="say", arrived_at__lt=at(9)).order_by("visit")
    assert [(s.outcome, s.left_at) for s in steps] == [("instead", at(2)), ("next", at(4))]
    chain.run(20)
    last = Candidate.objects.filter(enrollment_id__gt=steps[0].enrollment_id)
    assert [row.content.code for row in last] == ["text"]  # a new walk begins anew
    assert not Consent.objects.exists()
