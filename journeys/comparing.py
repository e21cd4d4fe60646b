"""What this floor shows when two customers are compared: where each walks, and whose walk ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from customers.formats import day
from customers.profile.comparing import Block, Both, Line
from journeys.merging import doubled
from journeys.models import Enrollment, EnrollmentState

MOST = 20  # journeys


def walks(both: Both) -> Block:
    """Journeys in which one of them is, and what a merge would do to their walks; two queries."""
    rows = (
        Enrollment.objects.filter(customer__in=both.ids, journey__brand__in=both.scope.brand_ids)
        .exclude(state=EnrollmentState.FINISHED)
        .select_related("journey")
        .defer("context", "journey__draft")
        .order_by("journey__name", "entered_at")
    )
    with connection.cursor() as cursor:
        ending = doubled(cursor, both.kept.pk, both.other.pk)
    by_journey: dict[int, dict[int, list[Enrollment]]] = defaultdict(lambda: defaultdict(list))
    for row in rows[: MOST * 4]:
        by_journey[row.journey_id][row.customer_id].append(row)
    lines: list[Line] = []
    for of in list(by_journey.values())[:MOST]:
        all_of_both = [*of[both.kept.pk], *of[both.other.pk]]
        goes_on = [walk for walk in all_of_both if walk.pk not in ending]
        ends = len(goes_on) < len(all_of_both)
        lines.append(
            Line(
                all_of_both[0].journey.name,
                _entered(of[both.kept.pk]), _entered(of[both.other.pk]), _entered(goes_on),
                _("Nobody walks the same way twice: the earlier walk goes on, the other ends.")
                if ends else _("Goes on."),
                "differs" if ends else "",
            )
        )  # fmt: skip
    return Block(_("Journeys"), lines)


# helpers


def _entered(walks: Sequence[Enrollment]) -> list[str]:
    return [_("inside since %(day)s") % {"day": day(walk.entered_at)} for walk in walks]
