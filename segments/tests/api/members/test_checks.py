"""POST check/: live membership at the till."""

from datetime import datetime

import pytest

from customers.merging import merge_guest
from segments.editing.activation import set_active
from segments.tests.api.bodies import AT_SHOP, paths

pytestmark = pytest.mark.django_db

BIG_CART = {"attribute": "cart.grand_total", "operator": "gte", "value": "100"}
NEVER_ORDERED = {"relation": "orders", "aggregate": "not_exists"}


@pytest.fixture
def client(client_with):
    return client_with("segments.view_members")


@pytest.fixture
def shop(make_segment, people):
    make_segment("At shop", [AT_SHOP], code="at-shop")
    make_segment("Big cart", [BIG_CART], code="big-cart", applies_to="both")
    make_segment("New", [NEVER_ORDERED], code="new", applies_to="guest")


def check(client, *codes, **body):
    return client.send("POST", "check/", {"segments": list(codes), **body})


def found(client, *codes, **body):
    answer = check(client, *codes, **body)
    assert answer.status_code == 200, answer.content
    return answer.json()["segments"]


def test_a_customer_is_judged_now(client, shop, people):
    assert found(client, "at-shop", "big-cart", customer="a") == {
        "at-shop": True,
        "big-cart": False,
    }
    people[0].email = "a@elsewhere.example"
    people[0].save()
    assert found(client, "at-shop", customer="a") == {"at-shop": False}


def test_the_answer_says_when_that_was(client, shop, people, clock):
    answer = check(client, "at-shop", customer="a").json()
    assert datetime.fromisoformat(answer["as_of"]) == clock.at


def test_a_given_cart_stands_in_for_the_stored_one(client, shop, people):
    cart = {"store": "default", "grand_total": "120", "items": [{"sku": "A", "quantity": 1}]}
    assert found(client, "big-cart", customer="a", cart=cart) == {"big-cart": True}
    assert found(client, "big-cart", cart=cart) == {"big-cart": True}


def test_without_anything_nobody_is_in_any_segment(client, shop):
    nothing = {"at-shop": False, "big-cart": False, "new": False}
    assert found(client, *nothing) == nothing
    assert found(client, *nothing, customer=None, cart=None) == nothing


def test_an_anonymous_shopper_has_never_bought(client, shop):
    assert found(client, "new", "at-shop", cart={}) == {"new": True, "at-shop": False}


def test_a_guest_is_known_by_their_number_and_by_that_of_whom_they_became(
    client, shop, people, make_customer
):
    guest = make_customer("g", kind="guest", email="g@shop.example")
    assert found(client, "new", "at-shop", customer="g") == {"new": True, "at-shop": False}
    merge_guest(guest, people[0])
    assert found(client, "new", "at-shop", customer="g") == {"new": False, "at-shop": True}


def test_an_inactive_segment_has_nobody(client, shop, make_segment):
    set_active([make_segment("Everybody", code="everybody")], False)
    assert found(client, "everybody", customer="a") == {"everybody": False}


def test_who_or_what_is_not_there_is_named(client, shop):
    answer = check(client, "at-shop", customer="nobody")
    assert (answer.status_code, "nobody" in answer.json()["detail"]) == (404, True)
    answer = check(client, "at-shop", "no-such", customer="a")
    assert (answer.status_code, "no-such" in answer.json()["detail"]) == (404, True)
    assert check(client, "no-such").status_code == 404


def test_repeated_codes_count_once(client, shop):
    assert found(client, *["at-shop"] * 150, customer="a") == {"at-shop": True}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "segments"),
        ({"segments": []}, "segments"),
        ({"segments": [f"s{number}" for number in range(101)]}, "segments"),
        ({"segments": ["at-shop", 1]}, "segments[1]"),
        ({"segments": ["at-shop"], "customer": 1}, "customer"),
        ({"segments": ["at-shop"], "customer": "a\0"}, "customer"),
        ({"segments": ["at-shop"], "as_of": "2026-01-01T00:00:00Z"}, "as_of"),
        ({"segments": ["at-shop"], "cart": []}, "cart"),
        ({"segments": ["at-shop"], "cart": {"colour": "red"}}, "cart.colour"),
        ({"segments": ["at-shop"], "cart": {"store": "moon"}}, "cart.store"),
        (
            {"segments": ["at-shop"], "cart": {"items": [{"sku": "A", "quantity": "x"}]}},
            "cart.items[0].quantity",
        ),
        (
            {"segments": ["at-shop"], "cart": {"items": [{"sku": "A", "quantity": 1, "x": 1}]}},
            "cart.items[0].x",
        ),
    ],
)
def test_what_is_no_question_is_refused_with_its_place(client, shop, body, path):
    answer = client.send("POST", "check/", body)
    assert answer.status_code == 400, answer.content
    assert paths(answer) == [path]


def test_members_are_told_to_those_who_may_see_them(client_with, anonymous, shop):
    assert check(client_with("segments.view_segment"), "at-shop").status_code == 403
    assert check(anonymous, "at-shop").status_code in {401, 403}
