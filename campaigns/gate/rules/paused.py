"""Rule: what is paused waits until it is resumed.

It is asked first of all that may change: what a pause holds is looked at again by every rule when
it goes on, so a place in a cap or a consent that was taken back meanwhile is not overlooked.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate
from customers.formats import day

# Resuming wakes what waits; this is for what it missed.
LOOK_AGAIN = timedelta(hours=1)

SELECT = """
SELECT DISTINCT ON (w.candidate_id) w.candidate_id, 'deferred',
    jsonb_build_object('pause', p.id, 'since', p.since, 'note', p.note),
    -- Never beyond its end: it may be resumed before that.
    least(%(again)s::timestamptz, w.expires_at - interval '1 microsecond')
FROM gate_work w
JOIN campaigns_sendingpause p
    ON (p.brand_id IS NULL OR p.brand_id = w.brand_id) AND p.channel IN ('', w.channel)
    AND (p.campaign_id IS NULL OR p.campaign_id = w.campaign_id)
    AND (p.holds_transactional OR w.purpose <> 'transactional')
WHERE w.verdict IS NULL
ORDER BY w.candidate_id, p.since, p.id
"""


class Paused(Rule):
    code = "paused"
    label = gettext_lazy("Pause")

    def judge(self, work: Work) -> None:
        work.judge(self.code, SELECT, {"again": work.now + LOOK_AGAIN})

    def say(self, candidate: Candidate) -> str:
        since = moment_in(candidate.detail, "since")
        note = str(candidate.detail.get("note") or "")
        text = _("Sending is paused since %(since)s. It goes on when somebody resumes it.") % {
            "since": day(since) if since else "–"
        }
        return f"{text} {note}".strip()
