"""Rule: marketing needs the customer's yes; anything else goes unless she said no."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate
from customers.formats import day
from customers.models import Purpose

NEEDS_A_YES = [Purpose.MARKETING.value]

SELECT = """
SELECT w.candidate_id, 'stopped',
    jsonb_build_object('state', coalesce(c.state, 'missing'), 'since', c.since), NULL::timestamptz
FROM gate_work w
LEFT JOIN customers_consent c
    ON c.customer_id = w.customer_id AND c.brand_id = w.brand_id
    AND c.channel = w.channel AND c.purpose = w.purpose
WHERE w.verdict IS NULL
  AND (c.state = 'denied'
       OR w.purpose = ANY(%(needs_yes)s::text[]) AND c.state IS DISTINCT FROM 'granted')
"""


class Consent(Rule):
    code = "consent"
    label = gettext_lazy("Consent")
    defers = False

    def judge(self, work: Work) -> None:
        work.judge(self.code, SELECT, {"needs_yes": NEEDS_A_YES})

    def say(self, candidate: Candidate) -> str:
        since = moment_in(candidate.detail, "since")
        values = {
            "channel": candidate.get_channel_display(),
            "purpose": candidate.get_purpose_display(),
            "since": day(since) if since else "–",
        }
        match candidate.detail.get("state"):
            case "denied":
                text = _(
                    "The customer said no to %(purpose)s messages by %(channel)s on %(since)s."
                )
            case "pending":
                text = _(
                    "The customer was asked about %(purpose)s messages by %(channel)s on %(since)s "
                    "and has not confirmed yet."
                )
            case _other:
                text = _("The customer never said yes to %(purpose)s messages by %(channel)s.")
        return text % values
