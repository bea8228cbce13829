# Figures of each customer, kept up to date, and marks that the figures have already.

import core.database.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_dirty_customers"),
    ]

    operations = [
        migrations.AddField(
            model_name="dirtycustomer",
            name="is_rolled_up",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="CustomerRollup",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="rollup",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("complete", models.BooleanField(db_default=False, default=False)),
                ("website_id", models.BigIntegerField(null=True)),
                ("sales", core.database.fields.ExactDecimalField(null=True)),
                ("number_of_orders", models.IntegerField(db_default=0, default=0)),
                ("refunds", core.database.fields.ExactDecimalField(null=True)),
                ("refunds_of_sales", core.database.fields.ExactDecimalField(null=True)),
                ("distinct_products", models.IntegerField(db_default=0, default=0)),
                ("quantity", core.database.fields.ExactDecimalField(null=True)),
                ("orders", models.IntegerField(db_default=0, default=0)),
                ("first_order_at", models.DateTimeField(null=True)),
                ("last_order_at", models.DateTimeField(null=True)),
                ("last_login_at", models.DateTimeField(null=True)),
                ("views", models.IntegerField(db_default=0, default=0)),
                ("last_viewed_at", models.DateTimeField(null=True)),
                ("wished_products", models.IntegerField(db_default=0, default=0)),
                ("last_wished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("complete", False)),
                        fields=["customer"],
                        name="rollup_incomplete_idx",
                    )
                ],
            },
        ),
    ]
