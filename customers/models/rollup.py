"""Stored figures of each customer, so that a condition need not aggregate the customer's rows."""

from typing import Any

from django.db import models

from core.database.fields import ExactDecimalField
from customers.models.identity.customer import Customer

# Columns of the customer that a roll-up may copy, so that queries of the roll-up need no join.
OF_CUSTOMER = ("website_id", "is_active", "kind")


def key_of_rollup(related_name: str) -> Any:
    """Return the primary key of a roll-up: the customer's key, without a database constraint."""
    return models.OneToOneField(
        Customer,
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name=related_name,
    )


class Rollup(models.Model):
    """Base of tables with one row of figures per customer that do not depend on the clock.

    The conditions that read a figure define its meaning and computation (`Derived` and its
    `columns`); `conditions.upkeep.rollup` keeps the figures up to date. The figures are valid if
    the row is complete and the customer has no mark (`DirtyCustomer`). Triggers
    (`customers.changes`) keep exactly one row per customer. Every column except the key, `complete`
    and `OF_CUSTOMER` is a figure.
    """

    # False for a row that has just been inserted, and for a customer with a sum that is too large
    # for its column.
    complete = models.BooleanField(default=False, db_default=False)
    # A copy of the customer's, so that days in the website's time zone need no join.
    website_id = models.BigIntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class CustomerRollup(Rollup):
    """The figures that come with Tranche."""

    customer = key_of_rollup("rollup")
    # Copies of the customer's, so that the scope of a segment needs no join.
    is_active = models.BooleanField(default=False, db_default=False)
    kind = models.CharField(max_length=16, default="", db_default="")
    sales = ExactDecimalField(null=True)
    number_of_orders = models.IntegerField(default=0, db_default=0)
    refunds = ExactDecimalField(null=True)
    refunds_of_sales = ExactDecimalField(null=True)
    distinct_products = models.IntegerField(default=0, db_default=0)
    quantity = ExactDecimalField(null=True)
    # Orders that were not canceled, which is not the same as sales.
    orders = models.IntegerField(default=0, db_default=0)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    last_login_at = models.DateTimeField(null=True)
    views = models.IntegerField(default=0, db_default=0)
    last_viewed_at = models.DateTimeField(null=True)
    wished_products = models.IntegerField(default=0, db_default=0)
    last_wished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer"],
                condition=models.Q(complete=False),
                name="rollup_incomplete_idx",
            )
        ]
