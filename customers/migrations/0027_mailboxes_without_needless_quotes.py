# Quotes that the local part of an address does not need are no part of the mailbox.

from typing import Any

from django.db import migrations

from core.text.folding import folded_address


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("customers", "Customer").objects.using(schema_editor.connection.alias)
    quoted = rows.filter(email_folded__contains='"@').values_list("pk", "email", "mailbox")
    for pk, email, mailbox in quoted.iterator():
        if mailbox != folded_address(email):
            rows.filter(pk=pk).update(mailbox=folded_address(email))


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0026_time_of_each_refusal"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
