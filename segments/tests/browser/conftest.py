"""A browser, a shop of eight customers, and the condition builder of a segment's form in it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.clock import now
from customers.models import Address, Order, Store
from segments.tests.browser.builder import Builder
from segments.tests.browser.visitor import Visitor
from tests.factories.browser import RequestsUnderWay, Windows


@pytest.fixture
def shop(make_customer: Any) -> dict[str, Any]:
    """Customers by number: G… live in Germany, F… in France; the last letter says what they did.

    B bought for 600 ten days ago, C did so with a coupon, O bought long ago, N never.
    """
    store = Store.objects.get(code="default")
    customers = {}
    for country, first in (("DE", "G"), ("FR", "F")):
        for kind in "BCON":
            number = f"{first}{kind}"
            customer = make_customer(number, email=f"{number.lower()}@shop.example")
            Address.objects.create(customer=customer, country=country, city="Berlin")
            customers[number] = customer
            if kind == "N":
                continue
            at = now() - timedelta(days=400 if kind == "O" else 10)
            Order.objects.create(
                number=f"O-{number}",
                customer=customer,
                store=store,
                state="complete",
                created_at=at,
                updated_at=at,
                grand_total="600",
                coupon_code="SAVE10" if kind == "C" else "",
            )
    return customers


@pytest.fixture
def builder(
    windows: Windows,
    live_server: Any,
    under_way: RequestsUnderWay,
    shop: Any,
    client: Client,
    request: Any,
) -> Iterator[Builder]:
    """The builder of a new segment, somebody who may do everything being logged in.

    At the end nothing may have been said on the console that the test did not expect.
    """
    client.force_login(User.objects.create_superuser("boss", password="secret"))
    options = {"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})}
    page = windows.open(live_server.url, client.session.session_key, **options)
    opened = Builder(page, live_server.url)
    yield opened
    windows.close()
    under_way.wait()
    assert opened.complaints == []


@pytest.fixture
def visitor(
    windows: Windows, live_server: Any, client: Client, under_way: RequestsUnderWay
) -> Iterator[Callable[..., Visitor]]:
    """Return a function that opens a window of a colour scheme and a width.

    Its pages are examined in that look and in `others`.
    """
    client.force_login(User.objects.create_superuser("boss", password="secret"))
    session = client.session.session_key

    def visit(
        scheme: str = "light",
        width: int = 1280,
        locale: str = "en",
        others: Sequence[tuple[str, int]] = (),
    ) -> Visitor:
        page = windows.open(
            live_server.url,
            session,
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            locale=locale,
        )
        return Visitor(page, live_server.url, [(scheme, width), *others])

    yield visit
    windows.close()
    under_way.wait()
