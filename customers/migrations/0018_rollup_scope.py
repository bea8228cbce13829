# Who a customer is, as far as a segment's scope asks it, beside the customer's figures.

from django.db import migrations, models

FILL = """
UPDATE customers_customerrollup SET is_active = c.is_active, kind = c.kind
FROM customers_customer AS c WHERE c.id = customer_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0017_mark_sources"),
    ]

    operations = [
        migrations.AddField(
            model_name="customerrollup",
            name="is_active",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="customerrollup",
            name="kind",
            field=models.CharField(db_default="", default="", max_length=16),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
