"""Lists of shop data: bounded counts, searches by folded prefix, few queries, no mass actions."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import dateparse

from core.admin.lists import BoundedPaginator
from customers.models import (
    ApiToken,
    Customer,
    CustomerGroup,
    Erasure,
    Order,
    Product,
    Store,
    Website,
)

pytestmark = pytest.mark.django_db

PAGES = [model for model in admin.site._registry if model._meta.app_label == "customers"]


def address(model: type) -> str:
    return reverse(f"admin:customers_{model._meta.model_name}_changelist")


def make_customers(*rows: dict) -> list[Customer]:
    website, store = Website.objects.get(), Store.objects.get()
    group = CustomerGroup.objects.get()
    return Customer.objects.bulk_create(
        Customer(website=website, store=store, group=group, **row) for row in rows
    )


def found(client: Client, model: type, term: str) -> list[str]:
    response = client.get(address(model), {"q": term})
    return [str(row) for row in response.context["cl"].result_list]


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_every_list_opens_and_searches(admin_client: Client, model: type) -> None:
    assert admin_client.get(address(model)).status_code == 200
    assert admin_client.get(address(model), {"q": "x%_\\'\0"}).status_code == 200


def test_search_without_result_offers_to_clear_it(admin_client: Client) -> None:
    text = "Nothing matches this search and these filters."
    assert text in admin_client.get(address(Order), {"q": "none"}).content.decode()
    assert text not in admin_client.get(address(Order)).content.decode()


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_no_list_counts_all_its_rows(
    admin_client: Client, model: type, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(12) as queries:
        admin_client.get(address(model))
    table = model._meta.db_table
    counts = [
        q["sql"]
        for q in queries
        if q["sql"].startswith("SELECT COUNT(") and f'"{table}"' in q["sql"]
    ]
    assert counts
    assert all(f"LIMIT {BoundedPaginator.LIMIT}" in sql for sql in counts)


def test_a_search_folds_its_term_and_finds_prefixes_only(admin_client: Client) -> None:
    make_customers(
        {"external_id": "A-1", "email": "Anna@Example.com"},
        {"external_id": "A-2", "last_name": "Łukasz"},
        {"external_id": "B-10%", "email": "x_y@example.com"},
    )
    assert found(admin_client, Customer, "ANNA@") == ["A-1"]
    assert found(admin_client, Customer, "łUK") == ["A-2"]
    assert found(admin_client, Customer, "example") == []
    assert found(admin_client, Customer, "b-1") == ["B-10%"]
    assert found(admin_client, Customer, "b-1_") == []
    assert found(admin_client, Customer, "%") == []


def test_the_search_says_what_it_finds_for_whom(client: Client, django_user_model) -> None:
    make_customers({"external_id": "A-1"})
    user = django_user_model.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    client.force_login(user)
    html = client.get(address(Customer)).content.decode()
    assert "Finds a customer number by its beginning." in html
    assert "last name" not in html

    user.user_permissions.add(Permission.objects.get(codename="view_personal_data"))
    html = client.get(address(Customer)).content.decode()
    assert "Finds a customer number, email, last name or full name by its beginning." in html


def test_a_full_name_finds_its_customer(admin_client: Client) -> None:
    make_customers(
        {"external_id": "1", "first_name": "Anna Maria", "last_name": "Groß"},
        {"external_id": "2", "first_name": "Berta", "last_name": "Groß"},
    )
    assert found(admin_client, Customer, "anna maria gr") == ["1"]


def test_a_long_list_says_where_it_is_cut_off(admin_client: Client, monkeypatch) -> None:
    make_customers(*({"external_id": str(number)} for number in range(7)))
    assert "7 customers" in admin_client.get(address(Customer)).content.decode()
    monkeypatch.setattr(BoundedPaginator, "LIMIT", 5)
    page = admin_client.get(address(Customer))
    assert "the first 5 customers" in page.content.decode()
    assert page.context["cl"].result_count == 5


def test_the_number_of_queries_does_not_grow_with_the_rows(admin_client: Client) -> None:
    now = dateparse.parse_datetime("2026-01-01T00:00:00Z")
    numbers = []
    for numbers_of_rows in (range(2), range(2, 22)):
        customers = make_customers(*({"external_id": str(n)} for n in numbers_of_rows))
        Order.objects.bulk_create(
            Order(
                number=customer.external_id,
                customer=customer,
                store=customer.store,
                state="complete",
                created_at=now,
                updated_at=now,
                grand_total=1,
            )
            for customer in customers
        )
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(address(Customer))
            admin_client.get(address(Order))
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_no_list_acts_on_rows_that_it_does_not_show(model: type, rf, admin_user) -> None:
    request = rf.get("/")
    request.user = admin_user
    # Both are of few rows, and what they do is asked before, or can be taken back.
    known = {ApiToken: {"revoke"}, Erasure: {"let_in_again"}}
    assert set(admin.site._registry[model].get_actions(request)) == known.get(model, set())


def test_a_search_uses_the_index(admin_client: Client, django_assert_max_num_queries) -> None:
    Product.objects.create(sku="S", name="Shoe")
    with django_assert_max_num_queries(20) as queries:
        admin_client.get(address(Product), {"q": "shoe"})
    assert any('"name_folded" >=' in query["sql"] for query in queries)
    assert not any("LIKE" in query["sql"] and "_folded" in query["sql"] for query in queries)


@pytest.mark.parametrize("model", [Customer, Store])
def test_no_button_deletes_what_a_field_refers_to(admin_client, model):
    """One click beside a customer's website would delete it, and its customers along."""
    make_customers({"external_id": "ann"})
    page = admin_client.get(reverse(f"admin:customers_{model._meta.model_name}_add"))
    assert b"related-widget-wrapper-link add-related" in page.content
    assert b"delete-related" not in page.content
