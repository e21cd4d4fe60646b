"""What the graphs of published versions call their outcomes and ends."""

from __future__ import annotations

from collections.abc import Iterable

from journeys.models import JourneyVersion
from journeys.nodes.labels import Labels


def labels_of(versions: Iterable[int | None]) -> dict[int, Labels]:
    """Labels by version id; one query, and without the rest of the graphs."""
    wanted = {pk for pk in versions if pk is not None}
    if not wanted:
        return {}
    rows = JourneyVersion.objects.filter(pk__in=wanted).values_list("pk", "graph__labels")
    return {pk: labels or {} for pk, labels in rows}
