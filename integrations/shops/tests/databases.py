"""Shops' databases in the MariaDB of the machine, made for a test and dropped behind it."""

import io
import json
import os
import uuid

import pytest
from django.core.management import call_command

from integrations.shops.tests.questions import SHOPS, expected_of

# Databases of other people on the same server have other names.
PREFIX = os.environ.get("TEST_MARIADB_PREFIX", "tranche_test")
SERVER = os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306")


def connect(database=None):
    """Return a connection that may write; skips the test where there is no server."""
    pymysql = pytest.importorskip("pymysql")
    from integrations.shops.databases.connection import parse_address

    address = parse_address(f"{SERVER}/{database or 'mysql'}")
    if database is None:
        del address["database"]
    try:
        return pymysql.connect(
            **address,
            autocommit=True,
            charset="utf8mb4",
            # Reading the machine's certificates takes 35 ms of processor time for each connection.
            ssl_disabled="ssl_ca" not in address,
            client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS,
        )
    except pymysql.OperationalError:
        pytest.skip(f"there is no MariaDB at {SERVER.rpartition('@')[2]}")


class ShopOfTest:
    """A database of a shop that a test changes and imports."""

    def __init__(self, command, name, folder):
        self.command, self.name, self.folder = command, name, folder
        self.output = ""

    @property
    def url(self):
        return f"{SERVER}/{self.name}"

    def sql(self, text):
        """Run SQL, several statements too."""
        with connect(self.name) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            while cursor.nextset():
                pass

    def load(self, shop):
        """Load the dump of a sample."""
        self.sql((SHOPS / shop / f"{shop}.sql").read_text())

    def bring(self, *options):
        """Import and return the report; raises CommandError."""
        report = self.folder / f"report-{uuid.uuid4().hex}.json"
        output = io.StringIO()
        try:
            call_command(self.command, self.url, "--report", report, *options, stdout=output)
        finally:
            self.output = output.getvalue()
        return json.loads(report.read_text())


def made_database(command, folder):
    """Yield an empty database with a name of its own, and drop it."""
    name = f"{PREFIX}_{uuid.uuid4().hex[:12]}"
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield ShopOfTest(command, name, folder)
    finally:
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def counts(report, column="rows"):
    """Return a figure of each of our tables; tables without rows are left out."""
    return {name: table[column] for name, table in report["tables"].items() if table[column]}


def expected_counts(shop):
    return {name: count for name, count in expected_of(shop)["tables"].items() if count}
