"""Rule: at most so many messages to one customer within a rolling window.

A message counts from the moment it was accepted; one that is exactly a window old no longer
counts. Transactional messages neither stop at a cap nor count in it, unless the cap names them.

Caps interact: a message that one cap stops leaves its place in another to the next. So candidates
are taken in rounds. Each round lets pass whom no message before her could stop, and stops whom
the messages before her, already let pass, do stop. The best open candidate of every customer is
always settled, and the rounds end with the largest limit, not with the number of candidates.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule, moment_in
from campaigns.gate.work import Work
from campaigns.models import Candidate
from customers.formats import duration, moment, number

# Whether cap `c` looks at a message or candidate {row}; both have these columns.
COVERS = """(c.brand_id IS NULL OR c.brand_id = {row}.brand_id)
    AND c.channel IN ('', {row}.channel)
    AND (c.purpose = {row}.purpose OR c.purpose = '' AND {row}.purpose <> 'transactional')
    AND (c.campaign_id IS NULL OR c.campaign_id = {row}.campaign_id)
    AND (c.journey_id IS NULL OR c.journey_id = {row}.journey_id)"""

# What each customer has already got under each cap that concerns her, by the index
# message_sent_history. Messages after `now` count as well: the clocks of two workers differ, and
# the one that is behind must not overlook what the other accepted.
HISTORY = f"""
INSERT INTO gate_cap (customer_id, cap_id, cap_limit, span, used, newest)
SELECT concerned.customer_id, c.id, c."limit", concerned.span, sent.used, sent.newest
FROM (
    SELECT DISTINCT w.customer_id, c.id, make_interval(secs => c.window_seconds) AS span
    FROM gate_work w JOIN campaigns_frequencycap c ON c.is_active AND {COVERS.format(row="w")}
    WHERE w.verdict IS NULL
) concerned
JOIN campaigns_frequencycap c ON c.id = concerned.id
CROSS JOIN LATERAL (
    SELECT count(*) AS used,
        (array_agg(m.accepted_at ORDER BY m.accepted_at DESC))[1:c."limit"] AS newest
    FROM campaigns_message m
    WHERE m.customer_id = concerned.customer_id
      AND m.accepted_at > %(now)s - concerned.span AND m.accepted_at < %(now)s + concerned.span
      AND {COVERS.format(row="m")}
) sent
"""

# `taken`: let pass before this one; `ahead`: those and the ones still open before it.
ROUND = f"""
WITH pair AS (
    SELECT w.candidate_id, customer_id, w.place, w.passed,
        k.cap_id, k.cap_limit, k.span, k.used, k.newest, c.name
    FROM gate_work w
    JOIN gate_cap k USING (customer_id)
    JOIN campaigns_frequencycap c ON c.id = k.cap_id AND {COVERS.format(row="w")}
    WHERE w.verdict IS NULL
), counted AS (
    SELECT pair.*,
        count(*) FILTER (WHERE passed) OVER before AS taken, count(*) OVER before AS ahead
    FROM pair
    WINDOW before AS (
        PARTITION BY customer_id, cap_id ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
), told AS (
    SELECT counted.*,
        CASE WHEN taken >= cap_limit THEN %(now)s ELSE newest[cap_limit - taken] END + span
            AS next_at
    FROM counted WHERE NOT passed
), word AS (
    SELECT candidate_id,
        bool_and(used + ahead < cap_limit) AS passes,
        (array_agg(
            jsonb_build_object('cap', cap_id, 'name', name, 'used', used + taken,
                'limit', cap_limit, 'window_seconds', extract(epoch FROM span)::bigint,
                'next_at', next_at)
            ORDER BY next_at DESC, cap_id
        ) FILTER (WHERE used + taken >= cap_limit))[1] AS stop
    FROM told GROUP BY candidate_id
), settled AS (
    UPDATE gate_work w
    SET passed = word.passes,
        verdict = CASE WHEN word.stop IS NOT NULL THEN 'stopped' END,
        rule = %(rule)s,
        detail = coalesce(word.stop, w.detail),
        next_at = (word.stop ->> 'next_at')::timestamptz
    FROM word
    WHERE w.candidate_id = word.candidate_id AND (word.passes OR word.stop IS NOT NULL)
)
SELECT count(*) FROM word WHERE NOT passes AND stop IS NULL
"""


class FrequencyCap(Rule):
    code = "frequency_cap"
    label = gettext_lazy("Frequency cap")

    def judge(self, work: Work) -> None:
        work.cursor.execute(HISTORY, {"now": work.now})
        if not work.cursor.rowcount:
            return
        work.analyze("gate_cap")
        open_still = True
        while open_still:
            ((open_still,),) = work.fetch(ROUND, {"rule": self.code})

    def say(self, candidate: Candidate) -> str:
        detail = candidate.detail
        next_at = moment_in(detail, "next_at")
        values = {
            "name": detail.get("name", "–"),
            "used": number(detail.get("used")),
            "limit": number(detail.get("limit")),
            "window": duration(float(detail.get("window_seconds", 0))),
            "next": moment(next_at) if next_at else "–",
        }
        return (
            _(
                "The cap “%(name)s” was used up: %(used)s of %(limit)s in %(window)s. "
                "The next one may go from %(next)s."
            )
            % values
        )
