"""Values and life-style as conditions and in the profile: written, followed, refused."""

from datetime import timedelta

import pytest

from conditions.explain import explain
from conditions.matching import matching_customers
from core import clock
from customers.models import ProductAttribute, ProductAttributeValue
from personalization.models import CustomerProfile, CustomerValueShare
from personalization.profiles import live
from personalization.profiles.writing import is_read_by_segment
from personalization.tests.conftest import say
from personalization.tests.test_profile import get
from segments.engine.live_changes.changed_customers import process_changes
from segments.membership import is_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tree_of(code, operator, *value):
    node = {"attribute": f"lifestyle.{code}", "operator": operator}
    return {"match": "all", "conditions": [node | ({"value": value[0]} if value else {})]}


@pytest.fixture
def people(doing, make_customer, settings):
    """Store C1, whose spend is half organic, C2 without organic, C3 with four orders."""
    settings.VALUE_ATTRIBUTES = ["organic", "fair_trade"]
    organic = ProductAttribute.objects.create(code="organic", label="Organic", type="boolean")
    tea = doing.product("tea")
    ProductAttributeValue.objects.create(product=tea, attribute=organic, boolean=True)
    last = None
    for number, orders, skus in (("C1", 5, "tea mug"), ("C2", 5, "mug"), ("C3", 4, "tea")):
        last = customer = make_customer(number)
        for n in range(orders):
            doing.order(customer, clock.now() - (4 + 10 * n) * DAY, skus.split())
    live.write_every_night()
    return last


@pytest.mark.parametrize(
    ("code", "operator", "value", "expected"),
    [
        ("values.organic", "gte", "0.5", ["C1"]),
        ("values.organic", "lt", "0.5", ["C2"]),
        ("values.organic", "between", ["0", "1"], ["C1", "C2"]),
        ("values.organic", "is_empty", None, ["C3"]),
        ("values.organic", "is_not", "0.5", ["C2", "C3"]),
        ("values.fair_trade", "is_not_empty", None, []),
        ("regularity", "is", "1", ["C1", "C2"]),
        ("new_product_share", "is", "0.2", ["C1", "C2"]),
        ("weekend_share", "is_empty", None, ["C3"]),
    ],
)
def test_query_and_evaluator_agree(people, code, operator, value, expected):
    tree = tree_of(code, operator, *([] if value is None else [value]))
    rows = matching_customers(tree, as_of=clock.now(), applies_to="both").order_by("pk")
    assert [one.external_id for one in rows] == expected
    for one in type(people).objects.order_by("pk"):
        assert explain(tree, one, as_of=clock.now()).holds == (one.external_id in expected)


def test_shares_can_be_compared_with_other_figures(people):
    tree = tree_of("values.organic", "gt", {"attribute": "lifestyle.new_product_share"})
    rows = matching_customers(tree, as_of=clock.now(), applies_to="both")
    assert [one.external_id for one in rows] == ["C1"]


def test_a_segment_follows_products_time_and_consent(
    doing, make_customer, make_segment, settings, monkeypatch
):
    settings.VALUE_ATTRIBUTES = ["organic"]
    organic = ProductAttribute.objects.create(code="organic", label="Organic", type="boolean")
    customer = make_customer()
    assert not is_read_by_segment()
    segment = make_segment("Green", tree_of("values.organic", "gte", "0.5")["conditions"])
    assert is_read_by_segment()
    at = clock.now()
    for n in range(5):
        doing.order(customer, at - (360 - 10 * n) * DAY, ["tea"])
    process_changes()
    assert not is_member(customer, segment.code)
    ProductAttributeValue.objects.create(
        product=doing.product("tea"), attribute=organic, boolean=True
    )
    process_changes()
    assert is_member(customer, segment.code)
    # Once the oldest order is more than 365 days ago there are too few.
    due = CustomerProfile.objects.get().due_at
    assert at + 5 * DAY < due < at + 7 * DAY
    for module in ("live", "writing"):
        monkeypatch.setattr(f"personalization.profiles.{module}.now", lambda: due)
    assert live.follow() == 1
    assert not is_member(customer, segment.code)
    doing.order(customer, at, ["tea"])
    process_changes()
    assert is_member(customer, segment.code)
    say(customer, "refused", ["personalization"])
    process_changes()
    assert not CustomerValueShare.objects.exists()
    assert not is_member(customer, segment.code)


def test_the_profile_shows_formula_and_counts(people, client_with):
    client = client_with("personalization.view_profile")
    found = get(client, type(people).objects.get(external_id="C1"))["lifestyle"]
    assert found["orders"] == 5
    assert found["values"] == {
        "organic": {
            "value": "0.5000",
            "formula": "amount of lines of products that have the value / amount of all lines",
            "counts": {"amount": "50.0000", "of": "100.0000"},
        }
    }
    assert found["new_product_share"]["value"] == "0.2000"
    assert found["new_product_share"]["counts"] == {"count": 2, "of": 10}
    assert found["regularity"]["counts"] == {
        "gaps": 4, "mean_days": "10.0000", "deviation_days": "0.0000",
    }  # fmt: skip
    few = get(client, people)["lifestyle"]
    assert (few["orders"], few["weekend_share"]["value"]) == (4, None)
    assert few["values"]["organic"]["value"] is None
