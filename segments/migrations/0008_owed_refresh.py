"""A segment may be owed a refresh as a whole, whatever becomes of the run that was asked for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0007_shards"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwedRefresh",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.BigIntegerField(null=True)),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="owed_refreshes",
                        to="segments.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "owed refresh",
                "verbose_name_plural": "owed refreshes",
            },
        ),
    ]
