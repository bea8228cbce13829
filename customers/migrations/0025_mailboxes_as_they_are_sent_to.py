# Mailboxes are compared as they are written to: IDNA 2008, without blanks around them.

from typing import Any

from django.db import migrations
from django.db.models import Q

from core.text.folding import folded_address

NO_ASCII = "[^ -~]"


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("customers", "Customer").objects.using(schema_editor.connection.alias)
    spelt = rows.filter(Q(email_folded__regex=NO_ASCII) | Q(email_folded__regex=r"^\s|[\s.]$"))
    for pk, email, mailbox in spelt.values_list("pk", "email", "mailbox").iterator():
        if mailbox != folded_address(email):
            rows.filter(pk=pk).update(mailbox=folded_address(email))


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0024_coupon_used_by_an_order"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
