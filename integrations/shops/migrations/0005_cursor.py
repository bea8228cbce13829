from django.db import migrations, models
from django.db.models.functions import Cast


def write_cursors(apps, schema_editor):
    """Keep the page with which a pass continues."""
    states = apps.get_model("shops", "SyncState").objects.using(schema_editor.connection.alias)
    started = states.filter(page__isnull=False)
    started.update(cursor=Cast("page", models.CharField(max_length=128)))


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0004_sync_states"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncstate",
            name="cursor",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=128, verbose_name="cursor"
            ),
        ),
        migrations.RunPython(write_cursors, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="syncstate", name="page"),
    ]
