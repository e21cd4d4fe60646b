"""What was done to a campaign, its sends and its journeys: from the audit log, in words."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, CampaignState
from campaigns.usage import LogOf, objects_of_campaign, words_of_entry
from customers.models import AuditEntry

FIELDS = {
    "name": gettext_lazy("name"),
    "kind": gettext_lazy("kind"),
    "goal": gettext_lazy("goal"),
    "target": gettext_lazy("target"),
    "budget": gettext_lazy("budget"),
    "currency": gettext_lazy("currency"),
    "owner": gettext_lazy("owner"),
    "starts_at": gettext_lazy("start"),
    "ends_at": gettext_lazy("end"),
    "utm_campaign": gettext_lazy("UTM campaign"),
}
DONE = {
    "campaign.create": gettext_lazy("Campaign made"),
    "campaign.release": gettext_lazy("Released"),
    "campaign.archive": gettext_lazy("Archived"),
    "campaign.bring_back": gettext_lazy("Brought back"),
    "sending.pause": gettext_lazy("Sending paused"),
    "sending.resume": gettext_lazy("Sending resumed"),
}


class Line(NamedTuple):
    """One entry: what was done, to what, by whom and when."""

    words: str
    what: str
    who: str
    at: datetime


def log_of(campaign: Campaign, *, after: int = 0, limit: int = 20) -> tuple[list[Line], int]:
    """Entries of *campaign* and of what belongs to it, latest first, *limit* of them below the
    entry *after*; and the last entry's number when there are more, else 0. Two queries and those
    of the floor above."""
    own = LogOf("campaign", str(campaign.pk))
    by_type: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for each in [own, *objects_of_campaign(campaign.pk)]:
        by_type.setdefault((each.type, each.without), []).append(each.id)
    mine = Q(object_type="sendingpause", brand=campaign.brand_id, changes__campaign=campaign.pk)
    for (kind, without), ids in by_type.items():
        mine |= Q(object_type=kind, object_id__in=ids) & ~Q(action__in=without)
    rows = AuditEntry.objects.filter(mine).order_by("-id")
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: limit + 1])
    lines = [
        Line(
            say(entry),
            entry.object_label if entry.object_type in ("journey", "send") else "",
            entry.actor_label,
            entry.at,
        )
        for entry in found[:limit]
    ]
    return lines, found[limit - 1].pk if len(found) > limit else 0


def say(entry: AuditEntry) -> str:
    """What was done."""
    if entry.action == "campaign.change":
        changed = [_field(name) for name in entry.changes]
        return _("Plan changed: %(fields)s") % {"fields": ", ".join(changed)}
    if entry.action == "campaign.follow":
        state = (entry.changes.get("state") or ["", ""])[1]
        label = dict(CampaignState.choices).get(state, state)
        return _("Now %(state)s, by the calendar") % {"state": label}
    return str(DONE.get(entry.action, "")) or words_of_entry(entry) or entry.action


# helpers


def _field(name: str) -> str:
    if name.startswith("cost_"):
        return _("costs")
    return str(FIELDS.get(name, name))
