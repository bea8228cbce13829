"""The models that are rules are there from the beginning."""

from typing import Any

from django.db import migrations

RULES = ("rfm", "journey")


def make_rules(apps: Any, schema_editor: Any) -> None:
    """Add the models; to be scored they need nothing else."""
    models = apps.get_model("predictions", "PredictionModel").objects
    for code in RULES:
        models.using(schema_editor.connection.alias).get_or_create(code=code)


class Migration(migrations.Migration):
    dependencies = [("predictions", "0001_initial")]
    operations = [migrations.RunPython(make_rules, migrations.RunPython.noop, elidable=False)]
