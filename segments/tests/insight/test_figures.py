"""What the members buy, beside their number: exact, of whom is counted, for who may see orders."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from conditions.matching import matching_customers
from conditions.sql.scope import moment_at, scope_of
from core.clock import now
from customers.models import DirtyCustomer, Order, Store
from segments.editing.overrides import set_override
from segments.insight.previews.figures import Figures, figures_of
from segments.insight.previews.preview import preview

pytestmark = pytest.mark.django_db

ALL = {"match": "all", "conditions": []}


@pytest.fixture
def order():
    store = Store.objects.get(code="default")
    numbers = iter(range(1000))

    def make(customer, total, state="complete"):
        return Order.objects.create(
            number=f"O-{next(numbers)}",
            customer=customer,
            store=store,
            state=state,
            created_at=now(),
            updated_at=now(),
            grand_total=total,
        )

    return make


def found(**options):
    return preview(ALL, figures=True, limit=0, **options).figures


def test_sales_are_added_up_exactly_and_without_what_is_no_sale(make_customer, order):
    ann, ben = make_customer("a"), make_customer("b")
    for total in ("0.1", "0.2", "999999999.9999"):
        order(ann, total)
    order(ben, "0.0001")
    order(ben, "50", state="canceled")
    order(ben, "50", state="closed")

    assert found() == Figures(2, 4, Decimal("1000000000.3000"))
    assert found().average_order == Decimal("250000000.0750")


def test_of_nobody_and_of_nobody_who_bought(make_customer):
    assert found(applies_to="guest") == Figures(0, 0, Decimal(0))
    make_customer("a")
    assert found() == Figures(1, 0, Decimal(0))
    assert found().average_order is None
    nobody = {
        "match": "none",
        "conditions": [{"attribute": "customer.id", "operator": "is_not_empty"}],
    }
    assert preview(nobody, figures=True, limit=0).figures.customers == 0


def test_they_are_of_the_scope_and_of_members(make_customer, make_segment, order):
    ann, guest = make_customer("a"), make_customer("g", kind="guest")
    order(ann, "10")
    order(guest, "5")
    segment = make_segment()
    assert found().sales == 10
    assert found(applies_to="guest").sales == 5
    assert found(applies_to="both").sales == 15
    set_override(segment, ann, "exclude", author=None)
    assert found(segment=segment, applies_to="both").sales == 5


def test_what_is_not_worked_in_yet_counts(make_customer, order):
    ann = make_customer("a")
    order(ann, "10")
    assert DirtyCustomer.objects.filter(customer_id=ann.pk).exists()
    assert found().sales == 10


def test_the_count_is_the_same_with_customers_and_without(make_customer, order):
    order(make_customer("a"), "10")
    with_customers = preview(ALL, figures=True, limit=10)
    assert (with_customers.count, len(with_customers.customers)) == (1, 1)
    assert with_customers.figures == found()
    assert preview(ALL).figures is None


def test_without_time_there_are_none(make_customer, settings):
    make_customer("a")
    settings.PREVIEW_TIMEOUT_SECONDS = 0
    answer = preview(ALL, figures=True, limit=0)
    assert (answer.figures, answer.exact) == (None, False)


def test_one_statement_finds_them(make_customer, order, django_assert_num_queries):
    order(make_customer("a"), "10")
    chosen, moment = matching_customers(ALL), moment_at(now(), scope_of((), (), "registered"))
    with django_assert_num_queries(1):
        assert figures_of(chosen, moment).sales == 10


@pytest.mark.parametrize("may_see_orders", [True, False])
def test_what_is_sold_is_for_who_may_see_orders(client, make_customer, order, may_see_orders):
    order(make_customer("a", accepts_marketing=True), "10")
    user = User.objects.create_user("ann")
    names = ["preview", *(["view_order"] if may_see_orders else [])]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    asked = {"conditions": ALL, "figures": True, "limit": 0}
    answer = client.post(reverse("api:preview"), asked, "application/json").json()

    assert answer["figures"] == {
        "customers": 1,
        "mailable": None,
        "orders": 1 if may_see_orders else None,
        "sales": "10.0000" if may_see_orders else None,
        "average_order": "10.0000" if may_see_orders else None,
    }
    assert (
        "figures"
        not in client.post(reverse("api:preview"), {"conditions": ALL}, "application/json").json()
    )
