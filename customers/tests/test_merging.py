"""Merging a guest into a customer: everything moves, once; what cannot be is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from customers.merging import MergeRefused, customer_known_as, merge_guest
from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerMerge,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    Product,
    ProductView,
    Refund,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
EARLIER, LATER = AT - timedelta(days=2), AT - timedelta(days=1)


def make(number, kind):
    return Customer.objects.create(
        external_id=number,
        kind=kind,
        group=CustomerGroup.objects.get(),
        website=Website.objects.get(),
        store=Store.objects.get(),
    )


@pytest.fixture
def guest():
    return make("G1", "guest")


@pytest.fixture
def customer():
    return make("C1", "registered")


@pytest.fixture
def products():
    return [Product.objects.create(sku=sku, name=sku) for sku in ("a", "b", "c")]


def order(number, customer, total="10"):
    return Order.objects.create(
        number=number,
        customer=customer,
        store=Store.objects.get(),
        state="complete",
        created_at=EARLIER,
        updated_at=EARLIER,
        grand_total=Decimal(total),
    )


def cart(number, customer, product):
    made = Cart.objects.create(
        external_id=number,
        customer=customer,
        store=Store.objects.get(),
        created_at=EARLIER,
        updated_at=EARLIER,
    )
    CartItem.objects.create(
        cart=made,
        line="1",
        product=product,
        sku=product.sku,
        quantity=1,
        added_at=EARLIER,
        updated_at=EARLIER,
    )
    AppliedRule.objects.create(cart=made, rule="10off")
    return made


def test_orders_refunds_carts_and_addresses_move_with_all_their_rows(guest, customer, products):
    for owner, name in ((guest, "g"), (customer, "c")):
        first = order(f"O{name}", owner)
        Refund.objects.create(
            number=f"R{name}", order=first, customer=owner, created_at=LATER, amount=Decimal(1)
        )
        cart(f"K{name}", owner, products[0])
        Address.objects.create(customer=owner, city="Bern")
    merge_guest(guest, customer, at=AT)
    assert sorted(customer.orders.values_list("number", flat=True)) == ["Oc", "Og"]
    assert sorted(customer.refunds.values_list("number", flat=True)) == ["Rc", "Rg"]
    assert sorted(customer.carts.values_list("external_id", flat=True)) == ["Kc", "Kg"]
    assert CartItem.objects.filter(cart__customer=customer).count() == 2
    assert AppliedRule.objects.filter(cart__customer=customer).count() == 2
    assert customer.addresses.count() == 2
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["C1"]


def test_tags_that_both_bear_stand_once(guest, customer):
    for owner, tag in ((guest, "vip"), (guest, "new"), (customer, "vip")):
        CustomerTag.objects.create(customer=owner, tag=tag)
    merge_guest(guest, customer, at=AT)
    assert sorted(customer.tags.values_list("tag", flat=True)) == ["new", "vip"]


def test_a_customers_own_value_of_an_attribute_stays(guest, customer):
    size, colour = (
        CustomerAttribute.objects.create(code=code, label=code, type="text")
        for code in ("size", "colour")
    )
    for owner, attribute, text in (
        (guest, size, "S"),
        (guest, colour, "red"),
        (customer, size, "L"),
    ):
        CustomerAttributeValue.objects.create(customer=owner, attribute=attribute, text=text)
    merge_guest(guest, customer, at=AT)
    values = customer.attribute_values.values_list("attribute__code", "text", "text_folded")
    assert sorted(values) == [("colour", "red", "red"), ("size", "L", "l")]


def test_log_ins_at_the_same_moment_stay_as_many(guest, customer):
    for owner, moment, occurrence in (
        (guest, EARLIER, 1),
        (guest, EARLIER, 2),
        (guest, LATER, 1),
        (customer, EARLIER, 1),
        (customer, EARLIER, 3),
    ):
        Login.objects.create(customer=owner, logged_in_at=moment, occurrence=occurrence)
    merge_guest(guest, customer, at=AT)
    assert sorted(customer.logins.values_list("logged_in_at", "occurrence")) == [
        (EARLIER, 1),
        (EARLIER, 3),
        (EARLIER, 4),
        (EARLIER, 5),
        (LATER, 1),
    ]


def test_views_of_the_same_product_at_the_same_moment_stay_as_many(guest, customer, products):
    one, other, _third = products
    for owner, product in ((guest, one), (guest, other), (customer, one)):
        ProductView.objects.create(customer=owner, product=product, viewed_at=EARLIER)
    merge_guest(guest, customer, at=AT)
    assert sorted(customer.product_views.values_list("product__sku", "occurrence")) == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
    ]


@pytest.mark.parametrize(
    ("theirs", "own", "stays"),
    [
        (LATER, EARLIER, "subscribed"),
        (EARLIER, LATER, "unsubscribed"),
        (LATER, LATER, "unsubscribed"),
    ],
    ids=["guest's is later", "customer's is later", "at once"],
)
def test_of_two_subscriptions_to_a_store_the_later_change_stays(
    guest, customer, theirs, own, stays
):
    store = Store.objects.get()
    for owner, status, moment in (
        (guest, "subscribed", theirs),
        (customer, "unsubscribed", own),
    ):
        NewsletterSubscription.objects.create(
            customer=owner, store=store, status=status, status_changed_at=moment
        )
    elsewhere = Store.objects.create(code="b", name="B", website=store.website)
    NewsletterSubscription.objects.create(
        customer=guest, store=elsewhere, status="unconfirmed", status_changed_at=EARLIER
    )
    merge_guest(guest, customer, at=AT)
    assert dict(customer.subscriptions.values_list("store__code", "status")) == {
        "default": stays,
        "b": "unconfirmed",
    }


def test_wishes_come_onto_the_customers_own_list_each_product_once(guest, customer, products):
    for owner, shared, wishes in (
        (guest, True, {"a": EARLIER, "b": LATER}),
        (customer, False, {"a": LATER, "b": EARLIER, "c": EARLIER}),
    ):
        wishlist = Wishlist.objects.create(customer=owner, is_shared=shared)
        for product in products:
            if product.sku in wishes:
                WishlistItem.objects.create(
                    wishlist=wishlist, product=product, added_at=wishes[product.sku]
                )
    merge_guest(guest, customer, at=AT)
    wishlist = Wishlist.objects.get()
    assert wishlist.customer == customer
    assert not wishlist.is_shared
    assert dict(wishlist.items.values_list("product__sku", "added_at")) == {
        "a": LATER,
        "b": LATER,
        "c": EARLIER,
    }


def test_a_customer_without_a_wishlist_gets_the_guests(guest, customer, products):
    wishlist = Wishlist.objects.create(customer=guest, is_shared=True)
    WishlistItem.objects.create(wishlist=wishlist, product=products[0], added_at=EARLIER)
    merge_guest(guest, customer, at=AT)
    own = Wishlist.objects.get(customer=customer)
    assert own.is_shared
    assert own.items.count() == 1


def test_the_customer_keeps_one_default_address(guest, customer):
    Address.objects.create(customer=guest, city="G", is_default_billing=True)
    Address.objects.create(customer=guest, city="H", is_default_shipping=True)
    Address.objects.create(customer=customer, city="C", is_default_billing=True)
    merge_guest(guest, customer, at=AT)
    assert customer.addresses.get(is_default_billing=True).city == "C"
    assert customer.addresses.get(is_default_shipping=True).city == "H"


def test_merging_a_second_time_changes_nothing(guest, customer):
    order("O1", guest)
    merge_guest(guest, customer, at=AT)
    assert merge_guest("G1", "C1", at=LATER) == customer
    merged = CustomerMerge.objects.get()
    assert (merged.guest_external_id, merged.customer, merged.at) == ("G1", customer, AT)


def test_a_number_that_comes_back_is_merged_again(guest, customer):
    merge_guest(guest, customer, at=EARLIER)
    order("O1", make("G1", "guest"))
    merge_guest("G1", "C1", at=AT)
    assert customer.orders.count() == 1
    assert CustomerMerge.objects.get().at == AT


def test_a_guests_number_leads_to_the_customer_from_then_on(guest, customer):
    assert customer_known_as("G1") == guest
    merge_guest(guest, customer, at=AT)
    assert customer_known_as("G1") == customer
    assert customer_known_as("C1") == customer
    assert customer_known_as("X") is None


@pytest.mark.parametrize(
    ("guest_number", "customer_number", "code"),
    [
        ("G1", "X", "unknown_customer"),
        ("X", "C1", "unknown_guest"),
        ("C2", "C1", "not_a_guest"),
        ("C1", "C1", "not_a_guest"),
        ("G1", "G2", "not_registered"),
    ],
)
def test_what_cannot_be_merged_is_refused_and_nothing_written(
    guest, customer, guest_number, customer_number, code
):
    make("C2", "registered")
    make("G2", "guest")
    order("O1", guest)
    with pytest.raises(MergeRefused) as refused:
        merge_guest(guest_number, customer_number, at=AT)
    assert refused.value.code == code
    assert Customer.objects.count() == 4
    assert guest.orders.count() == 1
    assert not CustomerMerge.objects.exists()


def test_a_guest_who_became_one_customer_cannot_become_another(guest, customer):
    make("C2", "registered")
    merge_guest(guest, customer, at=AT)
    with pytest.raises(MergeRefused) as refused:
        merge_guest("G1", "C2", at=AT)
    assert refused.value.code == "unknown_guest"


def test_a_failure_on_the_way_leaves_everything_as_it_was(guest, customer, monkeypatch):
    order("O1", guest)

    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(CustomerMerge.objects, "update_or_create", fail)
    with pytest.raises(RuntimeError):
        merge_guest(guest, customer, at=AT)
    assert guest.orders.count() == 1
    assert Customer.objects.count() == 2
