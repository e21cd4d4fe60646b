"""What of the customers floor needs somebody: segments that could not be built, imports cut short,
pairs to decide, tags that fail, go stale or serve nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import number
from customers.links import address
from customers.models import Import, ImportState, Segment, TagMeasure
from customers.needs import Need, register
from customers.queries.reviews import count_reviews
from customers.scope import Scope

MOST = 5
# Of an import that failed somebody brings the file again, which nobody writes down.
FAILED_SHOWN: Final = timedelta(days=7)
# A worker that went away is replaced after three minutes; an import that still stands needs a look.
STANDS_STILL: Final = timedelta(minutes=10)


@register
def broken_segments(scope: Scope, now: datetime) -> list[Need]:
    """Segments whose last build failed, at most five."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return [
        Need(
            "bad",
            _("The segment “%(name)s” could not be built") % {"name": segment},
            segment.problem,
            address("customers:segment", segment.pk),
            _("Open segment"),
        )
        for segment in Segment.objects.filter(mine).exclude(problem="").order_by("name")[:MOST]
    ]


@register
def tags_in_trouble(scope: Scope, now: datetime) -> list[Need]:
    """Tags whose last refresh failed, at most five, and how many are stale or unused."""
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids)
    measures = TagMeasure.objects.filter(mine)
    found = [
        Need(
            "bad",
            _("The tag “%(name)s” could not be refreshed") % {"name": measure.tag},
            measure.problem,
            address("customers:tag", measure.tag_id),
            _("Open tag"),
        )
        for measure in measures.exclude(problem="")
        .select_related("tag")
        .order_by("tag__name")[:MOST]
    ]
    counts = measures.aggregate(
        stale=Count("pk", filter=~Q(stale="")), unused=Count("pk", filter=Q(is_unused=True))
    )
    url = address("customers:tags")
    if stale := counts["stale"]:
        title = ngettext("%(n)d tag is stale", "%(n)d tags are stale", stale) % {"n": stale}
        words = _("What they say of customers may not hold any more.")
        found.append(Need("warn", title, words, f"{url}?flag=stale", _("See them")))
    if unused := counts["unused"]:
        title = ngettext("Nothing reads %(n)d tag", "Nothing reads %(n)d tags", unused)
        words = _("Use them in a segment or a journey, or retire them.")
        found.append(
            Need("info", title % {"n": unused}, words, f"{url}?flag=unused", _("See them"))
        )
    return found


@register
def pairs_to_decide(scope: Scope, now: datetime) -> list[Need]:
    """Customers who may be one, for those who see the whole group."""
    count = count_reviews(scope, now) if scope.whole_group else 0
    if not count:
        return []
    return [
        Need(
            "warn",
            ngettext(
                "%(n)d pair of customers may be one", "%(n)d pairs of customers may be one", count
            )
            % {"n": count},
            _("Merging them would break a limit, so somebody has to decide."),
            address("customers:reviews"),
            _("Decide"),
        )
    ]


@register
def imports_cut_short(scope: Scope, now: datetime) -> list[Need]:
    """Imports that failed in the last week, that stand still, or that were stopped and can go on;
    at most five."""
    failed = Q(state=ImportState.FAILED, finished_at__gt=now - FAILED_SHOWN)
    stopped = Q(state=ImportState.STOPPED) & ~Q(stored="")
    still = Q(state=ImportState.RUNNING) & (
        Q(moved_at__lt=now - STANDS_STILL)
        | Q(moved_at__isnull=True, started_at__lt=now - STANDS_STILL)
    )
    rows = Import.objects.filter(failed | stopped | still, brand__in=scope.brand_ids)
    return [_cut_short(found) for found in rows.order_by("-pk")[:MOST]]


# helpers


def _cut_short(found: Import) -> Need:
    name = {"name": found.file_name}
    url = address("customers:import", found.pk)
    came = {"rows": number(found.rows)}
    match found.state:
        case ImportState.FAILED:
            title, tone = _("The import of “%(name)s” failed"), "bad"
            words = found.problem
        case ImportState.STOPPED:
            title, tone = _("The import of “%(name)s” is stopped"), "warn"
            words = _("%(rows)s rows came in. It can go on where it stopped.") % came
        case _:
            title, tone = _("The import of “%(name)s” stands still"), "bad"
            words = _("%(rows)s rows came in, and none for ten minutes. Do the workers run?") % came
    return Need(tone, title % name, words, url, _("Open import"))
