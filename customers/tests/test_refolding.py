"""Stored folded texts follow the folding: after an upgrade a migrate brings them up to date."""

import pytest
from django.core.management import call_command
from django.db.models import QuerySet

from customers.folding import FOLD_VERSION
from customers.models import Customer, CustomerGroup, Store, StoredFolding, Website
from customers.refolding import refold_if_changed

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
