"""What the page of a campaign knows of its sends: how they stand, and what was done to them."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.evaluation.waterfall import Waterfall
from campaigns.usage import LogOf, SendOf, register_campaign_log, register_campaign_sends
from customers.formats import number
from customers.links import address
from customers.models import AuditEntry
from journeys.models import Journey, JourneyState, Send
from journeys.sends.state import states_of
from journeys.sends.words import Names, say

MOST = 100
SAID_OF_SENDS = ("journey.create", "journey.edit", "journey.publish")
DONE = {
    "send.create": gettext_lazy("Send made"),
    "send.change": gettext_lazy("Plan of the send changed"),
    "journey.create": gettext_lazy("Made"),
    "journey.edit": gettext_lazy("Draft changed"),
    "journey.pause": gettext_lazy("Paused"),
    "journey.resume": gettext_lazy("Resumed"),
    "journey.drain": gettext_lazy("Entrance closed"),
    "journey.stop": gettext_lazy("Stopped for good"),
    "journey.archive": gettext_lazy("Archived"),
    "journey.window": gettext_lazy("Its time was set"),
}


@register_campaign_sends
def sends_of(campaign_id: int, now: datetime) -> list[SendOf]:
    """The sends of a campaign that are not put away, the newest first; as many queries for many."""
    rows = Send.objects.filter(campaign=campaign_id).exclude(journey__state=JourneyState.ARCHIVED)
    related = ("campaign__brand", "journey__brand", "journey__current")
    statuses = states_of(list(rows.select_related(*related)[:MOST]), now)
    brands = {each.send.journey.brand_id for each in statuses}
    names = Names([plan for each in statuses for plan in (each.plan, each.running)], brands)
    found = []
    for each in statuses:
        plan, kept = each.told, each.send.forecast
        told = Waterfall.from_json(kept) if kept else None
        found.append(
            SendOf(
                id=each.send.pk,
                name=each.send.journey.name,
                words=say(plan, each.send.journey.brand, names) if plan
                else format_html("{}", _("Drawn further on its canvas.")),
                url=address("journeys:send", each.send.pk),
                state=each.label,
                tone=each.tone,
                icon=each.icon,
                next_at=each.next_at,
                expected=told.expected if told and told.sample else None,
                sent=each.sent,
                stopped=each.stopped,
                waiting=each.waiting,
            )
        )  # fmt: skip
    return found


def objects_of(campaign_id: int) -> list[LogOf]:
    """The journeys and sends of a campaign; of what is said of a send its journey is silent."""
    journeys = Journey.objects.filter(campaign=campaign_id)
    drawn = journeys.filter(send=None).values_list("pk", flat=True)
    sends = Send.objects.filter(campaign=campaign_id).values_list("pk", "journey")
    found = [LogOf("journey", str(pk)) for pk in drawn[:MOST]]
    for pk, journey in sends[:MOST]:
        found += [LogOf("send", str(pk)), LogOf("journey", str(journey), SAID_OF_SENDS)]
    return found


def words_of(entry: AuditEntry) -> str:
    """What was done to a journey or a send."""
    changes = entry.changes
    if entry.action == "send.start":
        people = int(changes.get("people", 0))
        text = ngettext("Started for %(n)s person", "Started for %(n)s people", people)
        said = text % {"n": number(people)}
        if changes.get("everybody"):
            said = _("Started for everybody, %(n)s people") % {"n": number(people)}
        return said + (_(", confirmed twice") if changes.get("confirmed_twice") else "")
    if entry.action == "journey.publish":
        version = changes.get("version") or [None, "–"]
        return _("Published version %(number)s") % {"number": version[1]}
    return str(DONE.get(entry.action, ""))


register_campaign_log(objects_of, words_of)
