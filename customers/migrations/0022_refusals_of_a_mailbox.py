# What a refusal of mail belongs to: the mailbox, however it is spelt, and a moment.

from typing import Any

from django.db import migrations, models

import core.database.fields
import core.text.folding

NO_ASCII = "[^ -~]"


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("customers", "Customer").objects.using(schema_editor.connection.alias)
    rows.update(mailbox=models.F("email_folded"))
    spelt = rows.filter(email_folded__regex=NO_ASCII).values_list("pk", "email")
    for pk, email in spelt.iterator():
        rows.filter(pk=pk).update(mailbox=core.text.folding.folded_address(email))


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0021_shop_snapshots"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="mailbox",
            field=core.database.fields.FoldedTextField(
                "email", part=core.text.folding.folded_address
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="refused_marketing_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["mailbox"], name="customer_mailbox_idx"),
        ),
    ]
