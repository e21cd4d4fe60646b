"""Rule: one content reaches an address once, whoever it belongs to.

An identity belongs to one customer at a time, but numbers are given away, accounts are taken over
and customers are taken apart again. Whoever reads that mailbox has read this content already. Only
marketing is held back: a service message to the new owner is hers.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate
from customers.formats import day

MEMORY = timedelta(days=30)

# The partial index of addresses: marketing only, and never the empty address. Candidates of one
# customer never meet here: her addresses are hers alone, and repeating is what caps are for.
SELECT = """
SELECT w.candidate_id, 'stopped', jsonb_build_object('at', before.at), NULL::timestamptz
FROM gate_work w
CROSS JOIN LATERAL (
    SELECT max(m.accepted_at) AS at FROM campaigns_message m
    WHERE m.address = w.address AND m.address <> '' AND m.purpose = 'marketing'
      AND m.accepted_at > %(now)s - %(memory)s AND m.content_id = w.content_id
      AND m.customer_id <> w.customer_id
) before
WHERE w.verdict IS NULL AND w.purpose = 'marketing' AND w.address <> '' AND before.at IS NOT NULL
"""


class DuplicateAddress(Rule):
    code = "duplicate_address"
    label = gettext_lazy("Duplicate address")
    defers = False

    def judge(self, work: Work) -> None:
        work.judge(self.code, SELECT, {"memory": MEMORY})

    def say(self, candidate: Candidate) -> str:
        at = moment_in(candidate.detail, "at")
        return _(
            "This address got the same content on %(at)s, when it belonged to another customer."
        ) % {"at": day(at) if at else "–"}
