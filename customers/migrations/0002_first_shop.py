"""The website, store and group that every shop begins with."""

from django.db import migrations


def create_defaults(apps, schema_editor):
    website, _ = apps.get_model("customers", "Website").objects.get_or_create(
        code="default", defaults={"name": "Default website"}
    )
    apps.get_model("customers", "Store").objects.get_or_create(
        code="default", defaults={"name": "Default store", "website": website}
    )
    apps.get_model("customers", "CustomerGroup").objects.get_or_create(
        code="general", defaults={"name": "General"}
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunPython(create_defaults, migrations.RunPython.noop)]
