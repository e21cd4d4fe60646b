"""What Celery runs for this floor. Each task only looks again; the work is rows in the database."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from celery import shared_task

from campaigns import gate as the_gate
from campaigns import outbox
from campaigns.actions.campaigns import follow_calendar
from campaigns.consents.confirming import ask_pending
from campaigns.evaluation import kept
from campaigns.gate import ledger
from campaigns.models import LedgerPolicy, QuotaUse
from campaigns.outbox.feedback import take_in_waiting
from campaigns.outbox.links import forget_unused
from config.clock import utc_now
from config.wake import wake

# A worker gives way to others after this long; what is left wakes the next one.
BUDGET_SECONDS = 20.0


@shared_task(name="campaigns.tasks.gate")
def gate() -> int:
    """Decide what is due; returns the number of candidates decided."""
    ends = time.monotonic() + BUDGET_SECONDS
    decided = 0
    while True:
        done = the_gate.decide(utc_now())
        decided += done.total
        if done.allowed:
            wake("campaigns.tasks.dispatch")
        if not done.more:
            break
        if time.monotonic() > ends:
            wake("campaigns.tasks.gate")
            break
    return decided


@shared_task(name="campaigns.tasks.dispatch")
def dispatch() -> int:
    """Hand over what is due; returns the number of messages handed over."""
    ends = time.monotonic() + BUDGET_SECONDS
    handed_over = 0
    while time.monotonic() < ends:
        done = outbox.dispatch(utc_now())
        handed_over += done.handed_over
        if not done.claimed:
            return handed_over
    wake("campaigns.tasks.dispatch")
    return handed_over


@shared_task(name="campaigns.evaluation.count")
def count_anew(name: str, question: dict[str, Any]) -> None:
    """Count what a report asks, for whoever looks next."""
    now = utc_now()
    kept.count(name, question, now)
    kept.forget(now)


@shared_task(name="campaigns.tasks.settle")
def settle() -> int:
    """Settle messages whose hand-over was cut off, and take in the reports that waited for their
    messages; returns how many are uncertain."""
    uncertain = outbox.settle(utc_now()).uncertain
    take_in_waiting(utc_now())
    return uncertain


@shared_task(name="campaigns.tasks.tidy")
def tidy() -> int:
    """Drop the short links that no message carries any more; returns how many."""
    return forget_unused(utc_now())


@shared_task(name="campaigns.tasks.confirm")
def confirm() -> int:
    """Ask for the consents that wait for a confirmation; returns how many were asked."""
    asked = ask_pending(utc_now())
    if asked:
        wake("campaigns.tasks.gate")
    return asked


@shared_task(name="campaigns.tasks.follow")
def follow() -> int:
    """Turn the campaigns whose day has come; returns how many."""
    return follow_calendar(utc_now())


@shared_task(name="campaigns.tasks.clean")
def clean() -> int:
    """Forget decisions that are older than they are kept, and make room for those of the next
    weeks; returns how many months were dropped."""
    now = utc_now()
    kept = LedgerPolicy.objects.filter(pk=1).first() or LedgerPolicy(pk=1)
    ledger.ensure(now, now + timedelta(days=40))
    QuotaUse.objects.filter(starts_at__lt=now - timedelta(days=62)).delete()
    return ledger.drop_before(now - timedelta(days=kept.keep_days)) if kept.keep_days else 0
