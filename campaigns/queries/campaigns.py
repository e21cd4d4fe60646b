"""Campaigns with the counts of their messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from campaigns.models import (
    Campaign,
    CampaignKind,
    CampaignState,
    Candidate,
    CandidateState,
    Message,
)
from customers.models import Channel

TONES = {CampaignState.RUNNING: "ok", CampaignState.SCHEDULED: "info"}


@dataclass(frozen=True, slots=True)
class Counts:
    """Candidates of a campaign by verdict."""

    allowed: int = 0
    stopped: int = 0
    waiting: int = 0

    @property
    def wanted(self) -> int:
        return self.allowed + self.stopped + self.waiting


def campaigns_of(
    brand_ids: Sequence[int], *, state: str = "", kind: str = "", words: str = ""
) -> QuerySet[Campaign]:
    """Campaigns of these brands, those that begin last first."""
    found = Campaign.objects.filter(brand__in=brand_ids).select_related("brand", "owner")
    if state in CampaignState.values:
        found = found.filter(state=state)
    if kind in CampaignKind.values:
        found = found.filter(kind=kind)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words))
    return found


def counts_of(campaign_ids: Sequence[int]) -> dict[int, Counts]:
    """By campaign how many messages were wanted and what the gate said; one query."""
    by_state: dict[int, dict[str, int]] = {pk: {} for pk in campaign_ids}
    rows = (
        Candidate.objects.filter(campaign__in=campaign_ids)
        .values_list("campaign_id", "state")
        .annotate(n=Count("id"))
        .order_by()
    )
    for pk, state, n in rows:
        by_state[int(pk or 0)][state] = n
    return {
        pk: Counts(
            allowed=states.get(CandidateState.ALLOWED, 0),
            stopped=states.get(CandidateState.STOPPED, 0),
            waiting=states.get(CandidateState.WAITING, 0) + states.get(CandidateState.DEFERRED, 0),
        )
        for pk, states in by_state.items()
    }


class Spent(NamedTuple):
    """Messages of a campaign that were handed over on a channel, and what they cost."""

    channel: str
    label: str
    messages: int
    per_message: Decimal | None
    cost: Decimal | None


def spending_of(campaign: Campaign) -> list[Spent]:
    """What was handed over and what that cost, by channel; two queries. What a provider took
    counts, also when it failed later."""
    costs = dict(campaign.costs.values_list("channel", "per_message"))
    handed = dict(
        Message.objects.filter(campaign=campaign, handed_over_at__isnull=False)
        .values_list("channel")
        .annotate(n=Count("id"))
        .order_by()
    )
    found = []
    for channel, label in Channel.choices:
        n, cost = handed.get(channel, 0), costs.get(channel)
        if n or cost is not None:
            found.append(Spent(channel, str(label), n, cost, None if cost is None else n * cost))
    return found


def message_states_of(campaign: Campaign) -> dict[str, int]:
    """The campaign's messages by state."""
    rows = Message.objects.filter(campaign=campaign).values_list("state").annotate(n=Count("id"))
    return dict(rows.order_by())


def stopping_rules_of(campaign: Campaign) -> dict[str, int]:
    """The campaign's stopped candidates by rule."""
    rows = Candidate.objects.filter(campaign=campaign, state=CandidateState.STOPPED)
    return dict(rows.values_list("rule").annotate(n=Count("id")).order_by("-n"))
