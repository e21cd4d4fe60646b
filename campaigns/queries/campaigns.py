"""Campaigns with the counts of their messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from campaigns.models import Campaign, Candidate, CandidateState, Message


@dataclass(frozen=True, slots=True)
class Counts:
    """Candidates of a campaign by verdict."""

    allowed: int = 0
    stopped: int = 0
    waiting: int = 0

    @property
    def wanted(self) -> int:
        return self.allowed + self.stopped + self.waiting


def campaigns_of(brand_ids: Sequence[int], *, state: str = "") -> QuerySet[Campaign]:
    """Campaigns of these brands, those that begin last first."""
    found = Campaign.objects.filter(brand__in=brand_ids).select_related("brand", "owner")
    return found.filter(state=state) if state else found


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


def message_states_of(campaign: Campaign) -> dict[str, int]:
    """The campaign's messages by state."""
    rows = Message.objects.filter(campaign=campaign).values_list("state").annotate(n=Count("id"))
    return dict(rows.order_by())


def stopping_rules_of(campaign: Campaign) -> dict[str, int]:
    """The campaign's stopped candidates by rule."""
    rows = Candidate.objects.filter(campaign=campaign, state=CandidateState.STOPPED)
    return dict(rows.values_list("rule").annotate(n=Count("id")).order_by("-n"))
