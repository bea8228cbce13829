"""Trees on which query and evaluator once disagreed or failed, as generated examples found them."""

from datetime import UTC, datetime

import pytest

from conditions.evaluator.facts import FactStore
from conditions.tests.agreement.test_agreement import by_evaluator, by_query
from conditions.tests.examples.shops import awkward_shop
from customers.models import Customer

AS_OF = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(db):
    awkward_shop(2).store()
    return FactStore(list(Customer.objects.order_by("pk")))


@pytest.mark.parametrize(
    "condition",
    [
        # A difference of two day numbers lacked its brackets: a + 1 - b + 1.
        {
            "attribute": "activity.average_days_between_orders",
            "operator": "is",
            "value": "31",
        },
        # Days of several zones asked of a custom attribute named a place instead of a path.
        {"attribute": "refund_item.product.p_date", "operator": "in_last_days", "value": 0},
        # A category was tested against its code instead of its categories.
        {"attribute": "wishlist_item.category", "operator": "is", "value": "cat1"},
        {"attribute": "customer.email_domain", "operator": "contains", "value": "a"},
        # SQLite takes no thousand alternatives in a row.
        {
            "attribute": "lifetime.sales",
            "operator": "is_one_of",
            "value": [str(2 * n) for n in range(1_000)],
        },
    ],
    ids=lambda condition: condition["attribute"],
)
@pytest.mark.parametrize("match", ["all", "none"])
def test_query_and_evaluator_agree(store, condition, match):
    tree = {"match": match, "conditions": [condition]}
    assert by_query(tree, AS_OF) == by_evaluator(tree, store, AS_OF)
