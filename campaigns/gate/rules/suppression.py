"""Rule: suppressed customers, addresses and domains get nothing, whatever it is for."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate, SuppressionReason
from customers.formats import day

# Three joins by equality instead of one by OR, which would compare everything with everything.
SELECT = """
SELECT DISTINCT ON (hit.candidate_id) hit.candidate_id, 'stopped',
    jsonb_build_object('scope', hit.scope, 'reason', hit.reason, 'since', hit.at),
    NULL::timestamptz
FROM (
    SELECT w.candidate_id, w.brand_id, w.channel, s.scope, s.reason, s.at, s.brand_id, s.channel
    FROM gate_work w JOIN campaigns_suppression s
        ON s.customer_id = w.customer_id AND s.scope = 'customer'
    WHERE w.verdict IS NULL
    UNION ALL
    SELECT w.candidate_id, w.brand_id, w.channel, s.scope, s.reason, s.at, s.brand_id, s.channel
    FROM gate_work w JOIN campaigns_suppression s
        ON s.value = w.address AND s.scope = 'address' AND s.value <> ''
    WHERE w.verdict IS NULL
    UNION ALL
    SELECT w.candidate_id, w.brand_id, w.channel, s.scope, s.reason, s.at, s.brand_id, s.channel
    FROM gate_work w JOIN campaigns_suppression s
        ON s.value = lower(split_part(w.address, '@', 2)) AND s.scope = 'domain' AND s.value <> ''
    WHERE w.verdict IS NULL
) AS hit (candidate_id, brand_id, channel, scope, reason, at, list_brand_id, list_channel)
WHERE (hit.list_brand_id IS NULL OR hit.list_brand_id = hit.brand_id)
  AND hit.list_channel IN ('', hit.channel)
ORDER BY hit.candidate_id, hit.at
"""


class Suppression(Rule):
    code = "suppression"
    label = gettext_lazy("Suppression")
    defers = False

    def judge(self, work: Work) -> None:
        work.judge(self.code, SELECT)

    def say(self, candidate: Candidate) -> str:
        since = moment_in(candidate.detail, "since")
        reason = candidate.detail.get("reason")
        known = dict(SuppressionReason.choices)
        values = {"since": day(since) if since else "–", "reason": known.get(reason or "", "–")}
        match candidate.detail.get("scope"):
            case "address":
                text = _("The address is suppressed since %(since)s: %(reason)s.")
            case "domain":
                text = _("The domain of the address is suppressed since %(since)s: %(reason)s.")
            case _other:
                text = _("The customer is suppressed since %(since)s: %(reason)s.")
        return text % values
