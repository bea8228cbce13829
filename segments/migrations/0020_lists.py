"""Segments with a list of customers in the place of conditions."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("segments", "0010_change_of_nobody")]

    operations = [
        migrations.AlterField(
            model_name="segment",
            name="refresh_mode",
            field=models.CharField(
                choices=[("auto", "automatic"), ("manual", "manual"), ("list", "list")],
                default="auto",
                max_length=16,
                verbose_name="refresh",
            ),
        ),
        migrations.CreateModel(
            name="ListedCustomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listed",
                        to="segments.segment",
                        verbose_name="segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer on a list",
                "verbose_name_plural": "customers on lists",
                "constraints": [
                    models.UniqueConstraint(fields=("segment", "customer"), name="listed_once")
                ],
            },
        ),
    ]
