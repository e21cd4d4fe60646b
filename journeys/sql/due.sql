-- The earliest timer of each version that has one: it jumps from version to version in the index
-- timer_due, so that a million timers of one journey cost as much as one.
CREATE VIEW journeys_due AS
WITH RECURSIVE earliest AS (
    (SELECT version_id, due_at FROM journeys_timer ORDER BY version_id, due_at LIMIT 1)
    UNION ALL
    SELECT following.version_id, following.due_at
    FROM earliest CROSS JOIN LATERAL (
        SELECT t.version_id, t.due_at FROM journeys_timer t
        WHERE t.version_id > earliest.version_id
        ORDER BY t.version_id, t.due_at LIMIT 1
    ) following
)
SELECT version_id, due_at FROM earliest;
