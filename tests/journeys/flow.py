"""A small world for journeys: a brand with a content, events that come in, a clock that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.models import Candidate, Content, ContentText, ContentVersion
from config.wake import no_wakes
from customers.access import Actor
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Customer
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.engine.advance import Advanced, advance
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey, Step

T0 = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ACTOR = Actor.of_command("tests")


def at(hours: float) -> datetime:
    """The moment *hours* after the beginning."""
    return T0 + timedelta(hours=hours)


@dataclass
class Flow:
    """One brand and what happens in it. Customers are named by a word."""

    brand: Brand
    ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def make(cls) -> Flow:
        """A brand with one content, `note`."""
        brand = Brand.objects.create(code="flow", name="Flow", timezone="Asia/Shanghai")
        flow = cls(brand)
        flow.content("note")
        return flow

    def content(self, code: str, channel: str = "sms", purpose: str = "service") -> Content:
        """A published content."""
        content = Content.objects.create(
            brand=self.brand, code=code, name=code, channel=channel, purpose=purpose
        )
        version = ContentVersion.objects.create(content=content, number=1, created_at=T0)
        ContentText.objects.create(version=version, language="en", body="Hello")
        content.current = version
        content.save()
        return content

    def journey(self, text: str, parameters: Mapping[str, Any] | None = None) -> Journey:
        """A published journey from YAML without heading: `name` and code are added."""
        heading = "" if "journey:" in text else "journey: flow\nname: Flow\n"
        data = load_yaml(heading + text, parameters)
        journey = load(ACTOR, self.brand, data, T0).journey
        publish(ACTOR, journey, T0)
        return journey

    def people(self, *names: str, **attributes: Any) -> list[int]:
        """Customers known by `user_id`, made when new."""
        items = [
            Item(name, identities=[("user_id", name)], attributes=attributes) for name in names
        ]
        with no_wakes():
            done = ingest(Batch("tests", items, brand_id=self.brand.pk), now=T0)
        assert not done.refused, done.refused
        for name, id in zip(names, done.customer_ids, strict=True):
            assert id is not None
            self.ids[name] = id
        return [self.ids[name] for name in names]

    def happen(
        self, *events: tuple[str, str, float] | tuple[str, str, float, Mapping[str, Any]],
        now: datetime | None = None,
    ) -> None:  # fmt: skip
        """Take in (who, event, hour, properties?) as one batch; *now*: the last event's time."""
        moments = [at(event[2]) for event in events]
        items = [
            Item(
                str(place),
                identities=[("user_id", event[0])],
                events=[EventFact(event[1], moment, event[3] if len(event) > 3 else {})],
            )
            for place, (event, moment) in enumerate(zip(events, moments, strict=True))
        ]
        with no_wakes():
            done = ingest(Batch("tests", items, brand_id=self.brand.pk), now=now or max(moments))
        assert not done.refused, done.refused
        for event, id in zip(events, done.customer_ids, strict=True):
            assert id is not None
            self.ids[event[0]] = id

    def run(self, hours: float, **kwargs: Any) -> Advanced:
        """The engine at that hour, until nobody is due."""
        done = Advanced()
        with no_wakes():
            for _round in range(1000):
                batch = advance(at(hours), **kwargs)
                done += batch
                if not batch.more:
                    return done
        raise AssertionError("The engine never comes to an end.")

    def path(self, name: str) -> list[tuple[str, str, float, float]]:
        """(node, outcome, hour of arrival, hour of leaving) of each visit of her walks."""
        steps = Step.objects.filter(customer_id=self.ids[name]).order_by("enrollment_id", "visit")
        return [(s.node, s.outcome, hours(s.arrived_at), hours(s.left_at)) for s in steps]

    def places(self, *names: str) -> list[tuple[str, str]]:
        """(node, state or reason) of each walk, in the order of entry."""
        ids: Sequence[int] = [self.ids[name] for name in names]
        walks = Enrollment.objects.filter(customer_id__in=ids).order_by("id")
        return [(w.node, w.exit_reason or w.state) for w in walks]

    def wishes(self) -> list[tuple[int, str, float]]:
        """(customer, node, hour) of every candidate."""
        rows = Candidate.objects.order_by("customer_id", "wanted_at", "id")
        return [(row.customer_id, row.node, hours(row.wanted_at)) for row in rows]


def hours(moment: datetime) -> float:
    """A moment as hours after the beginning."""
    return (moment - T0).total_seconds() / 3600


def everybody() -> int:
    """How many customers there are."""
    return Customer.objects.count()
