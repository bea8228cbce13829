# The code that an order uses: its coupon code without the blanks around it.

from typing import Any

from django.db import migrations, models

import core.database.fields
import core.text.folding

# A code that begins or ends with something else than a visible ASCII character.
PERHAPS_BLANK = "^[^!-~]|[^!-~]$"


def fill(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    order = apps.get_model("customers", "Order")
    # Nothing else about the orders changes: nobody is to be looked at again. SQLite's triggers
    # are away while tables are altered.
    has_triggers = connection.vendor == "postgresql"
    table = order._meta.db_table
    if has_triggers:
        # A table is not altered while references to be checked are waiting.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    rows = order.objects.using(connection.alias).filter(coupon_code_folded__gt="")
    is_doubtful = models.Q(coupon_code_folded__regex=PERHAPS_BLANK)
    rows.exclude(is_doubtful).update(used_coupon_folded=models.F("coupon_code_folded"))
    for pk, code in rows.filter(is_doubtful).values_list("pk", "coupon_code").iterator():
        rows.filter(pk=pk).update(
            used_coupon_folded=core.text.folding.fold(core.database.fields.strip_text(code))
        )
    if has_triggers:
        schema_editor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0023_finer_rates"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="used_coupon_folded",
            field=core.database.fields.FoldedTextField(
                "coupon_code", part=core.database.fields.strip_text
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["used_coupon_folded", "customer"], name="order_used_coupon_idx"
            ),
        ),
    ]
