"""Who knows a customer, what is personal in events, and to whom data were shown."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import customers.models.event


# Brands that have had facts of a customer know her. Labels of the log named customers: it keeps
# their numbers from now on, in what was written before as well.
KNOWN = """
UPDATE customers_customer c SET brand_ids = known.ids FROM (
    SELECT customer_id, array_agg(DISTINCT brand_id) AS ids FROM (
        SELECT customer_id, brand_id FROM customers_event WHERE brand_id IS NOT NULL
        UNION SELECT customer_id, brand_id FROM customers_consent
    ) AS facts GROUP BY customer_id
) AS known WHERE c.id = known.customer_id
"""
LABELS = """
ALTER TABLE customers_auditentry DISABLE TRIGGER customers_audit_is_final;
UPDATE customers_auditentry SET object_label = 'C-' || object_id
WHERE object_type = 'customer' AND object_label NOT LIKE 'C-%';
ALTER TABLE customers_auditentry ENABLE TRIGGER customers_audit_is_final;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0011_import_pages'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='brand_ids',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, db_default=models.Value([], output_field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)), default=list, size=None, verbose_name='brands that know her'),
        ),
        migrations.AddField(
            model_name='eventtype',
            name='personal',
            field=models.JSONField(blank=True, db_default=models.Value({}, output_field=models.JSONField()), default=dict, help_text='Properties that speak of a person are known by their name, such as phone or address. Where the name says it wrong, say it here: {"remark": true, "contact": false}.', validators=[customers.models.event.check_marks], verbose_name='personal properties'),
        ),
        migrations.CreateModel(
            name='Disclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('service', 'she asked us something'), ('order', 'an order or a delivery'), ('correction', 'correcting her data'), ('rights', 'a request about her data'), ('fraud', 'fraud or security'), ('other', 'something else')], max_length=10, verbose_name='reason')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='disclosures', to='customers.customer')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'disclosure',
                'verbose_name_plural': 'disclosures',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['user', 'until'], name='disclosure_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['service', 'order', 'correction', 'rights', 'fraud', 'other'])), name='disclosure_reason_known'), models.CheckConstraint(condition=models.Q(('until__gte', models.F('at'))), name='disclosure_ends_after_it_began')],
            },
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RunSQL(LABELS, migrations.RunSQL.noop),
    ]
