-- When a customer was last seen stands in a narrow table of its own: every event may move it, and a
-- new version of her wide row, with a look at each of the forty tables that refer to it, cost twice
-- as much. Every customer has exactly one row here, from the statement that makes her.

ALTER TABLE customers_sighting SET (fillfactor = 70);

CREATE FUNCTION customers_sightings_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_sighting (customer_id) SELECT id FROM new_rows;
    RETURN NULL;
END $$;

CREATE FUNCTION customers_sightings_of_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM customers_sighting s USING old_rows o WHERE s.customer_id = o.id;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_sighting_came AFTER INSERT ON customers_customer
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers_sightings_of_new();
CREATE TRIGGER customers_sighting_went AFTER DELETE ON customers_customer
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers_sightings_of_gone();
