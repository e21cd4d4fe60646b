"""Success of audiences that were chosen by a tag: as a plain count tells it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from campaigns.models import Candidate, Message
from campaigns.tag_success import responded
from customers.models import Segment, Tag
from customers.tags import TagSet, apply
from customers.tags.evaluation import Audience
from customers.usage import uses_of_segments, uses_of_tags
from journeys.models import Enrollment
from journeys.tag_success import reached
from tests.journeys.flow import T0, Flow, at

pytestmark = pytest.mark.django_db

USING = """
goal: {event: paid, within: 7d, stay: true}
nodes:
  in: {kind: trigger.event, event: came, reentry: always, next: split}
  split:
    kind: branch.rules
    rules: [{outcome: "yes", when: {segment: best}}]
    otherwise: "no"
    next: {"yes": hello, "no": hello}
  hello: {kind: send.message, content: note, next: give}
  give: {kind: act.tag, tag: greeted, next: done}
  done: {kind: exit.leave, reason: done}
"""
PLAIN = """
journey: plain
name: Plain
goal: {event: paid, within: 7d, stay: true}
nodes:
  in: {kind: trigger.event, event: went, reentry: always, next: hello}
  hello: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave, reason: done}
"""


def test_success_is_counted_for_who_carried_it_against_all_others() -> None:
    flow, chance = Flow.make(), random.Random(3)
    tier = Tag.objects.create(code="tier", name="Tier")
    Tag.objects.create(code="greeted", name="Greeted")
    Segment.objects.create(code="best", name="Best", kind="rule", rule={"tag": "tier"})
    using, plain = flow.journey(USING), flow.journey(PLAIN)
    names = [f"p{n}" for n in range(24)]
    ids = flow.people(*names)
    apply([TagSet(pk, tier.pk, "gold") for pk in ids[:12]], source_id=None, now=T0)
    # Some lose it before they enter, and then they are others.
    apply([TagSet(pk, tier.pk, "gold", False) for pk in ids[:4]], source_id=None, now=at(0.5))
    flow.happen(*[(name, chance.choice(["came", "went"]), 1.0) for name in names])
    flow.run(2)
    flow.happen(*[(name, "paid", 3.0) for name in chance.sample(names, 10)])
    flow.run(4)
    uses = {(use.kind, use.name): use for use in uses_of_tags(["tier"])["tier"]}
    assert uses["journey", using.name].key == using.pk
    assert ("journey", plain.name) not in uses
    [gives] = uses_of_tags(["greeted"])["greeted"]
    assert not gives.reads
    assert not gives.is_active
    [by_rule] = uses_of_segments(["best"])["best"]
    assert (by_rule.kind, by_rule.key, by_rule.is_active) == ("journey", using.pk, True)

    carried = set(ids[4:12])
    audiences = [Audience(tier.pk, None, (using.pk,))]
    walks = list(Enrollment.objects.all())
    chosen = [w for w in walks if w.journey_id == using.pk and w.customer_id in carried]
    others = [w for w in walks if w not in chosen]
    assert chosen
    assert others
    told = reached(audiences, T0 - timedelta(days=1), at(5))[tier.pk]
    assert told == (
        sum(w.goal_at is not None for w in chosen), len(chosen),
        sum(w.goal_at is not None for w in others), len(others),
    )  # fmt: skip
    assert reached(audiences, at(5), at(6)) == {}

    for walk in walks:
        candidate = Candidate.objects.get(enrollment_id=walk.pk)
        hit = chance.random() < 0.5
        Message.objects.create(
            candidate=candidate, brand=flow.brand, customer_id=walk.customer_id,
            journey_id=walk.journey_id, node="hello", channel="sms", purpose="service",
            state="delivered", accepted_at=at(2), handed_over_at=at(2),
            opened_at=at(3) if hit else None,
        )  # fmt: skip
    messages = list(Message.objects.all())
    mine = [m for m in messages if m.journey_id == using.pk and m.customer_id in carried]
    rest = [m for m in messages if m not in mine]
    found = responded(audiences, T0, at(5))[tier.pk]
    assert found == (
        sum(m.opened_at is not None for m in mine), len(mine),
        sum(m.opened_at is not None for m in rest), len(rest),
    )  # fmt: skip
