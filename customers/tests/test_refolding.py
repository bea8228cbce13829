"""Stored folded texts follow the folding: after an upgrade a migrate brings them up to date."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from core.text.folding import FOLD_VERSION
from customers.models import (
    Address,
    Customer,
    CustomerGroup,
    DirtyCustomer,
    Product,
    Store,
    StoredFolding,
    UncheckedText,
    Website,
)
from customers.refolding import refold_if_changed, refold_unchecked

pytestmark = pytest.mark.django_db


def stale_customer():
    """Return a customer whose folded columns are from another folding."""
    customer = Customer.objects.create(
        external_id="C1",
        email="ΣΊΣΥΦΟΣ@Example.com",
        website=Website.objects.get(code="default"),
        store=Store.objects.get(code="default"),
        group=CustomerGroup.objects.get(code="general"),
    )
    # Past the query set that folds, as an older version would have left them.
    stale = {"email_folded": "old", "email_domain_folded": "old"}
    QuerySet(Customer).filter(pk=customer.pk).update(**stale)
    return customer


def test_a_new_database_has_todays_folding():
    assert StoredFolding.objects.get().version == FOLD_VERSION


def test_another_folding_is_replaced_by_a_migrate():
    customer = stale_customer()
    StoredFolding.objects.update(version="0/unicode-1.0")
    call_command("migrate", verbosity=0)
    customer.refresh_from_db()
    assert customer.email_folded == "σίσυφοσ@example.com"
    assert customer.email_domain_folded == "example.com"
    assert StoredFolding.objects.get().version == FOLD_VERSION


def test_the_same_folding_is_left_alone():
    customer = stale_customer()
    assert refold_if_changed() == 0
    customer.refresh_from_db()
    assert customer.email_folded == "old"


def test_only_rows_that_differ_are_counted_as_changed():
    stale_customer()
    StoredFolding.objects.update(version="0/unicode-1.0")
    assert refold_if_changed() == 1
    assert refold_if_changed() == 0


def test_tables_and_columns_of_later_migrations_are_not_asked(monkeypatch):
    stale_customer()
    StoredFolding.objects.update(version="0/unicode-1.0")
    tables = [Customer._meta.db_table]
    monkeypatch.setattr(connection.introspection, "table_names", lambda *_given: tables)
    with CaptureQueriesContext(connection) as asked:
        assert refold_if_changed() == 1
    statements = " ".join(one["sql"] for one in asked)
    assert Product._meta.db_table not in statements
    assert "is_refusal_of_file" not in statements


def write(statement, *values):
    """Write past the models."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_text_written_past_the_models_is_noticed_and_folded():
    customer = stale_customer()
    refold_unchecked()
    DirtyCustomer.objects.all().delete()
    write("UPDATE customers_customer SET email = %s", "Ünder@Example.org")
    assert UncheckedText.objects.count() == 1
    DirtyCustomer.objects.all().delete()
    assert refold_unchecked() == 1
    customer.refresh_from_db()
    assert (customer.email_folded, customer.email_domain_folded) == (
        "ünder@example.org",
        "example.org",
    )
    assert [row.customer_id for row in DirtyCustomer.objects.all()] == [customer.pk]
    assert refold_unchecked() == 0
    assert not UncheckedText.objects.exists()


def test_a_row_inserted_past_the_models_is_folded():
    customer = stale_customer()
    write(
        "INSERT INTO customers_address (customer_id, city, is_default_billing, is_default_shipping)"
        " VALUES (%s, %s, %s, %s)",
        customer.pk,
        "Zürich",
        False,
        False,
    )
    refold_unchecked()
    assert Address.objects.get().city_folded == "zürich"


def test_a_product_renamed_past_the_models_is_folded():
    Product.objects.create(sku="A", name="Red Shoe")
    assert not UncheckedText.objects.exists()
    write("UPDATE customers_product SET name = %s", "Blue Shoe")
    assert refold_unchecked() == 1
    assert Product.objects.get().name_folded == "blue shoe"


def test_texts_written_by_the_models_are_found_right():
    Product.objects.create(sku="Ä", name="STRASSE")
    assert refold_unchecked() == 0


def test_a_row_that_is_gone_needs_no_folding():
    Product.objects.create(sku="Ä", name="A")
    Product.objects.all().delete()
    assert refold_unchecked() == 0
    assert not UncheckedText.objects.exists()
