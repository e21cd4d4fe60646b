"""Segments: the list, one of them, and who is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from django.db.models import F, OrderBy, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Segment, SegmentKind, SegmentSize
from customers.rules import Vocabulary, read_rule, say
from customers.scope import Scope

HISTORY: Final = 30
SHARED: Final = "shared"
ARCHIVED: Final = "archived"
STATES: Final = {
    "kept": gettext_lazy("Kept up to date"),
    "hand": gettext_lazy("Built by hand"),
    "waiting": gettext_lazy("Not built yet"),
    "failed": gettext_lazy("Build failed"),
    ARCHIVED: gettext_lazy("Archived"),
}
_STATES: Final = {
    "kept": Q(kind=SegmentKind.RULE) & (Q(is_live=True) | Q(refresh_seconds__isnull=False)),
    "hand": Q(kind=SegmentKind.RULE, is_live=False, refresh_seconds__isnull=True),
    "waiting": Q(kind=SegmentKind.RULE, built_at__isnull=True),
    "failed": ~Q(problem=""),
    ARCHIVED: Q(archived_at__isnull=False),
}
SORTS: Final[dict[str, tuple[str | OrderBy, ...]]] = {
    "": (),
    "size": ("-size",),
    "built": (F("built_at").desc(nulls_last=True),),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A segment with its sentence and the sizes after its last builds, oldest first."""

    segment: Segment
    sentence: SafeString | str
    sizes: list[int] = field(default_factory=list)


class Filters(NamedTuple):
    """What the list was asked for, as it stands in the address; empty: all of them, by name."""

    q: str = ""
    kind: str = ""
    brand: str = ""
    state: str = ""
    sort: str = ""

    @property
    def are_set(self) -> bool:
        """Whether something is left out."""
        return any(self[:4])


def visible(scope: Scope) -> QuerySet[Segment]:
    """Segments of the brands in scope and those that all brands share."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return Segment.objects.filter(mine).select_related("brand", "owner")


def show(segments: Sequence[Segment]) -> list[Shown]:
    """Sentences and sizes; the number of queries does not grow with the segments."""
    words = Vocabulary(whole=True)
    sizes = _sizes([segment.pk for segment in segments])
    return [Shown(segment, sentence(segment, words), sizes[segment.pk]) for segment in segments]


def sentence(segment: Segment, vocabulary: Vocabulary | None = None) -> SafeString | str:
    """Who is in the segment, in one sentence."""
    if segment.kind == SegmentKind.LIST:
        return _("A list of customers that was put together by hand or by an upload.")
    rule, problems = read_rule(segment.rule, vocabulary=vocabulary)
    if rule is None:
        return _("The rule can't be read: %(problem)s") % {"problem": problems[0].text}
    return say(rule)


def listing(scope: Scope, filters: Filters) -> QuerySet[Segment]:
    """The segments that the filters leave, in the order asked for."""
    found = visible(scope)
    if filters.q:
        by_name = Q(name__icontains=filters.q) | Q(names__icontains=filters.q)
        found = found.filter(by_name | Q(code__icontains=filters.q))
    if filters.kind in SegmentKind.values:
        found = found.filter(kind=filters.kind)
    if filters.brand == SHARED:
        found = found.filter(brand__isnull=True)
    elif filters.brand.isascii() and filters.brand.isdigit():
        found = found.filter(brand__in=[int(filters.brand[:12])])
    if filters.state in STATES:
        found = found.filter(_STATES[filters.state])
    if filters.state != ARCHIVED:
        found = found.exclude(_STATES[ARCHIVED])
    return found.order_by(*SORTS.get(filters.sort, SORTS[""]), "name", "pk")


# helpers


def _sizes(ids: list[int]) -> dict[int, list[int]]:
    rank = Window(RowNumber(), partition_by=F("segment_id"), order_by=F("at").desc())
    rows = (
        SegmentSize.objects.filter(segment__in=ids)
        .annotate(rank=rank)
        .filter(rank__lte=HISTORY)
        .order_by("at")
        .values_list("segment_id", "size")
    )
    sizes: dict[int, list[int]] = defaultdict(list)
    for segment_id, size in rows:
        sizes[segment_id].append(size)
    return sizes
