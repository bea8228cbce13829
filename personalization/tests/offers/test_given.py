"""What customers are given, and what orders make of it."""

from datetime import timedelta

import pytest

from core.clock import now
from customers.models import AuditEntry, ConsentState, Order, Purpose
from customers.privacy.document import document_of
from customers.privacy.erasing import go_on, request_erasure
from customers.privacy.holdings import person_of
from personalization.models import Offer, OfferRedemption
from personalization.tests.offers.conftest import OFFERS, codes, faults, given

pytestmark = pytest.mark.django_db


def redeemed(client, order, amount=10, code="ten", status=200):
    body = {"order": order.number, "amount": amount}
    answer = client.send("POST", f"{OFFERS}{code}/redeem/", body)
    if status == 409:
        return faults(answer, 409)[0][1]
    assert answer.status_code == status, answer.content
    return answer.json()


def test_by_priority_five_at_most_and_said_why(shop, make_segment, make_offer, make_customer, join):
    vip = make_segment("Very important", code="vip")
    join(vip, make_customer("C1"))
    make_customer("C2")
    is_vip = {"operator": "is", "segments": ["vip"]}
    make_offer("a", audience=is_vip, priority=9)
    for code in ("e", "d", "c", "b"):
        make_offer(code, kind="points", value="50")
    make_offer("f", kind="fixed", value="5", priority=-1)
    make_offer("g", kind="free_shipping", value=None, priority=10)
    assert codes(shop) == ["f", "b", "c", "d", "e"]
    Offer.objects.filter(code__in="bcd").delete()
    first, second, third, _last = given(shop)
    assert (first["sentence"], second["sentence"]) == ("€5 off.", "50 extra points.")
    assert third == {
        "code": "a",
        "kind": "percent",
        "value": "10",
        "sentence": "10 % off.",
        "disclosure": "This offer is personal: it is for members of Very important, of whom you "
        "are one.",
        "expected_response_rate": None,
        # Nothing bought, nothing done: two parts of nothing, and nobody knows the season.
        "personalization_score": "0.3500",
    }
    assert codes(shop, "C2") == ["f", "e", "g"]
    deed = AuditEntry.objects.filter(action="shown", name="C2").get()
    assert deed.after == {"offers": ["f", "e", "g"]}


def test_only_in_its_time(shop, make_offer, make_customer):
    make_customer("C1")
    at = now()
    make_offer("ten", starts_at=at + timedelta(days=1), ends_at=at + timedelta(days=2))
    make_offer("off", is_active=False)
    assert codes(shop) == []
    assert codes(shop, as_of=(at + timedelta(days=1)).isoformat()) == ["ten"]
    assert codes(shop, as_of=(at + timedelta(days=2)).isoformat()) == []


def test_who_refuses_is_given_what_is_for_everybody_and_who_is_held_out_nothing(
    shop, settings, make_offer, make_customer, say
):
    customer = make_customer("C1")
    make_offer()
    mine = {"attribute": "customer.first_name", "operator": "is_empty"}
    make_offer("mine", audience={"match": "all", "conditions": [mine]})
    assert codes(shop) == ["mine", "ten"]
    settings.HOLDOUT_BASIS_POINTS = 10_000
    assert codes(shop) == []
    settings.HOLDOUT_BASIS_POINTS = 0
    settings.PERSONALIZATION_CONSENT = "opt_in"
    assert codes(shop) == ["ten"]
    say(customer, Purpose.PERSONALIZATION, ConsentState.GRANTED)
    assert codes(shop) == ["mine", "ten"]
    say(customer, Purpose.PERSONALIZATION, ConsentState.REFUSED)
    assert codes(shop) == ["ten"]


def test_somebody_unknown_is_given_what_is_for_everybody(shop, make_offer):
    make_offer()
    make_offer("mine", audience={"match": "all", "conditions": []})
    answer = shop.send("POST", f"{OFFERS}evaluate/", {"customer_id": "C9"})
    assert [one["code"] for one in answer.json()["offers"]] == ["ten"]
    assert not AuditEntry.objects.filter(action="shown").exists()


def test_margins_of_a_cart(shop, make_offer, make_customer):
    make_customer("C1")
    make_offer(min_margin="0.95")
    cart = {"items": [{"sku": "TEA", "quantity": 1, "price": "10", "row_total": "10"}]}
    # Unknown costs are none.
    assert codes(shop, cart=cart) == ["ten"]
    answer = shop.send("POST", f"{OFFERS}evaluate/", {"customer_id": "C1", "cart": {"x": 1}})
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [{}, {"customer_id": None}, {"customer_id": "a\0"}, []])
def test_nobody_is_no_customer(shop, body):
    assert shop.send("POST", f"{OFFERS}evaluate/", body).status_code == 400


def test_once_for_an_order_and_never_beyond_the_budget(shop, make_offer, make_customer, doing):
    customer = make_customer("C1")
    make_offer(budget="25")
    orders = [doing.order(customer, now()) for _number in range(4)]
    first = redeemed(shop, orders[0])
    assert (first["customer"], first["amount"], first["returned"]) == ("C1", "10", False)
    assert redeemed(shop, orders[0], 20) == first
    redeemed(shop, orders[1])
    assert redeemed(shop, orders[2], status=409) == "budget_spent"
    assert codes(shop) == ["ten"]
    redeemed(shop, orders[2], 5)
    assert codes(shop) == []
    Order.objects.filter(pk=orders[0].pk).update(state="canceled")
    assert codes(shop) == ["ten"]
    assert redeemed(shop, orders[0])["returned"] is True
    redeemed(shop, orders[3])
    # What was given to another does not come back with the order.
    Order.objects.filter(pk=orders[0].pk).update(state="complete")
    assert redeemed(shop, orders[0], status=409) == "budget_spent"


def test_as_often_as_a_customer_may(shop, make_offer, make_customer, doing):
    customer, other = make_customer("C1"), make_customer("C2")
    make_offer(max_per_customer=1)
    orders = [doing.order(customer, now()) for _number in range(2)]
    redeemed(shop, orders[0], 0)
    assert redeemed(shop, orders[1], 0, status=409) == "limit_reached"
    assert (codes(shop), codes(shop, "C2")) == ([], ["ten"])
    redeemed(shop, doing.order(other, now()))


def test_how_often_nobody_known_had_it_is_not_counted(shop, make_offer, make_customer, doing):
    make_offer(max_per_customer=1)
    for _number in range(2):
        order = doing.order(make_customer(), now())
        Order.objects.filter(pk=order.pk).update(customer=None)
        assert redeemed(shop, order)["customer"] is None


def test_a_cart_that_is_none_is_said_so(shop, make_customer):
    make_customer("C1")
    answer = shop.send("POST", f"{OFFERS}evaluate/", {"customer_id": "C1", "cart": []})
    assert faults(answer) == [("cart", "not_a_cart")]


def test_what_cannot_be_redeemed(shop, make_offer, make_customer, doing):
    order = doing.order(make_customer("C1"), now())
    make_offer("off", is_active=False)
    make_offer()
    assert redeemed(shop, order, code="off", status=409) == "not_active"
    Order.objects.update(state="canceled")
    assert redeemed(shop, order, status=409) == "order_canceled"
    unknown = {"order": "?", "amount": 1}
    assert shop.send("POST", f"{OFFERS}ten/redeem/", unknown).status_code == 404
    assert shop.send("POST", f"{OFFERS}no/redeem/", unknown).status_code == 404
    for amount in (-1, "1e99999", 10**30, None):
        body = {"order": order.number, "amount": amount}
        assert shop.send("POST", f"{OFFERS}ten/redeem/", body).status_code == 400


def test_the_customers_document_has_it_and_an_erasure_takes_the_name(
    shop, make_offer, make_customer, doing
):
    customer = make_customer("C1")
    make_offer(budget="25")
    redeemed(shop, doing.order(customer, now()))
    codes(shop)
    with document_of(person_of(customer), as_of=now()) as file:
        text = file.read().decode()
    assert '"shown"' in text and '"redeemed"' in text
    assert '"personalization.offerredemption": [{' in text
    erasure = request_erasure(customer, "delete", author=None)
    go_on(erasure.pk)
    assert not OfferRedemption.objects.exists()
    # The money is spent all the same.
    assert Offer.objects.get().settled == 10
    assert not AuditEntry.objects.filter(name="C1").exists()
