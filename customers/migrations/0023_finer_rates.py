# Exchange rates get 10 decimals: the same column, in finer units.

from typing import Any

from django.db import migrations

import core.database.fields

FINER = 1_000_000
# What was more than the new limit was no exchange rate.
LARGEST = core.database.fields.RATE_LIMIT * core.database.fields.RATE_UNITS_PER_ONE


def rescale(expression: str) -> Any:
    def change(apps: Any, schema_editor: Any) -> None:
        table = apps.get_model("customers", "Order")._meta.db_table
        # Nothing else about the orders changes: nobody is to be looked at again. SQLite's triggers
        # are away while tables are altered.
        has_triggers = schema_editor.connection.vendor == "postgresql"
        with schema_editor.connection.cursor() as cursor:
            if has_triggers:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET base_to_order_rate = {expression}")
            if has_triggers:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return change


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0022_refusals_of_a_mailbox"),
    ]

    operations = [
        # The column's type stays: SQLite need not build the table anew.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="order",
                    name="base_to_order_rate",
                    field=core.database.fields.RateField(
                        default=1, verbose_name="base to order rate"
                    ),
                ),
            ],
        ),
        migrations.RunPython(
            rescale(
                f"CASE WHEN base_to_order_rate > {LARGEST // FINER} THEN {LARGEST}"
                f" ELSE base_to_order_rate * {FINER} END"
            ),
            rescale(
                f"CASE WHEN base_to_order_rate < {FINER} THEN 1"
                f" ELSE base_to_order_rate / {FINER} END"
            ),
        ),
    ]
