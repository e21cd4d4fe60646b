"""Rule: a message that is no longer wanted does not go."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate
from customers.formats import moment

SELECT = """
SELECT w.candidate_id, 'stopped', jsonb_build_object('expires_at', w.expires_at), NULL::timestamptz
FROM gate_work w
WHERE w.verdict IS NULL AND w.expires_at <= %(now)s
"""


class Expired(Rule):
    code = "expired"
    label = gettext_lazy("Expired")
    defers = False

    def judge(self, work: Work) -> None:
        work.judge(self.code, SELECT)

    def say(self, candidate: Candidate) -> str:
        expires = moment_in(candidate.detail, "expires_at")
        when = moment(expires) if expires else "–"
        next_at = moment_in(candidate.detail, "next_at")
        if next_at:
            return _(
                "It could go at %(next)s at the earliest, but is of use only until %(when)s."
            ) % {
                "next": moment(next_at),
                "when": when,
            }
        return _("It was of use only until %(when)s, and that was over.") % {"when": when}
