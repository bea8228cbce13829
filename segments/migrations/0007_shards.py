"""Big segments are refreshed in shards; what these find waits in a table that no log carries."""

import django.db.models.deletion
from django.db import migrations, models


def leave_out_of_the_log(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE segments_wantedmember SET UNLOGGED")


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0006_runningpreview_server"),
    ]

    operations = [
        migrations.CreateModel(
            name="WantedMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id",
                        "customer_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("run_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RefreshShard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("as_of", models.DateTimeField()),
                ("version", models.PositiveIntegerField()),
                ("fencing", models.PositiveIntegerField(default=0)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shards",
                        to="segments.refreshrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "refresh shard",
                "verbose_name_plural": "refresh shards",
            },
        ),
        migrations.RunPython(leave_out_of_the_log, migrations.RunPython.noop),
    ]
