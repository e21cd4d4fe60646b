"""Verdicts written down: the candidate, the ledger and, when allowed, the message."""

from __future__ import annotations

from campaigns.gate.tally import add_up
from campaigns.gate.work import Work

# Waiting for a moment at which the message would have expired is stopping, said late.
TOO_LATE = """
SELECT w.candidate_id, 'stopped',
    jsonb_build_object('expires_at', w.expires_at, 'after', w.rule, 'next_at', w.next_at),
    NULL::timestamptz
FROM gate_work w
WHERE w.verdict = 'deferred' AND w.next_at >= w.expires_at
"""

# One statement, so that all of it sees the same candidates: one that was withdrawn since the
# claim is no longer waiting, gets no verdict and no message.
WRITE = f"""
WITH word AS (
    SELECT candidate_id, customer_id, coalesce(verdict, 'allowed') AS verdict,
        CASE WHEN verdict IS NULL THEN 'passed' ELSE rule END AS rule, detail, next_at,
        account_id, content_version_id, address
    FROM gate_work
), written AS (
    UPDATE campaigns_candidate c
    SET state = word.verdict, rule = word.rule, detail = word.detail, decided_at = %(now)s,
        due_at = CASE WHEN word.verdict = 'deferred' THEN word.next_at ELSE c.due_at END
    FROM word
    WHERE c.id = word.candidate_id AND c.state IN ('waiting', 'deferred')
    RETURNING c.id, c.brand_id, c.customer_id, c.journey_id, c.version_id, c.node, c.wanted_at,
        c.campaign_id, c.content_id, c.channel, c.purpose, c.priority, c.state AS verdict, c.rule
), ledger AS (
    INSERT INTO campaigns_decision
        (candidate_id, customer_id, decided_at, verdict, rule, detail, next_at)
    SELECT word.candidate_id, written.customer_id, %(now)s, word.verdict, word.rule, word.detail,
        word.next_at
    FROM word JOIN written ON written.id = word.candidate_id
), accepted AS (
    INSERT INTO campaigns_message (
        candidate_id, brand_id, customer_id, journey_id, node, campaign_id, content_id,
        content_version_id, channel, purpose, priority, account_id, state, accepted_at,
        next_attempt_at, attempts, address, language, variant, subject, provider_id, error
    )
    SELECT written.id, written.brand_id, written.customer_id, written.journey_id, written.node,
        written.campaign_id, written.content_id, word.content_version_id, written.channel,
        written.purpose,
        -- A promotion, however dear to somebody, never goes before a password mail.
        CASE written.purpose WHEN 'transactional' THEN 100 ELSE least(written.priority, 99) END,
        word.account_id, 'accepted', %(now)s, %(now)s, 0, coalesce(word.address, ''),
        '', '', '', '', ''
    FROM word JOIN written ON written.id = word.candidate_id
    WHERE word.verdict = 'allowed'
), summed AS (
    {add_up("SELECT * FROM written")}
)
SELECT word.verdict, count(*)
FROM word JOIN written ON written.id = word.candidate_id
GROUP BY word.verdict
"""

MORE = """
SELECT EXISTS (
    SELECT 1 FROM campaigns_bucket b
    WHERE EXISTS (
        SELECT 1 FROM campaigns_candidate c
        WHERE c.bucket = b.id AND c.state IN ('waiting', 'deferred') AND c.due_at <= %(now)s
    )
)
"""


def write(work: Work) -> tuple[dict[str, int], bool]:
    """Write every verdict; returns counts by verdict, and whether anything else is due."""
    work.cursor.execute(
        "UPDATE gate_work w SET verdict = late.verdict, rule = 'expired', detail = late.detail, "
        f"next_at = late.next_at FROM ({TOO_LATE}) AS late (candidate_id, verdict, detail, next_at)"
        " WHERE late.candidate_id = w.candidate_id"
    )
    counts = {str(verdict): int(n) for verdict, n in work.fetch(WRITE)}
    ((more,),) = work.fetch(MORE)
    return counts, bool(more)
