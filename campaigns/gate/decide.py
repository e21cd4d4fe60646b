"""One round of the gate: lease, claim, let the rules look, write down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from campaigns.gate import lease, ledger
from campaigns.gate.rules import RULES
from campaigns.gate.work import Work
from campaigns.gate.write import write


@dataclass(frozen=True, slots=True)
class Decided:
    """How many candidates got which verdict, and whether more are due right now."""

    allowed: int = 0
    deferred: int = 0
    stopped: int = 0
    more: bool = False

    @property
    def total(self) -> int:
        return self.allowed + self.deferred + self.stopped


def decide(now: datetime, *, limit: int = 20_000) -> Decided:
    """Decide candidates due at *now*, whole customers until about *limit*, in one transaction.

    1. Lease buckets, in a statement of its own (see `lease`).
    2. Claim their due candidates into a temporary table.
    3. Each rule judges what is still open, in the order of `rules.RULES`, and then completes the
       numbers of its verdicts.
    4. What no rule named is allowed. Verdicts, ledger and messages are written together.

    Any number of workers may call this at once. The number of statements does not depend on the
    number of candidates. *now* may be virtual; accepted messages are counted from it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        due = lease.probe(cursor, now, limit)
        buckets = lease.lease(cursor, due, limit) if due else []
        if not buckets:
            return Decided()
        work = Work(cursor, now)
        if not work.claim(buckets, limit):
            return Decided()
        for rule in RULES:
            rule.judge(work)
        for rule in RULES:
            rule.finish(work)
        ledger.ensure(now, now)
        counts, more = write(work)
    return Decided(
        allowed=counts.get("allowed", 0),
        deferred=counts.get("deferred", 0),
        stopped=counts.get("stopped", 0),
        more=more,
    )
