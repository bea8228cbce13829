"""Large files into empty tables on PostgreSQL: indexes and keys go and come back as they were."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from customers.generate.shop import write_shop
from customers.imports.problems import ImportRefused
from customers.imports.shop_csv import import_shop
from customers.imports.storing import deferred_indexes
from customers.models import Customer, Order, OrderItem, ProductView
from customers.tests.imports.importing import CUSTOMERS, LINES, NOON, ORDER, ORDERS

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's tables stay as they are"
)

CATALOGUE = """
SELECT indrelid::regclass::text, 'index', pg_get_indexdef(indexrelid)
    || indisvalid::text || indisready::text
FROM pg_index WHERE indrelid::regclass::text LIKE 'customers\\_%'
UNION ALL
SELECT conrelid::regclass::text, 'constraint', conname || ' ' || pg_get_constraintdef(oid)
    || convalidated::text FROM pg_constraint WHERE conrelid::regclass::text LIKE 'customers\\_%'
UNION ALL
SELECT tgrelid::regclass::text, 'trigger', CASE WHEN tgisinternal THEN tgfoid::regproc::text
    || tgtype::text || (SELECT conname FROM pg_constraint AS c WHERE c.oid = t.tgconstraint)
    ELSE pg_get_triggerdef(oid) END || tgenabled::text
FROM pg_trigger AS t WHERE tgrelid::regclass::text LIKE 'customers\\_%'
ORDER BY 1, 2, 3
"""


@pytest.fixture
def importer(importer):
    importer.lock_empty_tables = True
    return importer


@pytest.fixture
def put_aside(monkeypatch):
    """The statements by which something was put aside."""
    found = []
    run = deferred_indexes.Sql.run

    def noting(sql, statement):
        if statement.startswith("DROP INDEX") or " DROP CONSTRAINT " in statement:
            found.append(statement)
        return run(sql, statement)

    monkeypatch.setattr(deferred_indexes.Sql, "run", noting)
    return found


def catalogue():
    """Return every index, constraint and trigger of the shop's tables."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        return cursor.fetchall()


def test_an_import_into_an_empty_shop_leaves_each_index_and_key_as_it_was(db, tmp_path, put_aside):
    write_shop(tmp_path, customers=40, seed=1, until=NOON)
    before = catalogue()
    report = import_shop(tmp_path, lock_empty_tables=True)
    assert put_aside
    assert catalogue() == before
    assert OrderItem.objects.count() == next(
        file.read for file in report.files if file.file == "order_items.csv"
    )
    put_aside.clear()
    assert not import_shop(tmp_path, lock_empty_tables=True).has_changes
    assert not put_aside


def test_an_index_serves_those_who_had_begun_before_the_import(importer, put_aside):
    """As it would not where rows were written twice before it was made (`indcheckxmin`)."""
    lines = "order,line,parent_line,sku,quantity\no1,1,2,A,1\no1,2,3,B,1\no1,3,,C,1\n"
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=lines)
    assert put_aside
    found = OrderItem.objects.order_by("line").values_list("line", "parent__line")
    assert list(found) == [("1", "2"), ("2", "3"), ("3", None)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indcheckxmin AND indrelid = 'customers_orderitem'::regclass"
        )
        assert not cursor.fetchall()


def test_a_refused_import_leaves_each_index_and_key_as_it_was(importer, put_aside):
    before = catalogue()
    with pytest.raises(ImportRefused):
        importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES + "o2,1,A,1,1\n")
    assert put_aside
    assert catalogue() == before
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("table", "column"), [("customers_order", "customer_id"), ("customers_orderitem", "order_id")]
)
def test_a_key_is_enforced_after_an_import(importer, put_aside, table, column):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    assert put_aside
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = 1000000000")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_row_that_hangs_on_nothing_is_found_when_the_key_comes_back(importer, monkeypatch):
    before = catalogue()
    importer(customers=CUSTOMERS)
    check = deferred_indexes._check_references

    def with_a_mistake(sql):
        sql.run("UPDATE customers_order SET customer_id = 1000000000")
        check(sql)

    monkeypatch.setattr(deferred_indexes, "_check_references", with_a_mistake)
    Customer.objects.all().delete()
    with pytest.raises(IntegrityError):
        importer(customers=CUSTOMERS, orders=ORDERS)
    assert catalogue() == before
    assert not Order.objects.exists()


def test_only_empty_tables_are_touched(importer, put_aside):
    importer(customers=CUSTOMERS)
    put_aside.clear()
    importer(orders=ORDER + "o1,c1,complete,2026-01-02T03:04:05Z,10\n")
    assert any("order_created_idx" in statement for statement in put_aside)
    # To take this key away would keep others from reading customers.
    assert not any("customer_id" in one for one in put_aside if " DROP CONSTRAINT " in one)
    assert not any("customers_customer " in statement for statement in put_aside)


def test_nothing_is_touched_unless_asked_for(importer, put_aside):
    importer.lock_empty_tables = False
    importer(customers=CUSTOMERS, orders=ORDERS)
    assert not put_aside


@pytest.mark.django_db(transaction=True)
def test_readers_go_on_reading_unless_they_are_locked_out(importer):
    seen = []
    directory = importer.directory(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    import_shop(
        directory,
        progress=lambda *_: seen.append(elsewhere("SELECT COUNT(*) FROM customers_customer")),
    )
    assert set(seen) == {(0,)}


def elsewhere(statement):
    """Return the first row of `statement` in another connection, or why there is none."""

    def run():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
                cursor.execute(statement)
                return cursor.fetchone()
        except OperationalError as error:
            return type(error.__cause__).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(60)


@pytest.mark.django_db(transaction=True)
def test_a_reader_meets_all_of_it_or_nothing(importer, tmp_path):
    seen = []
    directory = importer.directory(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)

    def look(*_progress):
        seen.append(elsewhere("SELECT COUNT(*) FROM customers_customer"))

    import_shop(directory, progress=look, lock_empty_tables=True)
    # There is nothing to read before the end: who asks for it waits.
    assert set(seen) == {"LockNotAvailable"}
    assert elsewhere("SELECT COUNT(*) FROM customers_customer") == (2,)
    seen.clear()
    import_shop(
        importer.directory(customers=CUSTOMERS + "c3,\n"), progress=look, lock_empty_tables=True
    )
    assert set(seen) == {(2,)}
    assert elsewhere("SELECT COUNT(*) FROM customers_customer") == (3,)


@pytest.mark.django_db(transaction=True)
def test_a_table_that_somebody_reads_is_filled_as_it_is(importer, put_aside, monkeypatch):
    monkeypatch.setattr(deferred_indexes, "PATIENCE", "50ms")
    directory = importer.directory(
        customers=CUSTOMERS, product_views="customer,sku,viewed_at\nc1,A,2026-01-02\n"
    )
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT COUNT(*) FROM customers_customer")
            import_shop(directory, lock_empty_tables=True)
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert not put_aside
    assert (Customer.objects.count(), ProductView.objects.count()) == (2, 1)
