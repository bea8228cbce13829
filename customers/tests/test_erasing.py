"""A customer who is erased is in no row any more, and does not come back."""

import pytest
from django.db import OperationalError

from customers.merging import merge_guest
from customers.models import (
    Address,
    AuditEntry,
    Customer,
    DirtyCustomer,
    ErasedNumber,
    Erasure,
    Order,
    OrderItem,
    Orders,
    Refund,
    Wishlist,
)
from customers.privacy import erasing
from customers.privacy.erased import erased_among, erasure_of, lift
from customers.privacy.erasing import erase_due, go_on, request_erasure
from customers.tests.rows import ROWS, a_customer, a_line, a_refund, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return a_customer("Tok-1", email="tok@example.com", first_name="Tokfirst")


def erase(customer, orders=Orders.ANONYMIZE):
    erasure = request_erasure(customer, orders, author=None)
    go_on(erasure.pk)
    erasure.refresh_from_db()
    return erasure


def test_all_rows_of_every_kind_are_counted_and_gone(customer):
    for model, (make, _other) in ROWS.items():
        if model is not Wishlist:  # The one of the wish.
            make(customer)
    erasure = erase(customer)
    assert erasure.state == "completed"
    assert erasure.person is None
    assert erasure.tables["customers.customer"] == 1
    assert erasure.tables["customers.address"] == 1
    assert not Customer.objects.exists()
    for model in ROWS:
        if model not in (Order, OrderItem, Refund) and model.__name__ != "RefundItem":
            assert not model.objects.exists(), model


def test_orders_stay_with_their_sums_and_countries(customer):
    order = an_order(customer, shipping_city="Ulm", shipping_country="DE", billing_postcode="1")
    a_line(order)
    a_refund(customer, order)
    a_refund(customer)
    erase(customer)
    order.refresh_from_db()
    assert (order.customer_id, order.shipping_city, order.billing_postcode) == (None, "", "")
    assert (order.shipping_city_folded, order.shipping_country, order.grand_total) == ("", "DE", 10)
    assert order.items.count() == 1
    assert list(Refund.objects.values_list("customer", flat=True)) == [None, None]


def test_orders_can_go_as_well(customer):
    order = an_order(customer)
    a_line(order)
    a_refund(customer, order)
    stays = an_order(None)
    erasure = erase(customer, Orders.DELETE)
    assert list(Order.objects.all()) == [stays]
    assert not OrderItem.objects.exists()
    assert not Refund.objects.exists()
    assert erasure.tables["customers.order"] == 1


def test_the_log_keeps_the_deed_and_not_the_name(customer):
    AuditEntry.objects.create(
        at="2026-01-01T00:00Z",
        action="viewed",
        subject="segment",
        name="vip",
        after={"customers": ["Tok-1", "Tok-12"], "Tok-1": {"kind": "include"}},
    )
    segment = AuditEntry.objects.create(
        at="2026-01-01T00:00Z", action="changed", subject="segment", name="Tok-1"
    )
    erasure = erase(customer)
    asked = AuditEntry.objects.get(action="erased")
    assert (asked.name, asked.after) == (
        "erased",
        {"erasure": erasure.pk, "orders": "anonymize"},
    )
    looked = AuditEntry.objects.get(action="viewed")
    assert looked.after == {"customers": ["erased", "Tok-12"], "erased": {"kind": "include"}}
    segment.refresh_from_db()
    assert segment.name == "Tok-1"  # A segment of that code.


def test_texts_about_the_erased_leave_the_log(customer):
    def note(subject, name, **after):
        return AuditEntry.objects.create(
            at="2026-01-01T00:00Z", action="created", subject=subject, name=name, after=after
        )

    about = note("override", "vip", **{"Tok-1": {"kind": "include", "reason": "phoned: Ada"}})
    beside = note("override", "vip", **{"Tok-2": {"kind": "include", "reason": "see tok-1, Ada"}})
    other = note("override", "vip", **{"Tok-2": {"kind": "exclude", "reason": "see Tok-12"}})
    described = note("segment", "vip", description="For Tok@example.com; notok@example.com not")
    erasure = erase(customer)
    for entry in (about, beside, other, described):
        entry.refresh_from_db()
    assert about.after == {"erased": {"kind": "include", "reason": ""}}
    assert beside.after == {"Tok-2": {"kind": "include", "reason": ""}}
    assert other.after == {"Tok-2": {"kind": "exclude", "reason": "see Tok-12"}}
    assert described.after == {"description": "For erased; notok@example.com not"}
    assert erasure.tables["customers.auditentry"] == 4  # With the request to erase.


def test_marks_without_a_name_still_end_memberships(customer):
    erase(customer)
    assert set(DirtyCustomer.objects.values_list("external_id", flat=True)) <= {None, ""}
    assert DirtyCustomer.objects.filter(external_id="").exists()


def test_the_numbers_of_merged_guests_are_the_customers_too(customer):
    merge_guest(a_customer("G-1", kind="guest"), customer)
    erase(customer)
    assert erased_among(["Tok-1", "G-1", "tok-1", "other"]) == {"Tok-1", "G-1"}
    assert erasure_of("G-1") == Erasure.objects.get()


def test_asking_again_is_the_same_erasure(customer):
    first = request_erasure(customer, Orders.ANONYMIZE, author=None)
    assert request_erasure(customer, Orders.DELETE, author=None) == first
    assert AuditEntry.objects.filter(action="erased").count() == 1


def test_it_is_lifted_by_hand_and_noted(customer, admin_user):
    erasure = erase(customer)
    lift(erasure, author=admin_user)
    assert erased_among(["Tok-1"]) == set()
    assert AuditEntry.objects.latest("pk").after == {"left_out": False}
    again = a_customer("Tok-1")
    assert erase(again).pk != erasure.pk


def test_numbers_hashed_by_a_former_key_are_known(customer, settings):
    erase(customer)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert erased_among(["Tok-1"]) == {"Tok-1"}
    settings.SECRET_KEY_FALLBACKS = []
    assert erased_among(["Tok-1"]) == set()
    assert "Tok-1" not in str(ErasedNumber.objects.values_list())


def test_what_was_interrupted_goes_on(customer, monkeypatch):
    """Killed in the middle of the rows, then between the rows and what is elsewhere."""
    Address.objects.create(customer=customer, city="Ulm")
    erasure = request_erasure(customer, Orders.ANONYMIZE, author=None)

    class Killed(BaseException):
        pass

    def killed(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Customer, "delete", killed)
        patch.setattr("customers.models.Customer._default_manager._queryset_class.delete", killed)
        erase_due()
    assert Address.objects.exists()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(erasing, "_remove_elsewhere", killed)
        erase_due()
    assert not Customer.objects.exists()
    erasure.refresh_from_db()
    assert erasure.state == "running"
    erase_due()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.person) == ("completed", None)


def test_one_that_fails_keeps_no_other_waiting(customer, monkeypatch, caplog):
    first = request_erasure(customer, Orders.ANONYMIZE, author=None)
    second = request_erasure(a_customer("Tok-2"), Orders.ANONYMIZE, author=None)
    original = erasing._remove_elsewhere

    def removed(erasure):
        if erasure == first:
            raise OperationalError(f"{customer.email} waits")
        original(erasure)

    monkeypatch.setattr(erasing, "_remove_elsewhere", removed)
    erase_due()
    states = {one.pk: one.state for one in Erasure.objects.all()}
    assert states == {first.pk: "running", second.pk: "completed"}
    assert f"Erasure {first.pk} failed" in caplog.text and "tok@" not in caplog.text


def test_what_remains_elsewhere_is_said_and_tried_again(customer, monkeypatch, caplog):
    left = ["the audience of a shop"]

    def from_audience(person):
        assert person.numbers == ("Tok-1",)
        assert person.email == "tok@example.com"
        return list(left)

    def broken(person):
        if left:
            raise ValueError(f"no {person.numbers}")
        return ()

    monkeypatch.setattr(erasing, "REMOVALS", [from_audience, broken])
    erasure = erase(customer)
    assert erasure.state == "running"
    assert erasure.remaining == ["the audience of a shop", broken.__module__]
    assert "Tok-1" not in caplog.text
    erase_due()
    erasure.refresh_from_db()
    assert erasure.state == "running"  # It is not yet time.
    left.clear()
    Erasure.objects.update(next_at=erasure.requested_at)
    erase_due()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.remaining, erasure.person) == ("completed", [], None)
