"""Lets PostgreSQL itself delete the memberships of a customer who is deleted.

Django collects what hangs on a customer before it deletes the customer; a membership that a refresh
adds in between would make that delete fail at commit.
"""

from django.db import migrations

TABLES = ("segments_membership", "segments_membershipoverride")


def cascade(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    quote = connection.ops.quote_name
    for table in TABLES:
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
    dependencies = [("segments", "0001_initial")]

    operations = [migrations.RunPython(cascade, migrations.RunPython.noop)]
