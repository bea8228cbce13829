"""How many a statement finds, and who: engines count rows as PostgreSQL does."""

import pytest
from django.db import connection

from conditions.engines.engine import engine
from conditions.engines.translation import Translated, count_and_first, count_of, translate
from conditions.tests.engines.asking import asked_of
from conditions.tests.engines.needed import needs_spark, on_postgresql
from conditions.tests.examples.shops import awkward_shop

pytestmark = pytest.mark.django_db

# Of no row, of rows with nothing in a column, and of rows of which none is so.
COUNTS = [
    'SELECT count(*), count(*) FILTER (WHERE "is_named") FROM'
    ' (SELECT CASE WHEN "first_name_folded" = \'\' THEN false ELSE true END AS "is_named"'
    f' FROM "customers_customer" WHERE {where}) AS customer'
    for where in ("true", '"registered_at" IS NULL', '"id" < 0')
]


@pytest.fixture
def shop():
    awkward_shop(61, customers=60).store()


@on_postgresql
@pytest.mark.parametrize("name", ["duckdb", pytest.param("spark", marks=needs_spark)])
def test_rows_are_counted_as_postgresql_counts_them(shop, tmp_path, name):
    found = engine(name)
    with asked_of(found, tmp_path) as asked, connection.cursor() as cursor:
        for statement in COUNTS:
            cursor.execute(statement)
            said = translate(statement, found.dialect, tables=asked.tables)
            assert asked.session.rows(said) == cursor.fetchall()


@on_postgresql
@pytest.mark.parametrize("name", ["duckdb", pytest.param("spark", marks=needs_spark)])
def test_the_first_are_told_in_order_and_how_many_there_are(shop, tmp_path, name):
    ids = Translated("SELECT id FROM shop_customers_customer WHERE kind = 'guest'")
    with asked_of(engine(name), tmp_path) as asked, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer WHERE kind = 'guest' ORDER BY id")
        expected = [pk for (pk,) in cursor.fetchall()]
        assert len(expected) > 3
        assert asked.session.rows(count_of(ids)) == [(len(expected),)]
        first = asked.session.rows(count_and_first(ids, 3))
        assert first == [(len(expected), pk) for pk in expected[:3]]
        nobody = Translated(f"{ids.sql} AND id < 0")
        assert asked.session.rows(count_of(nobody)) == [(0,)]
        assert asked.session.rows(count_and_first(nobody, 3)) == []
