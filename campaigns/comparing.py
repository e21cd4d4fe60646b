"""What this floor shows when two customers are compared: the last messages of each."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Message, Suppression
from customers.formats import day
from customers.models import Channel
from customers.profile.comparing import Block, Both, Line

SHOWN = 3
WINDOW = timedelta(days=7)
LAST = """
SELECT m.id FROM unnest(%s::bigint[]) AS who (id)
CROSS JOIN LATERAL (
    SELECT id FROM campaigns_message
    WHERE customer_id = who.id AND brand_id = ANY(%s)
    ORDER BY accepted_at DESC LIMIT %s
) m
"""


def messages(both: Both) -> Block:
    """The last messages of each, and how many count against the caps together; four queries."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, [both.ids, both.scope.brand_ids, SHOWN])
        ids = [row[0] for row in cursor.fetchall()]
    rows = Message.objects.filter(pk__in=ids).select_related("candidate__content")
    said: dict[int, list[str]] = {id: [] for id in both.ids}
    for row in rows.order_by("-accepted_at"):
        words = {"channel": capfirst(str(row.get_channel_display())),
                 "content": row.candidate.content.name, "day": day(row.accepted_at)}  # fmt: skip
        said[row.customer_id].append(_("%(channel)s: “%(content)s”, %(day)s") % words)
    lines = []
    if ids:
        week = Message.objects.filter(
            customer__in=both.ids, brand__in=both.scope.brand_ids,
            accepted_at__gt=both.now - WINDOW,
        ).count()  # fmt: skip
        together = ngettext(
            "%(n)d message in the last 7 days", "%(n)d messages in the last 7 days", week
        ) % {"n": week}
        lines.append(
            Line(
                _("Last messages"), said[both.kept.pk], said[both.other.pk], [together],
                _("Caps count the messages of both."),
            )
        )  # fmt: skip
    stopped: dict[int, list[str]] = {id: [] for id in both.ids}
    brands = {None, *both.scope.brand_ids}
    for entry in Suppression.objects.filter(customer__in=both.ids).order_by("channel"):
        if entry.brand_id in brands and entry.customer_id:
            channel = Channel(entry.channel).label if entry.channel else _("all channels")
            stopped[entry.customer_id].append(capfirst(str(channel)))
    if any(stopped.values()):
        every = list(dict.fromkeys([*stopped[both.kept.pk], *stopped[both.other.pk]]))
        lines.append(
            Line(
                _("Gets no messages"), stopped[both.kept.pk], stopped[both.other.pk], every,
                _("Whoever is suppressed stays so."),
            )
        )  # fmt: skip
    return Block(_("Messages"), lines)
