"""Whoever was merely seen again is no change for the kept sets, and not even asked about."""

from django.db import migrations

FORWARD = """
DROP TRIGGER customers_bits_changed ON customers_customer;
CREATE TRIGGER customers_bits_changed
    AFTER UPDATE OF attributes, merged_into_id, erased_at, is_known ON customers_customer
    FOR EACH ROW WHEN (
        OLD.attributes IS DISTINCT FROM NEW.attributes
        OR OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id
        OR OLD.erased_at IS DISTINCT FROM NEW.erased_at
        OR OLD.is_known IS DISTINCT FROM NEW.is_known
    ) EXECUTE FUNCTION customers_bits_of_customer();
"""
BACKWARD = FORWARD.replace("OF attributes, merged_into_id, erased_at, is_known ", "")


class Migration(migrations.Migration):
    dependencies = [("customers", "0025_bit_late")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
