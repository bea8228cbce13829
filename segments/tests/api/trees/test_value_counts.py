"""How many customers each value has, and what is not told."""

import pytest
from django.contrib.auth.models import Permission, User

from core.database.time_limit import TookTooLong
from customers.models import Address, Category
from segments.insight import value_counts

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/conditions/values/counts/"


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture(autouse=True)
def shop(make_customer):
    for number, country in (("A", "DE"), ("B", "DE"), ("C", "FR")):
        Address.objects.create(customer=make_customer(number), country=country)


def asked(client, **body):
    return client.post(ADDRESS, body, content_type="application/json")


def test_each_value_is_counted_among_the_customers_in_scope(boss):
    reply = asked(boss, attribute="address.country", values=["FR", "DE", "IT"])

    assert reply.status_code == 200
    assert reply.json() == [
        {"value": "FR", "count": 1},
        {"value": "DE", "count": 2},
        {"value": "IT", "count": 0},
    ]
    guests = asked(boss, attribute="address.country", values=["DE"], applies_to="guest")
    assert guests.json() == [{"value": "DE", "count": 0}]


def test_what_takes_too_long_is_left_out(boss, monkeypatch):
    def too_long(*_arguments):
        raise TookTooLong

    monkeypatch.setattr(value_counts, "time_limit", too_long)
    assert asked(boss, attribute="address.country", values=["FR"]).json() == []


def test_values_that_one_may_not_look_up_are_not_counted(client):
    user = User.objects.create_user("counter", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="preview"))
    client.force_login(user)

    assert asked(client, attribute="address.country", values=["FR"]).json() == []
    assert asked(client, attribute="customer.kind", values=["registered"]).json() == [
        {"value": "registered", "count": 3}
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"attribute": "address.country", "values": []},
        {"attribute": "address.country", "values": ["x"] * 51},
        {"attribute": "address.country", "values": ["a\0b"]},
        {"attribute": "customer.kind", "values": ["robot"]},
        {"attribute": "nothing", "values": ["FR"]},
        {"attribute": "address.country", "values": ["FR"], "websites": ["nowhere"]},
    ],
)
def test_what_is_no_value_is_refused(boss, body):
    assert asked(boss, **body).status_code == 400


def test_categories_come_as_a_tree_with_their_paths(boss):
    women = Category.objects.create(code="w", name="Women")
    Category.objects.create(code="z", name="Zebras")
    dresses = Category.objects.create(code="d", name="Dresses", parent=women)
    Category.objects.create(code="s", name="Summer", parent=dresses)
    address = "/api/v1/conditions/values/?attribute=order_item.category&q="

    assert boss.get(address).json() == [
        {"value": "w", "label": "Women", "above": []},
        {"value": "d", "label": "Dresses", "above": ["Women"]},
        {"value": "s", "label": "Summer", "above": ["Women", "Dresses"]},
        {"value": "z", "label": "Zebras", "above": []},
    ]
    assert boss.get(address + "summ").json() == [
        {"value": "s", "label": "Summer", "above": ["Women", "Dresses"]}
    ]
