from django.db import migrations, models


def delete_sources_without_imports(apps, schema_editor):
    """Delete what the release before cannot store: sources whose first synchronization failed."""
    alias = schema_editor.connection.alias
    apps.get_model("shops", "ShopSource").objects.using(alias).filter(first_import_at=None).delete()
    # PostgreSQL alters no table with deferred checks of its rows.
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0007_times_of_refusals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="shopsource",
            name="first_import_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="first import"),
        ),
        migrations.AlterField(
            model_name="shopsource",
            name="last_import_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last import"),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete_sources_without_imports),
    ]
