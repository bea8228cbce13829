"""What each event does, once; what is refused, older, repeated, or of somebody erased."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from customers.merging import merge_guest
from customers.models import (
    Cart,
    CartItem,
    Customer,
    CustomerAttribute,
    EventVersion,
    Login,
    NewsletterSubscription,
    Order,
    Product,
    ProductView,
    ReceivedEvent,
    Refund,
    Store,
    Website,
    WishlistItem,
)
from customers.privacy import retention
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.rows import a_customer, an_order

TAKEN = {"accepted": 1, "repeated": 0, "older": 0, "erased": 0}
ORDER = {
    "number": "o1",
    "customer": "c1",
    "state": "complete",
    "created_at": "2026-04-01T10:00:00+02:00",
    "grand_total": "20.00",
}


def lines(*rows):
    return [
        dict(zip(("line", "sku", "quantity", "price", "parent_line"), row, strict=False))
        for row in rows
    ]


def test_a_customer_is_made_and_changed(send):
    CustomerAttribute.objects.create(code="level", label="Level", type="choice", options=["gold"])
    CustomerAttribute.objects.create(code="size", label="Size", type="number")
    made = send.say(
        "customer.saved",
        id="c1",
        email="A@example.com",
        tags=["x", "y", "x"],
        accepts_marketing=True,
        attributes__level="gold",
        attributes__size=4.5,
        addresses=[{"city": "Köln", "is_default_billing": True}, {"city": "Ulm"}],
    )
    assert made == TAKEN
    customer = Customer.objects.get()
    assert (customer.external_id, customer.email_folded, customer.accepts_marketing) == (
        "c1",
        "a@example.com",
        True,
    )
    assert (customer.website.code, customer.store.code) == ("default", "default")
    assert sorted(customer.tags.values_list("tag", flat=True)) == ["x", "y"]
    values = set(customer.attribute_values.values_list("attribute__code", "choice", "number"))
    assert values == {("level", "gold", None), ("size", None, Decimal("4.5"))}
    assert [one.city_folded for one in customer.addresses.order_by("pk")] == ["köln", "ulm"]

    send.say("customer.saved", id="c1", tags="z|x", accepts_marketing=None, attributes__size="")
    customer.refresh_from_db()
    assert (customer.email, customer.accepts_marketing) == ("A@example.com", None)
    assert sorted(customer.tags.values_list("tag", flat=True)) == ["x", "z"]
    assert [one.choice for one in customer.attribute_values.all()] == ["gold"]
    assert customer.addresses.count() == 2


def test_a_store_says_the_website(send):
    site = Website.objects.create(code="de", name="DE")
    Store.objects.create(code="de1", name="DE 1", website=site)
    send.say("customer.saved", id="c1", store="de1")
    assert Customer.objects.get().website == site


def test_an_order_with_its_lines(send):
    a_customer("c1")
    send.say(
        "order.saved",
        **ORDER,
        base_to_order_rate=2,
        items=lines((1, "A", 2, "5"), (2, "B", 1, "10", 1), ("3", "C", 1, 1.5)),
    )
    order = Order.objects.get()
    assert (order.grand_total, order.subtotal, order.total_quantity, order.lines_count) == (
        Decimal(10),
        Decimal("5.75"),
        Decimal(3),
        2,
    )
    assert (order.status, order.created_at, order.updated_at) == (
        "complete",
        datetime(2026, 4, 1, 8, tzinfo=UTC),
        datetime(2026, 4, 1, 8, tzinfo=UTC),
    )
    found = {one.line: (one.sku, one.row_total, one.parent) for one in order.items.all()}
    first = order.items.get(line="1")
    assert found == {
        "1": ("A", Decimal(5), None),
        "2": ("B", Decimal(5), first),
        "3": ("C", Decimal("0.75"), None),
    }
    assert set(Product.objects.values_list("sku", flat=True)) == {"A", "B", "C"}

    send.say("order.saved", **ORDER | {"state": "closed"})
    order.refresh_from_db()
    assert (order.state, order.subtotal, order.items.count()) == ("closed", Decimal("5.75"), 3)
    send.say("order.saved", **ORDER, items=[])
    order.refresh_from_db()
    assert (order.subtotal, order.lines_count, order.items.count()) == (0, 0, 0)


def test_a_thing_that_is_saved_twice_in_one_batch(send):
    a_customer("c1")
    item = lines((1, "A", 3, 2))
    send(
        send.event("order.saved", **ORDER, total_quantity=9),
        send.event("order.saved", **ORDER | {"state": "closed"}),
        send.event("order.saved", **ORDER, items=item),
    )
    order = Order.objects.get()
    assert (order.total_quantity, order.subtotal, order.items.count()) == (3, 6, 1)


def test_refunds_are_their_orders_customers(send):
    a_customer("c1")
    send.say("order.saved", **ORDER, base_to_order_rate=2)
    moment = "2026-04-02"
    send.say("refund.saved", number="r1", order="o1", created_at=moment, amount="4")
    send.say("refund.saved", number="r2", customer="c1", created_at=moment, amount=3)
    assert [(str(r.customer), r.amount) for r in Refund.objects.order_by("number")] == [
        ("c1", 2),
        ("c1", 3),
    ]
    a_customer("c2")
    bad = {"created_at": moment, "amount": 1}
    assert send.faults(
        send.event("refund.saved", number="r3", order="o9", **bad),
        send.event("refund.saved", number="r4", **bad),
        send.event("refund.saved", number="r5", order="o1", customer="c2", **bad),
    ) == [
        ("[0].data.order", "unknown_order"),
        ("[1].data.order", "no_owner"),
        ("[2].data.customer", "other_customer"),
    ]


def test_carts_come_and_go(send):
    a_customer("c1")
    cart = {"id": "k1", "customer": "c1", "created_at": "2026-04-01", "updated_at": "2026-04-02"}
    item = {"line": "1", "sku": "A", "quantity": 2, "price": 3, "added_at": "2026-04-01"}
    send.say("cart.saved", **cart, items=[item], applied_rules=["a|b", "c"])
    found = Cart.objects.get()
    assert (found.items_count, found.items_quantity, found.subtotal) == (1, 2, 6)
    assert sorted(found.applied_rules.values_list("rule", flat=True)) == ["a|b", "c"]
    assert (
        send(
            send.event("cart.deleted", id="k1"),
            send.event("cart.saved", **cart, items=[]),
            send.event("cart.deleted", id="unknown"),
        )["accepted"]
        == 3
    )
    assert Cart.objects.get().pk != found.pk
    assert not CartItem.objects.exists()
    deleted = send.event("cart.deleted", id="k1")
    assert send(deleted)["accepted"] == 1
    assert send.say("cart.saved", at=0, **cart)["older"] == 1
    assert not Cart.objects.exists()


def test_log_ins_views_wishes_and_newsletters(send):
    a_customer("c1")
    moment = "2026-04-01T00:00:00Z"
    logins = [send.event("login", customer="c1", logged_in_at=moment) for _ in range(2)]
    assert send(*logins)["accepted"] == 2
    assert sorted(Login.objects.values_list("occurrence", flat=True)) == [1, 2]
    send.say("product.viewed", customer="c1", sku="new", viewed_at=moment)
    send.say("product.viewed", customer="c1", sku="new", viewed_at=moment)
    assert sorted(ProductView.objects.values_list("product__sku", "occurrence")) == [
        ("new", 1),
        ("new", 2),
    ]
    wishes = [{"sku": "a", "added_at": moment}, {"sku": "b", "added_at": moment}]
    send.say("wishlist.saved", customer="c1", is_shared="yes", items=wishes)
    send.say("wishlist.saved", customer="c1", items=wishes[1:])
    assert list(WishlistItem.objects.values_list("product__sku", "wishlist__is_shared")) == [
        ("b", True)
    ]
    for status in ("subscribed", "unsubscribed"):
        said = {"customer": "c1", "status": status, "status_changed_at": moment}
        send(send.event("newsletter.saved") | {"data": said})
    assert NewsletterSubscription.objects.get().status == "unsubscribed"


def test_products(send):
    send.say("product.saved", sku="A", name="Shirt", price="19.99")
    send.say("product.saved", sku="A", name="Shirt II")
    product = Product.objects.get()
    assert (product.name_folded, product.price) == ("shirt ii", Decimal("19.99"))
    assert send.faults(send.event("product.saved", sku="A", name="B", categories=["none"])) == [
        ("[0].data.categories[0]", "unknown")
    ]


def test_the_same_event_counts_once(send):
    a_customer("c1")
    event = send.event("login", customer="c1", logged_in_at="2026-04-01")
    assert send(event, event)["repeated"] == 1
    assert send(event, single=True) == TAKEN | {"accepted": 0, "repeated": 1}
    other = send.event("product.viewed", customer="c1", sku="A", viewed_at="2026-04-01")
    assert send(other | {"id": event["id"]})["accepted"] == 1
    assert Login.objects.count() == 1
    # A repeated one is not looked at again: who it was about may be gone.
    Customer.objects.get().delete()
    assert send(event)["repeated"] == 1


def test_after_thirty_days_it_is_a_new_one(send, settings):
    a_customer("c1")
    event = send.event("login", customer="c1", logged_in_at="2026-04-01")
    send(event)
    assert list(retention.purge()) == []
    ReceivedEvent.objects.update(at="2026-01-01T00:00Z")
    assert send(event)["accepted"] == 1
    ReceivedEvent.objects.update(at="2026-01-01T00:00Z")
    assert dict(retention.purge()) == {"customers.receivedevent": 1}


def test_what_is_older_than_stored_changes_nothing(send):
    send.say("customer.saved", at=10, id="c1", email="new@x.de")
    assert send.say("customer.saved", at=9, id="c1", email="old@x.de")["older"] == 1
    assert Customer.objects.get().email == "new@x.de"
    assert send.say("customer.saved", at=10, id="c1", email="same@x.de")["accepted"] == 1
    batch = send(
        send.event("customer.saved", at=20, id="c2", email="b@x.de"),
        send.event("customer.saved", at=19, id="c2", email="a@x.de"),
    )
    assert (batch["accepted"], batch["older"]) == (1, 1)
    assert Customer.objects.get(external_id="c2").email == "b@x.de"


def test_a_deletion_is_a_version(send):
    send.say("customer.saved", at=10, id="c1")
    send.say("customer.deleted", at=20, id="c1")
    assert not Customer.objects.exists()
    assert send.say("customer.saved", at=15, id="c1")["older"] == 1
    assert not Customer.objects.exists()
    assert send.say("customer.deleted", at=15, id="c1")["older"] == 1
    assert send.say("customer.saved", at=25, id="c1")["accepted"] == 1
    assert send.say("customer.deleted", at=22, id="c1")["older"] == 1
    assert Customer.objects.count() == 1
    # Of one who was never there.
    send.say("customer.deleted", at=5, id="c9")
    assert send.say("customer.saved", at=4, id="c9")["older"] == 1


def test_a_merged_guest_is_the_customer(send):
    send(
        send.event("customer.saved", id="g1", kind="guest"),
        send.event("customer.saved", id="c1"),
        send.event("order.saved", **ORDER | {"customer": "g1"}),
        send.event("customer.merged", guest="g1", customer="c1"),
        send.event("login", customer="g1", logged_in_at="2026-04-01"),
        send.event("order.saved", **ORDER | {"number": "o2", "customer": "g1"}),
    )
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["c1"]
    customer = Customer.objects.get()
    assert sorted(customer.orders.values_list("number", flat=True)) == ["o1", "o2"]
    assert customer.logins.count() == 1
    again = send.say("customer.merged", guest="g1", customer="c1")
    assert again == TAKEN
    # Neither comes the guest back, nor does the customer go with them.
    assert send.say("customer.saved", id="g1", kind="guest", email="x@y.de")["older"] == 1
    assert send.say("customer.deleted", id="g1")["older"] == 1
    assert Customer.objects.get().email == ""
    # But what the guest refuses the customer refuses.
    for accepts in (True, False):
        send.say("customer.saved", id="g1", accepts_marketing=accepts)
    assert Customer.objects.get().accepts_marketing is False


@pytest.mark.parametrize(
    ("guest", "customer", "fault"),
    [
        ("g9", "c1", ("data.guest", "unknown_customer")),
        ("g1", "c9", ("data.customer", "unknown_customer")),
        ("c1", "c1", ("data.guest", "not_a_guest")),
        ("g1", "g1", ("data.customer", "not_registered")),
    ],
)
def test_a_merge_that_cannot_be(send, guest, customer, fault):
    a_customer("c1")
    a_customer("g1", kind="guest")
    reply = send.say("customer.merged", guest=guest, customer=customer, status=400)
    assert (reply["errors"][0]["path"], reply["errors"][0]["code"]) == fault
    assert Customer.objects.count() == 2


def test_events_of_the_erased_are_left_out(send):
    customer = a_customer("c1")
    merge_guest(a_customer("g1", kind="guest"), customer)
    go_on(request_erasure(customer, "anonymize", author=None).pk)
    reply = send(
        send.event("customer.saved", id="c1"),
        send.event("login", customer="g1", logged_in_at="2026-04-01"),
        send.event("order.saved", **ORDER),
        send.event("customer.saved", id="c2"),
    )
    assert reply == {"accepted": 1, "repeated": 0, "older": 0, "erased": 3}
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["c2"]
    assert not Order.objects.exists()
    assert not any(one.key in ("c1", "g1") for one in EventVersion.objects.all())


@pytest.mark.parametrize("orders", ["anonymize", "delete"])
def test_an_order_of_the_erased_is_theirs_though_nobody_is_named(send, orders):
    order = an_order(a_customer("c1"), "O1", shipping_country="DE")
    go_on(request_erasure(order.customer, orders, author=None).pk)
    address = {"shipping_city": "Ulm", "state": "complete", "grand_total": "9"}
    at = "2026-04-01T00:00:00Z"
    reply = send(
        send.event("order.saved", number="O1", created_at=at, **address),
        send.event("order.saved", number="O2", created_at=at, **address),
    )
    assert reply == {"accepted": 1, "repeated": 0, "older": 0, "erased": 1}
    kept = Order.objects.exclude(number="O2")
    assert list(kept.values_list("shipping_city", "grand_total")) == (
        [("", order.grand_total)] if orders == "anonymize" else []
    )


def test_all_or_nothing_with_every_place(send):
    a_customer("c1")
    bad = ORDER | {"grand_total": "12,5", "number": "o2", "colour": "red"}
    item = {"line": 1, "sku": "", "quantity": "x"}
    faults = send.faults(
        send.event("customer.saved", id="c2"),
        send.event("order.saved", **bad, items=[item]),
        send.event("login", customer="c9", logged_in_at="2026-04-01"),
        send.event("login", customer="c1"),
        send.event(
            "order.saved", **ORDER, items=lines((1, "A", 1), (1, "A", 1), (2, "A", 1, 1, 9))
        ),
    )
    assert sorted(faults) == [
        ("[1].data.colour", "unknown_column"),
        ("[1].data.grand_total", "number"),
        ("[1].data.items[0].quantity", "number"),
        ("[1].data.items[0].sku", "missing"),
        ("[2].data.customer", "unknown_customer"),
        ("[3].data.logged_in_at", "missing"),
        ("[4].data.items[1].line", "duplicate"),
        ("[4].data.items[2].parent_line", "no_parent_line"),
    ]
    assert not ReceivedEvent.objects.exists()
    assert not Product.objects.exists()
    assert Customer.objects.count() == 1


def test_the_good_ones_are_stored_where_that_is_asked_for(send):
    reply = send(
        send.event("customer.saved", id="c1"),
        {"type": "login"},
        send.event("login", customer="c9", logged_in_at="2026-04-01"),
        send.event("login", customer="c1", logged_in_at="2026-04-01"),
        partial=True,
    )
    assert (reply["accepted"], Login.objects.count()) == (2, 1)
    assert {one["path"] for one in reply["errors"]} == {
        *("[1].id", "[1].occurred_at", "[1].data"),
        "[2].data.customer",
    }


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1,000", "number"),
        ("1e3", "number"),
        (True, "json_kind"),
        ([1], "json_kind"),
        ({}, "json_kind"),
        (2**63, "number"),
        (1e300, "beyond"),
        (1.23456, "too_many_decimals"),
        (None, "missing"),
        ("", "missing"),
        ("1\x00", "nul"),
    ],
)
@pytest.mark.once
def test_amounts_that_are_none(send, value, code):
    faults = send.faults(
        send.event("order.saved", **ORDER | {"customer": "", "grand_total": value})
    )
    assert faults == [("[0].data.grand_total", code)]


@pytest.mark.parametrize("value", ["20.50", 20.5, 20.50000])
def test_amounts_however_they_are_written(send, value):
    send.say("order.saved", **ORDER | {"customer": None, "grand_total": value})
    assert Order.objects.get().grand_total == Decimal("20.5")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("email", "a\x00", "nul"),
        ("email", "\ud800", "encoding"),
        ("email", "x" * 256, "long"),
        ("email", True, "no_text"),
        ("email", 1.5, "no_text"),
        ("id", "x" * 65, "long"),
        ("is_active", "maybe", "boolean"),
        ("date_of_birth", "31.12.1999", "date"),
        ("registered_at", "0001-01-01T00:00:00+14:00", "time"),
        ("registered_at", "tomorrow", "time"),
        ("store", "nowhere", "unknown"),
        ("kind", "robot", "choice"),
        ("tags", [["x"]], "json_kind"),
        ("addresses", "Ulm", "not_a_list"),
        ("addresses", ["Ulm"], "not_an_object"),
    ],
)
@pytest.mark.once
def test_values_that_are_none(send, column, value, code):
    event = send.event("customer.saved", **{"id": "c1"} | {column: value})
    assert [one[1] for one in send.faults(event)] == [code]


@pytest.mark.parametrize(
    ("event", "path", "code"),
    [
        (7, "", "not_an_event"),
        ({"type": "x"}, "type", "choice"),
        ({"type": ["login"]}, "type", "choice"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "occurred_at", "no_time"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at", "no_time"),
        ({"occurred_at": 5}, "occurred_at", "no_time"),
        ({"id": "x" * 256}, "id", "long"),
        ({"id": "\ud800"}, "id", "encoding"),
        ({"data": []}, "data", "not_an_object"),
        ({"more": 1}, "more", "unknown_field"),
    ],
)
@pytest.mark.once
def test_what_is_no_event(send, event, path, code):
    whole = send.event("customer.saved", id="c1")
    sent = whole | event if isinstance(event, dict) else event
    found = send(sent, single=True, status=400)["errors"]
    assert [(one["path"], one["code"]) for one in found] == [(path, code)]


def test_not_more_than_a_thousand(send):
    event = send.event("customer.deleted", id="c1")
    assert send.faults(*[event] * 1001) == [("", "number_of_events")]
    assert send.faults() == [("", "number_of_events")]


def test_who_may_not_send(client, db):
    assert client.post("/api/v1/events/").status_code == 401
