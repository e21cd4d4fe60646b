-- Who has a new name is noted here; customers/names writes the keys behind it. The note comes
-- before the old keys go: whoever writes keys takes the note first, so nobody waits in a circle.

CREATE FUNCTION customers_note_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_nametokey (customer_id) VALUES (NEW.id)
        ON CONFLICT (customer_id) DO UPDATE SET customer_id = excluded.customer_id;
    IF TG_OP = 'UPDATE' THEN
        -- An old name must not be found any more, an erased one not for a moment.
        DELETE FROM customers_namekey WHERE customer_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION customers_forget_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM customers_nametokey n USING gone WHERE n.customer_id = gone.id;
    DELETE FROM customers_namekey n USING gone WHERE n.customer_id = gone.id;
    RETURN NULL;
END $$;

-- Only names cost something: a customer without one, or who was merely seen again, fires nothing.
CREATE TRIGGER customers_name_came AFTER INSERT ON customers_customer
    FOR EACH ROW WHEN (NEW.display_name <> '') EXECUTE FUNCTION customers_note_name();
CREATE TRIGGER customers_name_changed AFTER UPDATE OF display_name ON customers_customer
    FOR EACH ROW WHEN (NEW.display_name IS DISTINCT FROM OLD.display_name)
    EXECUTE FUNCTION customers_note_name();
CREATE TRIGGER customers_name_went AFTER DELETE ON customers_customer
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION customers_forget_names();

-- The last four digits of a phone number, which people know by heart and masked pages show.
CREATE INDEX identity_phone_end ON customers_identity (right(value, 4)) WHERE value LIKE '+%';
