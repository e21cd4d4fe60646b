"""What of the journeys floor needs somebody: an engine behind, customers set aside, ended plans."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import day, duration, number
from customers.links import address
from customers.needs import Need, register
from customers.scope import Scope
from journeys.models import Journey
from journeys.queries.today import late

PATIENCE = timedelta(minutes=1)
BROKEN = timedelta(minutes=15)


@register
def behind(scope: Scope, now: datetime) -> list[Need]:
    """Running journeys whose oldest timer is overdue by more than a minute."""
    overdue = {
        pk: row for pk, row in late(scope.brand_ids, now).items() if now - row.oldest > PATIENCE
    }
    names = dict(Journey.objects.filter(pk__in=overdue).values_list("pk", "name"))
    return [
        Need(
            "bad" if now - row.oldest > BROKEN else "warn",
            _("“%(journey)s” runs %(span)s behind")
            % {"journey": names[pk], "span": duration(now - row.oldest)},
            ngettext(
                "%(n)s step waits for the engine. Nobody is lost; look whether its workers run.",
                "%(n)s steps wait for the engine. Nobody is lost; look whether its workers run.",
                row.n,
            )
            % {"n": number(row.n)},
            address("journeys:detail", pk),
            _("See where"),
        )
        for pk, row in overdue.items()
    ]


@register
def set_aside(scope: Scope, now: datetime) -> list[Need]:
    """Journeys with customers whom the engine could not move."""
    journeys = (
        Journey.objects.filter(brand__in=scope.brand_ids)
        .exclude(state__in=["draft", "archived"])
        .annotate(n=Count("enrollments", filter=Q(enrollments__state="set_aside")))
        .filter(n__gt=0)
    )
    return [
        Need(
            "bad",
            ngettext(
                "%(n)s customer is set aside in “%(journey)s”",
                "%(n)s customers are set aside in “%(journey)s”",
                journey.n,
            )
            % {"n": number(journey.n), "journey": journey.name},
            _("A step could not be done for them. The others walk on; the cause stands there."),
            address("journeys:detail", journey.pk),
            _("See why"),
        )
        for journey in journeys
    ]


@register
def past_their_end(scope: Scope, now: datetime) -> list[Need]:
    """Journeys that still run although their time is over, and paused ones."""
    rows = Journey.objects.filter(brand__in=scope.brand_ids).filter(
        Q(state="running", ends_at__lt=now) | Q(state="paused")
    )
    found = []
    for journey in rows:
        url = address("journeys:detail", journey.pk)
        if journey.state == "paused":
            title = _("“%(journey)s” is paused") % {"journey": journey.name}
            words = _("Customers stay where they are and nobody enters until it is resumed.")
        else:
            title = _("“%(journey)s” still runs, its time ended on %(day)s") % {
                "journey": journey.name,
                "day": day(journey.ends_at) if journey.ends_at else "",
            }
            words = _("Drain it, so that those inside finish and nobody enters any more.")
        found.append(Need("info", title, words, url, _("Open journey")))
    return found
