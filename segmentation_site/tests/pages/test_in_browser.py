"""The admin in a browser: nothing that the policy refuses, accessible, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import dateparse

from customers.models import (
    Address,
    Category,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerTag,
    Order,
    OrderItem,
    Product,
    ProductCategory,
    Store,
    Website,
)
from segments.tests.browser.chromium import USUAL, launched
from segments.tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOW = dateparse.parse_datetime("2026-01-01T00:00:00Z")


@pytest.fixture
def addresses() -> list[str]:
    """Make one row of each kind and return the addresses of the pages that show them."""
    store = Store.objects.get()
    customer = Customer.objects.create(
        external_id="C1",
        email="anna@example.com",
        registered_at=NOW,
        website=Website.objects.get(),
        store=store,
        group=CustomerGroup.objects.get(),
    )
    Address.objects.create(customer=customer, street="Main Street 1")
    CustomerTag.objects.create(customer=customer, tag="vip")
    level = CustomerAttribute.objects.create(
        code="level", label="Level", type="choice", options=["gold"]
    )
    CustomerAttributeValue.objects.create(customer=customer, attribute=level, choice="gold")
    category = Category.objects.create(code="shoes", name="Shoes")
    # Enough for a list of several pages.
    Category.objects.bulk_create(
        Category(code=f"c{number}", name=f"Category {number}") for number in range(1200)
    )
    product = Product.objects.create(sku="S", name="Shoe", price="49.9")
    ProductCategory.objects.create(product=product, category=category)
    order = Order.objects.create(
        number="O1",
        customer=customer,
        store=store,
        state="complete",
        created_at=NOW,
        updated_at=NOW,
        grand_total="49.9",
    )
    OrderItem.objects.create(order=order, line="1", product=product, sku="S", quantity=1)
    rows = (customer, level, category, product, order)
    return [
        reverse("admin:index"),
        reverse("admin:customers_customer_add"),
        reverse("admin:customers_customer_import"),
        reverse("admin:customers_customer_export"),
        reverse("admin:customers_customer_delete", args=[customer.pk]),
        *(reverse(f"admin:customers_{row._meta.model_name}_changelist") for row in rows),
        reverse("admin:customers_category_changelist") + "?p=11",
        *(reverse(f"admin:customers_{row._meta.model_name}_change", args=[row.pk]) for row in rows),
    ]


@pytest.fixture
def browser(
    live_server: Any, admin_user: Any, addresses: list[str], request: Any
) -> Iterator[Browser]:
    """Start the browser when the rows are there, and end it before they go.

    While it runs, its driver's event loop makes Django take this thread for another one.
    """
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as playwright,
        launched(playwright, getattr(request, "param", USUAL)) as browser,
    ):
        yield browser


@pytest.mark.parametrize(
    ("browser", "looks"),
    [
        ("dejavu", [("light", 1280), ("dark", 375)]),
        ("noto", [("dark", 1280), ("light", 375)]),
    ],
    indirect=["browser"],
)
def test_pages_of_shop_data_are_clean(
    browser: Browser, live_server: Any, addresses: list[str], looks: list[tuple[Any, int]]
) -> None:
    scheme, width = looks[0]
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    visit = Visitor(page, live_server.url, looks)
    page.goto(live_server.url + reverse("admin:login"))
    page.fill("#id_username", "admin")
    page.fill("#id_password", "password")
    page.click("[type=submit]")
    faults: list[str] = []
    for address in addresses:
        visit.open(address)
        visit.settle()
        faults += visit.faults()
    context.close()
    assert visit.complaints == []
    assert faults == []


def test_select_all_on_the_export_page_works(browser: Browser, live_server: Any) -> None:
    page = browser.new_page()
    page.goto(live_server.url + reverse("admin:customers_customer_export"))
    page.fill("#id_username", "admin")
    page.fill("#id_password", "password")
    page.click("[type=submit]")
    page.wait_for_selector("#select-all-toggle")
    boxes = page.locator(".selectable-field-export-row input[type=checkbox]")
    assert boxes.count() == 15  # The columns, and the one for all.
    page.set_checked("#select-all-toggle", False)
    page.set_checked("#select-all-toggle", True)
    assert all(boxes.nth(number).is_checked() for number in range(15))
    page.close()
