"""Policies and what they do today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from campaigns.gate.periods import period_of
from campaigns.models import (
    Arbitration,
    BrandSending,
    Candidate,
    CandidateState,
    Experiment,
    ExperimentState,
    FrequencyCap,
    Holiday,
    Message,
    QuietHours,
    Quota,
    QuotaUse,
    SendApproval,
    SendingPause,
)
from campaigns.outbox.following import sending_of
from customers.models import Brand

USUAL_SIZE = 1_000  # people; from there on a send is confirmed twice until somebody says otherwise


@dataclass(frozen=True, slots=True)
class Today:
    """What the gate did since the reader's midnight."""

    allowed: int = 0
    stopped: dict[str, int] = field(default_factory=dict)  # by rule
    deferred: dict[str, int] = field(default_factory=dict)  # by rule, waiting still
    by_cap: dict[int, int] = field(default_factory=dict)

    @property
    def stopped_in_all(self) -> int:
        return sum(self.stopped.values())

    @property
    def deferred_in_all(self) -> int:
        return sum(self.deferred.values())


def caps_of(brand_ids: Sequence[int]) -> QuerySet[FrequencyCap]:
    """Caps that concern these brands: their own and those of the group."""
    return (
        FrequencyCap.objects.filter(Q(brand__isnull=True) | Q(brand__in=brand_ids))
        .select_related("brand", "campaign", "content")
        .order_by("brand__name", "channel", "window_seconds", "id")
    )


def quiet_hours_of(brand_ids: Sequence[int]) -> QuerySet[QuietHours]:
    """Quiet hours of these brands and of the group."""
    return (
        QuietHours.objects.filter(Q(brand__isnull=True) | Q(brand__in=brand_ids))
        .select_related("brand")
        .order_by("brand__name")
    )


def holidays_of(brand_ids: Sequence[int], since: date) -> QuerySet[Holiday]:
    """Holidays of these brands and of the group that are not over at *since*, the next first."""
    return (
        Holiday.objects.filter(_mine(brand_ids), ends_on__gte=since)
        .select_related("brand")
        .order_by("starts_on", "id")
    )


def arbitrations_of(brand_ids: Sequence[int]) -> QuerySet[Arbitration]:
    """Arbitrations of these brands and of the group."""
    return (
        Arbitration.objects.filter(_mine(brand_ids)).select_related("brand").order_by("brand__name")
    )


def approvals_of(brand_ids: Sequence[int]) -> QuerySet[SendApproval]:
    """Second confirmations of these brands and of the group."""
    return (
        SendApproval.objects.filter(_mine(brand_ids))
        .select_related("brand")
        .order_by("brand__name")
    )


def approval_size(brand_id: int) -> int:
    """From how many people on a send of this brand is confirmed twice; 0: from everybody on only.

    The brand's own size, else the group's, else a thousand.
    """
    rows = SendApproval.objects.filter(_mine([brand_id])).order_by(F("brand").asc(nulls_last=True))
    found = rows.first()
    if found is None:
        return USUAL_SIZE
    return found.size if found.is_active else 0


def control_groups_of(brand_ids: Sequence[int]) -> QuerySet[Experiment]:
    """Running global control groups of these brands and of the group."""
    return (
        Experiment.objects.filter(_mine(brand_ids), journey_id=None, state=ExperimentState.RUNNING)
        .select_related("brand")
        .order_by("brand__name")
    )


def pauses_of(brand_ids: Sequence[int]) -> QuerySet[SendingPause]:
    """Pauses that concern these brands: their own, their campaigns', and those of the group."""
    return (
        SendingPause.objects.filter(_mine(brand_ids))
        .select_related("brand", "campaign__brand", "by")
        .order_by("-since", "-pk")
    )


def quotas_of(brand_ids: Sequence[int], now: datetime) -> list[tuple[Quota, int]]:
    """Quotas of these brands, each with what is used of it in its present period; two queries."""
    quotas = list(
        Quota.objects.filter(brand__in=brand_ids)
        .select_related("brand")
        .order_by("brand__name", "channel", "period")
    )
    starts = {each.pk: period_of(each.period, each.brand.timezone, now)[0] for each in quotas}
    uses = QuotaUse.objects.filter(quota__in=quotas, starts_at__in=set(starts.values()))
    used = {(use.quota_id, use.starts_at): use.used for use in uses}
    return [(each, used.get((each.pk, starts[each.pk]), 0)) for each in quotas]


def sendings_of(brand_ids: Sequence[int]) -> list[BrandSending]:
    """What each of these brands wants done to its links, the defaults included; one query."""
    brands = Brand.objects.filter(pk__in=brand_ids).select_related("sending").order_by("name")
    return [sending_of(brand) for brand in brands]


def today(brand_ids: Sequence[int], now: datetime) -> Today:
    """What the gate did today for these brands; three queries, whatever happened."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    stopped: dict[str, int] = {}
    by_cap: dict[int, int] = {}
    rows = (
        Candidate.objects.filter(
            state=CandidateState.STOPPED, decided_at__gte=midnight, brand__in=brand_ids
        )
        .annotate(cap=KeyTextTransform("cap", "detail"))
        .values_list("rule", "cap")
        .annotate(n=Count("id"))
        .order_by()
    )
    for rule, cap, n in rows:
        stopped[rule] = stopped.get(rule, 0) + n
        if cap:
            by_cap[int(cap)] = by_cap.get(int(cap), 0) + n
    deferred = dict(
        Candidate.objects.filter(state=CandidateState.DEFERRED, brand__in=brand_ids)
        .values_list("rule")
        .annotate(n=Count("id"))
        .order_by()
    )
    allowed = Message.objects.filter(accepted_at__gte=midnight, brand__in=brand_ids).count()
    return Today(allowed, stopped, deferred, by_cap)


# helpers


def _mine(brand_ids: Sequence[int]) -> Q:
    return Q(brand__isnull=True) | Q(brand__in=brand_ids)
