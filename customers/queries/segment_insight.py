"""What an insight says on a page: findings with names, charts of one property, who is reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from customers.models import Segment, SegmentInsight
from customers.queries.segment_words import ICONS, KINDS, STRENGTHS, Names
from customers.scope import Scope
from customers.segments.insight import Asked, Finding, Sizes, rank
from customers.segments.insight.facets import HELD, Facet
from customers.segments.insight.ranking import Item
from customers.tags.uses import attributes_in, events_in, tags_in

TOP: Final = 10
# Below so many people hardly anything can be told from chance.
FEW: Final = 30


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with its words. `key` opens the chart of its property; `is_in_rule` when the rule
    of a segment asks for it, so that it says nothing new."""

    finding: Finding
    kind: str
    name: str
    what: str
    key: str
    is_in_rule: bool

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def strength(self) -> str:
        return str(STRENGTHS[self.finding.strength])

    @property
    def times(self) -> float | None:
        """How many times as frequent as in the base."""
        return None if self.finding.index is None else self.finding.index / 100


@dataclass(frozen=True, slots=True)
class Insight:
    """An insight as a page reads it."""

    row: SegmentInsight
    sizes: Sizes
    told: list[Told]
    facets: list[tuple[str, str, str]]  # key, name, kind
    in_rule: list[str] = field(default_factory=list)

    @property
    def clear(self) -> int:
        """How many findings are more than chance."""
        return sum(not each.finding.is_noise for each in self.told)

    @property
    def noise(self) -> int:
        return len(self.told) - self.clear

    @property
    def is_small(self) -> bool:
        return self.sizes.group < FEW or self.sizes.base - self.sizes.people[1] < FEW

    @property
    def is_same(self) -> bool:
        """Whether group and base are the same people, or one is nobody."""
        return self.sizes.pair is None

    @property
    def looked(self) -> int:
        return sum(self.sizes.looked)

    def top(self, more: bool) -> list[Told]:
        """What is clearly more (or less) frequent and not asked for by the rule."""
        return [
            each
            for each in self.told
            if not each.finding.is_noise
            and not each.is_in_rule
            and each.kind != "channel"
            and each.finding.strength != "tiny"
            and (each.finding.h > 0) == more
        ][:TOP]

    @property
    def more(self) -> list[Told]:
        return self.top(True)

    @property
    def less(self) -> list[Told]:
        return self.top(False)

    def chart(self, key: str) -> list[Told]:
        """The values of one property: ranges in order, others the most frequent first."""
        rows = [
            each for each in self.told if each.key == key and each.finding.item.what is not HELD
        ]
        rows = rows or [each for each in self.told if each.key == key]
        ordered = any(type(each.finding.item.what) is int for each in rows)

        def place(each: Told) -> tuple[bool, float]:
            what = each.finding.item.what
            return what is None, what if ordered and what is not None else -each.finding.base_count

        return sorted(rows, key=place)

    @property
    def channels(self) -> list[Told]:
        """Who can be reached, by channel, those that reach anybody; the most first."""
        rows = [each for each in self.told if each.kind == "channel" and each.key != "channel."]
        return sorted(rows, key=lambda each: (-each.finding.count, each.name))

    @property
    def any_channel(self) -> Told | None:
        return next((each for each in self.told if each.key == "channel."), None)


def asked_of(segment: Segment, other: Segment | None, scope: Scope) -> Asked:
    """Who is compared for this reader: among those whom the brand of the segments knows, else
    those whom her brands know."""
    brands = {each.brand_id for each in (segment, other) if each is not None}
    one = segment.brand_id
    if one is not None and brands == {one}:
        return Asked(segment.pk, other.pk if other else None, (one,))
    everywhere = scope.whole_group and scope.chosen is None
    mine = () if everywhere else tuple(sorted(scope.brand_ids))
    return Asked(segment.pk, other.pk if other else None, mine)


def read(row: SegmentInsight, segment: Segment, other: Segment | None = None) -> Insight | None:
    """What was kept, ranked and named; None while there is nothing. At most three queries."""
    if not row.result:
        return None
    kept = row.result
    sizes = Sizes(tuple(kept["sizes"]["people"]), tuple(kept["sizes"]["looked"]))
    facets = [
        Facet(each["kind"], each["code"], tuple(each["edges"]), each["single"], each["whole"])
        for each in kept["facets"]
    ]
    items = [Item(place, what, (a, b, c)) for place, what, a, b, c in kept["items"]]
    names = Names(facets)
    rules = [each.rule for each in (segment, other) if each is not None]
    asked = {
        *(("attribute", code) for code in attributes_in(rules)),
        *(("tag", code) for code in tags_in(rules)),
        *(("event", code) for code in events_in(rules)),
    }
    told = []
    for finding in rank(sizes, items):
        facet = facets[finding.item.facet]
        if (name := names.of(facet)) is None:
            continue  # its definition was removed since
        told.append(
            Told(
                finding,
                facet.kind,
                name,
                names.what(facet, finding.item.what),
                key_of(facet),
                (facet.kind, facet.code) in asked,
            )
        )
    held = {each.key: (each.key, each.name, str(KINDS[each.kind])) for each in told}
    shown = sorted(held.values(), key=lambda each: (each[2], each[1].casefold()))
    in_rule = sorted({each.name for each in told if each.is_in_rule})
    return Insight(row, sizes, told, [each for each in shown if each[0] != "channel."], in_rule)


def key_of(facet: Facet) -> str:
    """How an address names a property: "attribute.city"."""
    return f"{facet.kind}.{facet.code}"


def filtered(told: Iterable[Told], *, kind: str = "", noise: bool = True) -> list[Told]:
    """Findings of one kind (empty: of all), with or without what may be chance."""
    return [
        each
        for each in told
        if (not kind or each.kind == kind) and (noise or not each.finding.is_noise)
    ]
