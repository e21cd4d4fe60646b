"""An e-mail may be HTML alone; its plain text is made of that."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0012_confirmations'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='contenttext',
            name='contenttext_body_some',
        ),
        migrations.AlterField(
            model_name='contenttext',
            name='body',
            field=models.TextField(blank=True, verbose_name='text'),
        ),
        migrations.AddConstraint(
            model_name='contenttext',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('body', ''), _negated=True), models.Q(('html', ''), _negated=True), _connector='OR'), name='contenttext_says_something'),
        ),
    ]
