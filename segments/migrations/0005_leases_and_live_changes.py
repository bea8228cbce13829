"""Runs by leases, memberships by segment and customer alone, sizes by day."""

import django.db.models.deletion
import segments.models.cron
from django.conf import settings
from django.db import migrations, models


def keep_outcomes(apps, schema_editor):
    database = schema_editor.connection.alias
    runs = apps.get_model("segments", "RefreshRun").objects.using(database)
    for state in ("completed", "failed", "cancelled"):
        runs.filter(state=state).update(outcome=state)
    for segment in apps.get_model("segments", "Segment").objects.using(database):
        last = runs.filter(segment=segment, outcome="completed").order_by("-pk").first()
        if last is not None:
            segment.members_version = last.version
            segment.save(update_fields=["members_version"])


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_dirty_customers"),
        ("segments", "0004_running_preview"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BatchCustomer",
            fields=[
                ("customer_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=16)),
                ("external_id", models.CharField(max_length=64, null=True)),
            ],
            options={
                "db_table": "segment_batch",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="SegmentSize",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("members_count", models.PositiveBigIntegerField(verbose_name="members")),
                ("entered", models.PositiveBigIntegerField(default=0, verbose_name="entered")),
                ("left", models.PositiveBigIntegerField(default=0, verbose_name="left")),
            ],
            options={
                "verbose_name": "segment size",
                "verbose_name_plural": "segment sizes",
            },
        ),
        migrations.CreateModel(
            name="Watermark",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(null=True)),
                ("number", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                (
                    "name",
                    models.CharField(
                        max_length=128, primary_key=True, serialize=False, verbose_name="worker"
                    ),
                ),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
            ],
            options={
                "verbose_name": "worker",
                "verbose_name_plural": "workers",
            },
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="attempts"),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="cancel_requested_at",
            field=models.DateTimeField(null=True, verbose_name="cancel requested"),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="fencing",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="heartbeat_at",
            field=models.DateTimeField(null=True, verbose_name="last sign of life"),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="lease_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="not_before",
            field=models.DateTimeField(null=True, verbose_name="next attempt"),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("completed", "completed"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                ],
                default="",
                max_length=16,
                verbose_name="outcome",
            ),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="owner",
            field=models.CharField(blank=True, default="", max_length=128, verbose_name="worker"),
        ),
        migrations.AddField(
            model_name="refreshrun",
            name="woken_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="segment",
            name="failures_count",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="segment",
            name="follows_clock",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddField(
            model_name="segment",
            name="members_version",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="segment",
            name="quarantine_reason",
            field=models.TextField(blank=True, default="", editable=False, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="segment",
            name="quarantined_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="quarantined"),
        ),
        migrations.AddField(
            model_name="segment",
            name="refresh_schedule",
            field=models.CharField(
                blank=True,
                default="",
                help_text="When to refresh as a whole, as a cron expression in the shop’s time zone, such as “0 5 * * *” for every day at five; empty: every night.",
                max_length=128,
                validators=[segments.models.cron.validate_schedule],
                verbose_name="refresh schedule",
            ),
        ),
        migrations.AlterField(
            model_name="refreshrun",
            name="phase",
            field=models.CharField(
                blank=True,
                choices=[
                    ("matching", "finding the members"),
                    ("comparing", "comparing with the stored members"),
                    ("writing", "writing the difference"),
                ],
                default="",
                max_length=16,
                verbose_name="phase",
            ),
        ),
        migrations.AddIndex(
            model_name="refreshrun",
            index=models.Index(
                condition=models.Q(("outcome", "")), fields=["id"], name="run_unfinished_idx"
            ),
        ),
        migrations.AddField(
            model_name="segmentsize",
            name="segment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sizes",
                to="segments.segment",
                verbose_name="segment",
            ),
        ),
        migrations.AddConstraint(
            model_name="segmentsize",
            constraint=models.UniqueConstraint(fields=("segment", "day"), name="size_once"),
        ),
        migrations.RunPython(keep_outcomes, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="refreshrun",
            name="state",
        ),
        migrations.RunSQL(
            "CREATE TABLE segments_membership_kept AS "
            "SELECT segment_id, customer_id, entered_at FROM segments_membership",
            "DROP TABLE segments_membership_kept",
        ),
        # Django changes no primary key in place.
        migrations.DeleteModel(name="Membership"),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "segment_id",
                        "customer_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="entered")),
                (
                    "segment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="segments.segment",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="memberships",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "member",
                "verbose_name_plural": "members",
                "indexes": [
                    models.Index(fields=["customer", "segment"], name="member_customer_idx")
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO segments_membership (segment_id, customer_id, entered_at) "
            "SELECT segment_id, customer_id, entered_at FROM segments_membership_kept "
            "ORDER BY segment_id, customer_id",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("DROP TABLE segments_membership_kept", migrations.RunSQL.noop),
    ]
