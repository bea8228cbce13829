"""What is declared leads to customers; a name that does not is said by `check`."""

import pytest
from django.contrib.auth.models import User
from django.core.checks import Tags, run_checks
from django.db import models
from django.test.utils import isolate_apps

from customers.changes import declared
from customers.changes.checks import check_marked
from customers.changes.declared import By, Marked, declare
from customers.models import AuditEntry, Cart, Customer, Order, Product, ProductCategory


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Whatever a test declares is gone after it."""
    monkeypatch.setattr(declared, "_declared", dict(declared._declared))


def found_of(marked):
    declared._declared[marked.model] = marked
    return [(one.id, one.msg.partition("by ")[2]) for one in check_marked()]


def test_all_that_is_declared_leads_somewhere():
    assert check_marked() == []


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        (Marked(Cart, ("nope",)), "“nope”: Cart has no field named 'nope'."),
        (
            Marked(Cart, ("customer__nope",)),
            "“customer__nope”: Customer has no field named 'nope'.",
        ),
        (Marked(Cart, ("store",)), "“store”: it leads to customers.Store."),
        (Marked(Cart, ("pk",)), "“pk”: it leads to customers.Cart."),
        (Marked(Cart, ("items",)), "“items”: “items” is no foreign key."),
        (Marked(Cart, ("coupon_code",)), "“coupon_code”: “coupon_code” is no foreign key."),
        (Marked(Customer, ("pk__x",)), "“pk__x”: “pk” is no foreign key."),
        (
            Marked(Cart, ("customer",), fields=("subtotal", "nope")),
            "“nope”: Cart has no field named 'nope'.",
        ),
        (
            Marked(Product, fields=("categories",)),
            "“categories”: it is no column of customers.Product.",
        ),
        (
            Marked(Product, by=(By(ProductCategory, "nope"),)),
            "“nope”: ProductCategory has no field named 'nope'.",
        ),
        (
            Marked(ProductCategory, by=(By(Cart, "store", "nope"),)),
            "“nope”: ProductCategory has no field named 'nope'.",
        ),
        (
            Marked(User, by=(By(AuditEntry, "user"),)),
            "“customers.AuditEntry”: it is not declared itself.",
        ),
    ],
    ids=lambda one: "" if isinstance(one, str) else one.model.__name__,
)
def test_a_name_that_leads_nowhere_is_named(marked, said):
    assert found_of(marked) == [("customers.E001", said)]


def test_a_path_by_another_column_than_the_key_is_named():
    with isolate_apps():

        class Note(models.Model):
            number = models.ForeignKey(
                Customer, models.CASCADE, to_field="external_id", related_name="+"
            )

            class Meta:
                app_label = "tests"

        said = "“number”: “number” refers to another column than the key."
        assert found_of(Marked(Note, ("number",))) == [("customers.E001", said)]


@pytest.mark.parametrize(
    "marked", [Marked(Order, "customer"), Marked(Order, ("customer",), fields="status")]
)
def test_a_text_in_place_of_several_is_refused(marked):
    with pytest.raises(ValueError, match=r"Order: write \('(customer|status)',\), with a comma"):
        declare(marked)


@pytest.mark.django_db
def test_migrate_says_it_too_and_does_not_break():
    declare(Marked(Cart, ("nope",)))
    found = run_checks(databases=["default"])
    assert "customers.E001" in {one.id for one in found}
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
