"""What this floor tells those below: which journeys use a content, a tag or a segment, or a
campaign has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from campaigns.models import Content
from campaigns.usage import (
    JourneyChoice,
    JourneyOf,
    Use,
    register_campaign_journeys,
    register_content_uses,
    register_journey_choices,
    register_journey_names,
)
from customers.links import address
from customers.tags.uses import segments_in, tags_by_segment, tags_in
from customers.usage import Use as TagUse
from customers.usage import register_segment_uses, register_tag_uses
from journeys.canvas.page import STATE_BADGES
from journeys.models import Journey, JourneyState, Send
from journeys.queries.counts import totals_of

# States in which a journey does something; others are shown as uses and do not count.
RUNS = (JourneyState.RUNNING, JourneyState.PAUSED, JourneyState.DRAINING)


@register_journey_names
def names(journey_ids: Sequence[int]) -> dict[int, Use]:
    """The name and page of each journey; one query."""
    rows = Journey.objects.filter(pk__in=journey_ids).only("pk", "name", "state")
    return {row.pk: Use(row.name, address("journeys:detail", row.pk)) for row in rows}


@register_journey_choices
def choices(brand_ids: Sequence[int]) -> list[JourneyChoice]:
    """The journeys of these brands that are not archived; one query."""
    rows = Journey.objects.filter(brand__in=brand_ids).exclude(state=JourneyState.ARCHIVED)
    return [JourneyChoice(*row) for row in rows.values_list("pk", "name", "brand_id")]


@register_content_uses
def contents(content_ids: Sequence[int]) -> dict[int, list[Use]]:
    """The journeys whose draft or running version names a content; two queries."""
    wanted = {
        (brand, code): pk
        for pk, brand, code in Content.objects.filter(pk__in=content_ids).values_list(
            "pk", "brand_id", "code"
        )
    }
    found: dict[int, list[Use]] = defaultdict(list)
    rows = Journey.objects.filter(brand__in={brand for brand, _code in wanted})
    rows = rows.exclude(state=JourneyState.ARCHIVED).select_related("current")
    for journey in rows:
        graphs = [journey.draft, journey.current.graph if journey.current else {}]
        codes = set().union(*(codes_in(graph) for graph in graphs))
        for code in sorted(codes):
            if pk := wanted.get((journey.brand_id, code)):
                url = address("journeys:detail", journey.pk)
                found[pk].append(Use(journey.name, url, str(journey.get_state_display())))
    return dict(found)


@register_tag_uses
def tags(codes: Sequence[str]) -> dict[str, list[TagUse]]:
    """The journeys whose draft or running version reads a tag, also through a segment, and the
    campaigns of those; two queries. A journey that only gives a tag is told and does not count."""
    wanted = set(codes)
    found: dict[str, list[TagUse]] = defaultdict(list)
    by_segment = tags_by_segment()
    campaigns: dict[tuple[str, int], TagUse] = {}
    rows = Journey.objects.exclude(state=JourneyState.ARCHIVED)
    for journey in rows.select_related("current", "campaign").order_by("name"):
        reads, gives = _tags_of(journey, by_segment)
        url = address("journeys:detail", journey.pk)
        state = str(journey.get_state_display())
        for code in sorted((reads | gives) & wanted):
            runs = code in reads and journey.state in RUNS
            note = state if code in reads else _("gives it")
            use = TagUse("journey", journey.name, url, note, journey.brand_id, journey.pk, runs)
            found[code].append(use._replace(reads=code in reads))
            if runs and (campaign := journey.campaign) is not None:
                campaigns[code, campaign.pk] = TagUse(
                    "campaign",
                    campaign.name,
                    address("campaigns:detail", campaign.pk),
                    _("through its journeys"),
                    campaign.brand_id,
                    campaign.pk,
                )
    for (code, _pk), use in campaigns.items():
        found[code].append(use)
    return dict(found)


@register_segment_uses
def segments(codes: Sequence[str]) -> dict[str, list[TagUse]]:
    """The journeys whose draft or running version names a segment, as its audience or in a rule;
    one query."""
    wanted = set(codes)
    found: dict[str, list[TagUse]] = defaultdict(list)
    rows = Journey.objects.exclude(state=JourneyState.ARCHIVED).select_related("current")
    for journey in rows.order_by("name"):
        named = segments_in([journey.draft, journey.current.graph if journey.current else {}])
        url = address("journeys:detail", journey.pk)
        state = str(journey.get_state_display())
        runs = journey.state in RUNS
        use = TagUse("journey", journey.name, url, state, journey.brand_id, journey.pk, runs)
        for code in sorted(named & wanted):
            found[code].append(use)
    return dict(found)


@register_campaign_journeys
def campaigns(campaign_ids: Sequence[int]) -> dict[int, list[JourneyOf]]:
    """The journeys of campaigns with their counts; three queries."""
    rows = Journey.objects.filter(campaign__in=campaign_ids).defer("draft")
    rows = rows.annotate(is_send=Exists(Send.objects.filter(journey=OuterRef("pk"))))
    journeys = list(rows.order_by("name"))
    sums = totals_of([row.pk for row in journeys])
    found: dict[int, list[JourneyOf]] = defaultdict(list)
    for row in journeys:
        mine = sums[row.pk]
        found[row.campaign_id or 0].append(
            JourneyOf(
                row.pk,
                row.name,
                address("journeys:detail", row.pk),
                str(row.get_state_display()),
                STATE_BADGES[JourneyState(row.state)][0],
                mine.entered,
                mine.inside,
                mine.goals,
                is_alive=row.state in RUNS,
                is_send=row.is_send,
            )
        )
    return dict(found)


# helpers


def _tags_of(journey: Journey, by_segment: dict[str, set[str]]) -> tuple[set[str], set[str]]:
    """(codes of tags that a journey reads, codes of those that it only gives or takes)."""
    reads: set[str] = set()
    named: set[str] = set()
    for graph in (journey.draft, journey.current.graph if journey.current else {}):
        nodes = (graph.get("nodes") or {}).values()
        parts = [node for node in nodes if node.get("kind") != "act.tag"]
        reads |= tags_in(parts)
        for segment in segments_in(parts):
            reads |= by_segment.get(segment, set())
        named |= tags_in(graph)
    return reads, named - reads


def codes_in(graph: dict[str, Any]) -> set[str]:
    """The codes of contents that a graph sends."""
    nodes = graph.get("nodes") or {}
    return {
        str(node["settings"]["content"])
        for node in nodes.values()
        if isinstance(node, dict)
        and str(node.get("kind", "")).startswith("send.")
        and isinstance(node.get("settings"), dict)
        and "content" in node["settings"]
    }
