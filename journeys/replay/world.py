"""The world of a replay: a brand, the contents that the journey sends, an account that records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import (
    ChannelAccount,
    Content,
    ContentText,
    ContentVersion,
    FrequencyCap,
)
from customers.access import Actor
from customers.models import Brand, Channel, Purpose, Tag
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.graph.schema import Graph
from journeys.models import Journey, Replay

# In-app needs no address and a service message no consent: recorded people have neither.
CHANNEL = Channel.INAPP


@dataclass(frozen=True)
class Cap:
    """At most *limit* messages within *window*, rolling."""

    limit: int
    window: timedelta


def make_world(
    name: str, data: Mapping[str, Any], graph: Graph, caps: Sequence[Cap], now: datetime
) -> Replay:
    """Make all that the journey needs and publish it; call inside a transaction."""
    actor = Actor.of_command("replay")
    brand = Brand.objects.create(code="replay", name="Replay", created_at=now)
    ChannelAccount.objects.create(
        brand=brand,
        channel=CHANNEL,
        name="Recording",
        provider="recording",
        is_default=True,
        rate_per_second=1_000_000,
    )
    references = [reference for node in graph.nodes.values() for reference in node.refers()]
    for code in {r.code for r in references if r.noun == "content"}:
        _content(brand, code, now)
    for code in {r.code for r in references if r.noun == "tag"}:
        Tag.objects.create(code=code, name=code)
    for cap in caps:
        FrequencyCap.objects.create(
            name=f"{cap.limit}/{cap.window}",
            limit=cap.limit,
            window_seconds=int(cap.window.total_seconds()),
        )
    journey = load(actor, brand, {"journey": "replay", **data}, now).journey
    publish(actor, journey, now)
    return Replay.objects.create(name=name, clock=now)


def the_journey() -> Journey:
    """The journey of this replay."""
    return Journey.objects.select_related("current").get()


# helpers


def _content(brand: Brand, code: str, now: datetime) -> None:
    content = Content.objects.create(
        brand=brand, code=code, name=code, channel=CHANNEL, purpose=Purpose.SERVICE
    )
    version = ContentVersion.objects.create(content=content, number=1, created_at=now)
    ContentText.objects.create(version=version, language="en", body=f"({code})")
    content.current = version
    content.save()
