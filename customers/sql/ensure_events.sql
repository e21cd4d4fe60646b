-- Makes the monthly partitions that cover both moments, if they are missing. A partition is
-- made beside the table and attached: that locks out neither readers nor writers.
CREATE OR REPLACE FUNCTION customers_ensure_event_partitions(
    first_at timestamptz, last_at timestamptz
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    month timestamp := date_trunc('month', first_at AT TIME ZONE 'UTC');
    name text;
    made integer := 0;
BEGIN
    WHILE month <= last_at AT TIME ZONE 'UTC' LOOP
        name := 'customers_event_' || to_char(month, 'YYYYMM');
        IF to_regclass(name) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext('customers_event partitions'));
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I (LIKE customers_event INCLUDING ALL EXCLUDING IDENTITY)', name
                );
                EXECUTE format(
                    'ALTER TABLE customers_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
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
