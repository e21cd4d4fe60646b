-- The gate's decisions, partitioned by month. No key: rows are found by their candidate, and a
-- month is dropped whole. See campaigns/models/message.py.
CREATE SEQUENCE campaigns_decision_number;
CREATE TABLE campaigns_decision (
    id bigint NOT NULL DEFAULT nextval('campaigns_decision_number'),
    candidate_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    decided_at timestamptz NOT NULL,
    verdict varchar(8) NOT NULL,
    rule varchar(24) NOT NULL,
    detail jsonb NOT NULL,
    next_at timestamptz,
    CONSTRAINT decision_verdict_known CHECK (verdict IN ('allowed', 'deferred', 'stopped'))
) PARTITION BY RANGE (decided_at);
CREATE INDEX campaigns_decision_by_candidate ON campaigns_decision (candidate_id);
CREATE INDEX campaigns_decision_by_time ON campaigns_decision USING brin (decided_at);

-- Makes the monthly partitions that cover both moments, if they are missing. A partition is
-- made beside the table and attached: that locks out neither readers nor writers.
CREATE FUNCTION campaigns_ensure_ledger(first_at timestamptz, last_at timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    month timestamp := date_trunc('month', first_at AT TIME ZONE 'UTC');
    name text;
    made integer := 0;
BEGIN
    WHILE month <= last_at AT TIME ZONE 'UTC' LOOP
        name := 'campaigns_decision_' || to_char(month, 'YYYYMM');
        IF to_regclass(name) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext('campaigns_decision partitions'));
            BEGIN
                EXECUTE format('CREATE TABLE %I (LIKE campaigns_decision INCLUDING ALL)', name);
                EXECUTE format(
                    'ALTER TABLE campaigns_decision ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
                );
                made := made + 1;
            EXCEPTION WHEN duplicate_table THEN
                NULL;  -- whoever held the lock has made it; its name is not in our cache yet
            END;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END $$;

-- Drops the months that ended before the moment; returns how many.
CREATE FUNCTION campaigns_drop_ledger(before timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    each record;
    dropped integer := 0;
BEGIN
    FOR each IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'campaigns_decision'::regclass
          AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month'
              <= before AT TIME ZONE 'UTC'
    LOOP
        EXECUTE format('DROP TABLE %I', each.relname);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
