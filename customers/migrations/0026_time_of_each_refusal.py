# Every refusal of marketing has a time: its own, or when the refusal was noted.

from typing import Any

from django.db import migrations, models

from core.clock import now


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("customers", "Customer").objects.using(schema_editor.connection.alias)
    # When these were noted is not stored anywhere. The present is the latest possible moment, so
    # that no consent older than the refusal undoes it.
    undated = rows.filter(accepts_marketing=False, refused_marketing_at=None)
    undated.update(refused_marketing_at=now())


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0025_mailboxes_as_they_are_sent_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="customermerge",
            name="refused_marketing_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="is_refusal_of_file",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
