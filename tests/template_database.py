"""Test databases copied from one that is migrated already: migrating takes 14 s, copying none.

bin/test makes the templates (`python -m tests.template_database`) while it checks types, and names
them in TEMPLATE_SQLITE (a file) and TEMPLATE_POSTGRESQL (a database). Without them each process of
the tests migrates its own database, as Django does. A template only saves time: Django runs
`migrate` on the copy, which then finds nothing to do.
"""

import os
import sqlite3
import sys
from typing import Any

import django
from django.conf import settings
from django.db.backends.postgresql.creation import DatabaseCreation as PostgreSQLCreation
from django.db.backends.sqlite3.creation import DatabaseCreation

# A database in memory exists while a connection to it is open.
_kept_open: list[sqlite3.Connection] = []
_create_empty = DatabaseCreation._create_test_db
_create_on_server = PostgreSQLCreation._create_test_db


def pytest_configure() -> None:
    """Have test databases copied from the templates that the environment names."""
    if name := os.environ.get("TEMPLATE_POSTGRESQL"):
        for values in settings.DATABASES.values():
            if values["ENGINE"] == "django.db.backends.postgresql":
                values.setdefault("TEST", {})["TEMPLATE"] = name
    PostgreSQLCreation._create_test_db = _create_without_waiting_for_disks
    if os.environ.get("TEMPLATE_SQLITE"):
        DatabaseCreation._create_test_db = _copy_template


def _copy_template(self: DatabaseCreation, *args: Any, **options: Any) -> str:
    name = _create_empty(self, *args, **options)
    if self.is_in_memory_db(name):
        copy = sqlite3.connect(name, uri=True, check_same_thread=False)
        with sqlite3.connect(os.environ["TEMPLATE_SQLITE"]) as template:
            template.backup(copy)
        template.close()
        _kept_open.append(copy)
    return str(name)


def _create_without_waiting_for_disks(self: PostgreSQLCreation, *args: Any, **options: Any) -> str:
    """Create a test database that commits without waiting for the disk: 8 ms become 0.7 ms.

    A setting of the database holds for processes that tests start, too. Only a crash of the server
    could lose a commit.
    """
    name = _create_on_server(self, *args, **options)
    with self._nodb_cursor() as cursor:
        database = self.connection.ops.quote_name(name)
        cursor.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    return str(name)


def make(drop: bool) -> None:
    """Make the default database from scratch, migrated; or only `drop` it. SQLite's is a file."""
    from django.core.management import call_command
    from django.db import connection

    name = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")
            if not drop:
                cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    if not drop:
        call_command("migrate", verbosity=0)
        connection.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()
    make(drop="--drop" in sys.argv)
