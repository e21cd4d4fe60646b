"""Uses of tags on this floor: segments whose rule names one, and other tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from customers.links import address
from customers.models import Segment, SegmentKind, Tag
from customers.usage import Use, register_tag_uses


@register_tag_uses
def on_this_floor(codes: Sequence[str]) -> dict[str, list[Use]]:
    """Segments and tags whose stored rule reads one of these tags, by itself or through a
    segment; two queries."""
    found: dict[str, list[Use]] = defaultdict(list)
    wanted = set(codes)
    rows = list(Segment.objects.filter(kind=SegmentKind.RULE).order_by("name"))
    reading = _through({segment.code: segment.rule for segment in rows})
    for segment in rows:
        by_itself = tags_in(segment.rule)
        for code in sorted(reading[segment.code] & wanted):
            url = address("customers:segment", segment.pk)
            note = "" if code in by_itself else _("through another segment")
            use = Use("segment", segment.title, url, note, segment.brand_id, segment.pk)
            found[code].append(use)
    for tag in Tag.objects.exclude(definition={}).order_by("name"):
        named = tags_in(tag.definition)
        for segment_code in segments_in(tag.definition):
            named |= reading.get(segment_code, set())
        for code in sorted((named - {tag.code}) & wanted):
            url = address("customers:tag", tag.pk)
            found[code].append(Use("tag", tag.title, url, "", tag.brand_id, tag.pk))
    return dict(found)


def tags_by_segment() -> dict[str, set[str]]:
    """By code of a segment the tags that its rule reads, also through other segments; one query."""
    rows = Segment.objects.filter(kind=SegmentKind.RULE).values_list("code", "rule")
    return _through(dict(rows))


def tags_in(data: Any) -> set[str]:
    """The codes of the tags that a stored rule or definition names, however deep."""
    return set(_named(data, "tag"))


def segments_in(data: Any) -> set[str]:
    """The codes of the segments that a stored rule or definition names."""
    return set(_named(data, "segment"))


def events_in(data: Any) -> set[str]:
    """The codes of the events that a stored rule or definition names."""
    return set(_named(data, "event"))


def attributes_in(data: Any) -> set[str]:
    """The codes of the attributes that a stored rule or definition names."""
    return set(_named(data, "attribute"))


# helpers


def _through(rules: Mapping[str, Any]) -> dict[str, set[str]]:
    """By code of a segment all tags that can be reached from its rule."""
    tags = {code: tags_in(rule) for code, rule in rules.items()}
    inner = {code: segments_in(rule) for code, rule in rules.items()}
    found = {}
    for code in rules:
        seen, waiting = {code}, [code]
        while waiting:
            more = inner.get(waiting.pop(), set()) - seen
            seen |= more
            waiting += more
        found[code] = set().union(*(tags.get(each, set()) for each in seen))
    return found


def _named(data: Any, key: str) -> Iterator[str]:
    waiting: list[Any] = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if isinstance(each.get(key), str):
                yield each[key]
            waiting += each.values()
        elif isinstance(each, Collection) and not isinstance(each, str | bytes):
            waiting += each
