"""Uses of segments on this floor: other segments whose rule names one, and tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from customers.links import address
from customers.models import Segment, SegmentKind, Tag
from customers.tags.uses import segments_in
from customers.usage import Use, register_segment_uses


@register_segment_uses
def on_this_floor(codes: Sequence[str]) -> dict[str, list[Use]]:
    """Segments and tags whose stored rule or definition names one of these segments; two
    queries."""
    found: dict[str, list[Use]] = defaultdict(list)
    wanted = set(codes)
    for segment in Segment.objects.filter(kind=SegmentKind.RULE).order_by("name"):
        url = address("customers:segment", segment.pk)
        use = Use("segment", segment.title, url, "", segment.brand_id, segment.pk)
        for code in sorted((segments_in(segment.rule) - {segment.code}) & wanted):
            found[code].append(use)
    for tag in Tag.objects.exclude(definition={}).order_by("name"):
        url = address("customers:tag", tag.pk)
        use = Use("tag", tag.title, url, "", tag.brand_id, tag.pk)
        for code in sorted(segments_in(tag.definition) & wanted):
            found[code].append(use)
    return dict(found)
