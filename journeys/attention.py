"""What of the journeys floor needs somebody: an engine behind, customers set aside, ended plans."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import day, duration, moment, number
from customers.links import address
from customers.needs import Need, register
from customers.scope import Scope
from journeys.models import HeldReason, HeldTimer, Journey, Subscription
from journeys.queries.ills import ill_counts
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
            address("journeys:attention", pk),
            _("See where"),
        )
        for pk, row in overdue.items()
    ]


@register
def not_going_on(scope: Scope, now: datetime) -> list[Need]:
    """Journeys with people who can't go on: set aside, stuck, or at a step that is gone."""
    journeys = Journey.objects.filter(brand__in=scope.brand_ids)
    names = dict(journeys.exclude(state__in=["draft", "archived"]).values_list("pk", "name"))
    found = []
    for pk, kinds in ill_counts(list(names)).items():
        url = address("journeys:attention", pk)
        if n := kinds.get("set_aside", 0):
            text = ngettext(
                "%(n)s customer is set aside in “%(journey)s”",
                "%(n)s customers are set aside in “%(journey)s”",
                n,
            )
            words = _(
                "A step could not be done for them. The others walk on; the cause stands there."
            )
            title = text % {"n": number(n), "journey": names[pk]}
            found.append(Need("bad", title, words, url, _("See why")))
        if n := sum(n for kind, n in kinds.items() if kind != "set_aside"):
            text = ngettext(
                "%(n)s customer can't go on in “%(journey)s”",
                "%(n)s customers can't go on in “%(journey)s”",
                n,
            )
            words = _("The watchdog found them; what mends it stands there.")
            title = text % {"n": number(n), "journey": names[pk]}
            found.append(Need("bad", title, words, url, _("See why")))
    return found


@register
def too_late(scope: Scope, now: datetime) -> list[Need]:
    """Journeys that were resumed, in which somebody is late and waits for a decision."""
    rows = Journey.objects.filter(brand__in=scope.brand_ids)
    names = dict(rows.exclude(state__in=["draft", "archived"]).values_list("pk", "name"))
    held = HeldTimer.objects.filter(journey_id__in=list(names), reason=HeldReason.LATE)
    counted = held.values_list("journey_id").annotate(n=Count("enrollment_id", distinct=True))
    return [
        Need(
            "info",
            ngettext(
                "%(n)s customer is late in “%(journey)s”",
                "%(n)s customers are late in “%(journey)s”",
                n,
            )
            % {"n": number(n), "journey": names[pk]},
            _("What fell due while it was paused waits: say whether it is done now or skipped."),
            address("journeys:attention", pk),
            _("Decide…"),
        )
        for pk, n in counted
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


@register
def nobody_is_told(scope: Scope, now: datetime) -> list[Need]:
    """Subscriptions that were switched off because every call failed, or that fail just now."""
    rows = Subscription.objects.filter(webhook__brand__in=scope.brand_ids)
    troubled = Q(is_active=False) & ~Q(note="") | Q(failing_since__lt=now - BROKEN, is_active=True)
    found = []
    for held in rows.filter(troubled).select_related("webhook").order_by("pk"):
        url = address("journeys:subscription", held.pk)
        if held.is_active:
            title = _("“%(name)s” can't be told what happens") % {"name": held}
            words = _("Its calls have failed since %(day)s. They are made again by themselves.")
            found.append(
                Need(
                    "warn",
                    title,
                    words % {"day": moment(held.failing_since or now)},
                    url,
                    _("See why"),
                )
            )
        else:
            title = _("“%(name)s” is told nothing any more") % {"name": held}
            found.append(Need("bad", title, held.note, url, _("See why")))
    return found
