"""What the rules have to know of the brand: its contents, who sends for it, its quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import ChannelAccount, Content, QuietHours
from customers.models import Brand
from journeys.graph.schema import Graph
from journeys.nodes.send import SendMessage


@dataclass(frozen=True, slots=True)
class Around:
    """`sends`: the steps that send, by key; `contents`: (channel, purpose) by code; `channels`
    that an account sends on; `quiet`: the brand's own quiet hours or the group's, if any apply."""

    brand: Brand
    sends: Mapping[str, SendMessage]
    contents: Mapping[str, tuple[str, str]]
    channels: frozenset[str]
    quiet: QuietHours | None


def around(graph: Graph, brand: Brand) -> Around:
    """Three queries; none for a graph that sends nothing."""
    sends = {key: node for key, node in graph.nodes.items() if isinstance(node, SendMessage)}
    if not sends:
        return Around(brand, {}, {}, frozenset(), None)
    codes = {
        code for node in sends.values() for code in (node.settings.content, *node.settings.instead)
    }
    rows = Content.objects.filter(brand=brand, code__in=codes)
    own = Q(brand=brand) | Q(brand=None)
    channels = ChannelAccount.objects.filter(own).values_list("channel", flat=True)
    # As the gate reads them: a brand's own replace the group's, even when they are switched off.
    hours = QuietHours.objects.filter(own).order_by("brand").first()
    return Around(
        brand,
        sends,
        {code: (channel, purpose) for code, channel, purpose in
         rows.values_list("code", "channel", "purpose")},
        frozenset(channels),
        hours if hours is not None and hours.is_active else None,
    )  # fmt: skip
