"""Lets PostgreSQL itself take a customer who is deleted off the lists, as in 0002."""

from django.db import migrations


def cascade(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    quote, table = connection.ops.quote_name, "segments_listedcustomer"
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    name = next(
        name
        for name, constraint in found.items()
        if constraint["foreign_key"] == ("customers_customer", "id")
    )
    schema_editor.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT {quote(name)}, ADD CONSTRAINT {quote(name)} "
        "FOREIGN KEY (customer_id) REFERENCES customers_customer (id) "
        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    )


class Migration(migrations.Migration):
    dependencies = [("segments", "0020_lists")]

    operations = [migrations.RunPython(cascade, migrations.RunPython.noop)]
