"""Rows that are few are looked up by an index: none is compared with all of another table."""

import pytest
from django.db import connection

from customers.imports.storing.sql import Sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def sql():
    return Sql(connection)


def has_index(sql, table):
    if sql.on_postgresql:
        return bool(sql.rows(f"SELECT 1 FROM pg_indexes WHERE tablename = '{table}'"))
    return bool(sql.rows(f"PRAGMA index_list({table})"))


def test_a_select_finds_rows_or_none(sql):
    assert sql.finds("SELECT 1")
    assert not sql.finds("SELECT 1 WHERE 1 = 0")


def test_what_rows_are_joined_by_has_an_index_where_single_ones_are_looked_up(sql):
    sql.make("import_some", "SELECT 1 AS name", key="name")
    assert has_index(sql, "import_some")
    sql.expect_many_rows()
    sql.make("import_some", "SELECT 1 AS name", key="name")
    assert has_index(sql, "import_some") != sql.on_postgresql
    sql.expect_few_rows()
    sql.make("import_some", "SELECT 1 AS name", key="name")
    assert has_index(sql, "import_some")
