"""Words of an insight: names of properties, of their values and ranges, and of effects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from customers.formats import number
from customers.models import Attribute, Channel, EventType, Tag
from customers.segments.insight.facets import ANY_CHANNEL, HELD, Facet
from customers.tags.labels import value_label

KINDS: Final = {
    "attribute": gettext_lazy("Attribute"),
    "tag": gettext_lazy("Tag"),
    "event": gettext_lazy("Event"),
    "channel": gettext_lazy("Channel"),
}
ICONS: Final = {"attribute": "person", "tag": "tag", "event": "bolt", "channel": "send"}
STRENGTHS: Final = {
    "large": pgettext_lazy("an effect", "large"),
    "medium": pgettext_lazy("an effect", "medium"),
    "small": pgettext_lazy("an effect", "small"),
    "tiny": pgettext_lazy("an effect", "tiny"),
}
# How long ago a date lies, the oldest first, as customers.segments.insight.facets.DATE_CUTS cuts.
AGES: Final = (
    gettext_lazy("more than 10 years ago"),
    gettext_lazy("5 to 10 years ago"),
    gettext_lazy("2 to 5 years ago"),
    gettext_lazy("1 to 2 years ago"),
    gettext_lazy("half a year to a year ago"),
    gettext_lazy("90 to 180 days ago"),
    gettext_lazy("30 to 90 days ago"),
    gettext_lazy("7 to 30 days ago"),
    gettext_lazy("in the last 7 days"),
    gettext_lazy("today or later"),
)


class Names:
    """Names of properties and of their values; one query for each kind that is there."""

    def __init__(self, facets: Sequence[Facet]) -> None:
        codes: dict[str, list[str]] = {}
        for facet in facets:
            codes.setdefault(facet.kind, []).append(facet.code)
        self.known: dict[tuple[str, str], Any] = {}
        for kind, model in (("attribute", Attribute), ("tag", Tag), ("event", EventType)):
            if kind in codes:
                rows: Iterable[Any] = model._default_manager.filter(code__in=codes[kind])
                self.known |= {(kind, row.code): row for row in rows}

    def of(self, facet: Facet) -> str | None:
        if facet.kind == "channel":
            if facet.code == ANY_CHANNEL:
                return _("any channel")
            return str(Channel(facet.code).label)
        found = self.known.get((facet.kind, facet.code))
        return None if found is None else str(found.title)

    def what(self, facet: Facet, what: Any) -> str:
        if facet.kind == "channel":
            return _("can be reached")
        if facet.kind == "event":
            return ngettext("in the last %(n)s day", "in the last %(n)s days", what) % {"n": what}
        if what is None:
            return _("not known")
        if what is HELD:
            return _("has it")
        if facet.edges:
            return range_words(facet, what)
        if type(what) is int:
            return str(AGES[min(what, len(AGES) - 1)])
        found = self.known[facet.kind, facet.code]
        if facet.kind == "tag":
            return value_label(found, str(what)) or _("without a value")
        if found.data_type == "boolean":
            return _("yes") if what == "true" else _("no")
        return str(what) or _("empty")


def range_words(facet: Facet, place: int) -> str:
    """A range of figures: "below 20", "20 to below 35", "35 and more"; of whole figures "20 to 34";
    or a single figure."""
    edges = facet.edges
    places = 0 if all(float(edge).is_integer() for edge in edges) else 2
    low = number(edges[place - 1], places) if place else ""
    high = number(edges[place], places) if place < len(edges) else ""
    if facet.is_single and low:
        return low
    if not low:
        return _("below %(high)s") % {"high": high}
    if not high:
        return _("%(low)s and more") % {"low": low}
    if not facet.is_whole:
        return _("%(low)s to below %(high)s") % {"low": low, "high": high}
    last = number(edges[place] - 1)
    return low if low == last else _("%(low)s to %(last)s") % {"low": low, "last": last}
