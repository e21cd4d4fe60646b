-- The audit log is written once: nobody changes or removes an entry, not even by SQL.

CREATE FUNCTION customers_audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is final: entry % can be neither changed nor removed.', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER customers_audit_is_final BEFORE UPDATE OR DELETE ON customers_auditentry
    FOR EACH ROW EXECUTE FUNCTION customers_audit_is_final();
