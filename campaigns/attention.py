"""What of the campaigns floor needs somebody: messages that failed, or nobody knows of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Candidate, Message
from campaigns.queries.policies import pauses_of
from customers.formats import day, duration, number
from customers.links import address
from customers.models import Channel
from customers.needs import Need, register
from customers.scope import Scope

SINCE = timedelta(days=1)
PATIENCE = timedelta(minutes=5)


@register
def messages_in_trouble(scope: Scope, now: datetime) -> list[Need]:
    """Messages of the last day that failed, are held or uncertain, by channel; one query."""
    rows = (
        Message.objects.filter(
            brand__in=scope.brand_ids,
            accepted_at__gte=now - SINCE,
            state__in=["failed", "held", "uncertain"],
        )
        .values("channel", "state")
        .annotate(n=Count("id"))
        .order_by("channel", "state")
    )
    return [trouble(row["channel"], row["state"], row["n"]) for row in rows]


@register
def paused(scope: Scope, now: datetime) -> list[Need]:
    """What somebody has paused; one query."""
    pauses = pauses_of(scope.brand_ids)[:5]
    return [
        Need("warn", _("Sending is paused: %(what)s") % {"what": each},
             _("since %(since)s") % {"since": day(each.since)}, address("campaigns:policies"),
             _("See the policies"))
        for each in pauses
    ]  # fmt: skip


@register
def waiting_too_long(scope: Scope, now: datetime) -> list[Need]:
    """Candidates that the gate and messages that the outbox should have taken minutes ago."""
    due = now - PATIENCE
    gate = Candidate.objects.filter(
        Q(state__in=["waiting", "deferred"]), brand__in=scope.brand_ids, due_at__lte=due
    ).aggregate(n=Count("id"), oldest=Min("due_at"))
    outbox = Message.objects.filter(
        brand__in=scope.brand_ids, next_attempt_at__lte=due, claimed_at=None
    ).aggregate(n=Count("id"), oldest=Min("next_attempt_at"))
    found = []
    if gate["n"]:
        found.append(
            Need(
                "warn",
                _("The gate is %(span)s behind") % {"span": duration(now - gate["oldest"])},
                waits(gate["n"]),
            )
        )
    if outbox["n"]:
        found.append(
            Need(
                "warn",
                _("The outbox is %(span)s behind") % {"span": duration(now - outbox["oldest"])},
                waits(outbox["n"]),
            )
        )
    return found


# helpers


def trouble(channel: str, state: str, n: int) -> Need:
    name = Channel(channel).label
    values = {"n": number(n), "channel": name}
    url, verb = address("campaigns:messages"), _("See them")
    if state == "failed":
        title = ngettext(
            "%(n)s message by %(channel)s failed in the last day",
            "%(n)s messages by %(channel)s failed in the last day",
            n,
        )
        words = _("The provider refused them for good; they are not tried again.")
        tone = "bad"
    elif state == "held":
        title = ngettext(
            "%(n)s message by %(channel)s is held",
            "%(n)s messages by %(channel)s are held",
            n,
        )
        words = _("They go out by themselves once the channel accepts messages again.")
        tone = "bad"
    else:
        title = ngettext(
            "Of %(n)s message by %(channel)s nobody knows whether it arrived",
            "Of %(n)s messages by %(channel)s nobody knows whether they arrived",
            n,
        )
        words = _("The connection broke while handing over. They are not sent twice by themselves.")
        tone = "warn"
    return Need(tone, title % values, words, url, verb if url else "")


def waits(n: int) -> str:
    text = ngettext(
        "%(n)s message waits, none is lost. Look whether the workers for sending run.",
        "%(n)s messages wait, none is lost. Look whether the workers for sending run.",
        n,
    )
    return text % {"n": number(n)}
