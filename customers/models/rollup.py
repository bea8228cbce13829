"""Each customer's figures, so that a condition on one need not add up their rows."""

from django.db import models

from customers.fields import ExactDecimalField
from customers.models.customer import Customer


class CustomerRollup(models.Model):
    """Figures of a customer's rows that do not depend on the clock.

    What each means, and how it is computed, is said by the conditions that read it (`stored` in
    `conditions.families`); `conditions.upkeep.rollup` keeps them up to date. They hold if the row
    is complete and the customer is not dirty. Triggers see to it that each customer has a row, and
    nobody else (`customers.changes`), so that the database need not check the reference.
    """

    customer = models.OneToOneField(
        Customer,
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="rollup",
    )
    # Not complete: a row that has just been made, or one of a customer with a sum that is too large
    # for a column.
    complete = models.BooleanField(default=False, db_default=False)
    # The customer's, so that days in its time zone can be told without a join.
    website_id = models.BigIntegerField(null=True)
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

    def __str__(self) -> str:
        return str(self.customer_id)
