# The rows that triggers add when shop data changes.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_audit_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="UncheckedText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=128)),
                ("row_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DirtyCustomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_id", models.BigIntegerField(null=True)),
                ("segment_id", models.BigIntegerField(null=True)),
                (
                    "reason",
                    models.CharField(choices=[("event", "Event"), ("time", "Time")], max_length=8),
                ),
                ("external_id", models.TextField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer_id", "segment_id"], name="dirty_customer_idx")
                ],
            },
        ),
    ]
