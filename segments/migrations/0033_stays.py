"""Makes the view of the times that customers were in segments."""

from django.db import migrations, models

from segments.database.stays import create_view, drop_view


def create(apps, schema_editor):
    create_view(schema_editor.connection)


def drop(apps, schema_editor):
    drop_view(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("segments", "0032_priority_lists")]

    operations = [
        migrations.CreateModel(
            name="Stay",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entered_at", models.DateTimeField(null=True)),
                ("left_at", models.DateTimeField(null=True)),
                ("is_stay", models.BooleanField()),
            ],
            options={"db_table": "segments_stay", "managed": False},
        ),
        migrations.RunPython(create, drop),
    ]
