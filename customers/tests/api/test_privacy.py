"""Consent, a customer's data and erasure by the API: who may, what is answered, what is refused."""

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Q
from django.test import Client

from customers.merging import merge_guest
from customers.models import AuditEntry, Consent, Customer, DirtyCustomer, Erasure, Purpose
from customers.privacy.consent import refuses, refusing
from customers.privacy.erasing import erase_due
from customers.tests.rows import ROWS, a_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return a_customer("c/1", email="a@example.com")


@pytest.fixture
def ask():
    """Return a function that sends a request as somebody with these permissions."""

    def send(method, path, body=None, *, may, status=200):
        user = User.objects.create_user(f"u{User.objects.count()}")
        user.user_permissions.set(Permission.objects.filter(codename__in=may.split()))
        client = Client()
        client.force_login(user)
        data = "" if body is None else json.dumps(body)
        reply = client.generic(method, f"/api/v1/{path}", data, content_type="application/json")
        assert reply.status_code == status, reply.content
        content = b"".join(reply) if reply.streaming else reply.content
        return json.loads(content)

    return send


def test_consent_is_added_and_shown(customer, ask):
    address = "customers/c/1/consent/"
    nothing = {"state": None, "source": None, "at": None, "evidence": None}
    assert ask("GET", address, may="view_consent") == dict.fromkeys(Purpose.values, nothing)
    said = ask("PUT", address, {"tracking": "granted"}, may="change_consent")
    assert (said["tracking"]["state"], said["tracking"]["source"]) == ("granted", "api")
    assert said["personalization"] == nothing
    both = {"tracking": "refused", "personalization": "refused", "evidence": "form 7"}
    ask("PUT", address, both, may="change_consent")
    whole = ask("GET", f"{address}?log=1", may="view_consent")
    assert [(one["purpose"], one["state"], one["evidence"]) for one in whole["log"]] == [
        ("personalization", "refused", "form 7"),
        ("tracking", "refused", "form 7"),
        ("tracking", "granted", ""),
    ]
    assert whole["tracking"]["state"] == "refused"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"evidence": "x"}, ""),
        ({"tracking": "maybe"}, "tracking"),
        ({"tracking": None}, "tracking"),
        ({"cookies": "granted"}, "cookies"),
        ({"tracking": "granted", "evidence": "\x00"}, "evidence"),
    ],
)
@pytest.mark.once
def test_consent_that_is_none(customer, ask, body, path):
    reply = ask("PUT", "customers/c/1/consent/", body, may="change_consent", status=400)
    assert path in {one["path"] for one in reply["errors"]}
    assert not Consent.objects.exists()


def test_the_newest_counts_and_of_equal_ones_the_later_entry(customer, settings):
    def said(state, at):
        Consent.objects.create(
            customer=customer, purpose="tracking", state=state, source="x", at=at
        )
        found = Customer.objects.filter(refusing(Purpose.TRACKING)).exists()
        assert found == refuses(customer, Purpose.TRACKING)
        return found

    other = Customer.objects.filter(refusing(Purpose.PERSONALIZATION))
    assert refuses(customer, Purpose.TRACKING)  # Nothing was said: opt-in.
    assert not refuses(customer, Purpose.PERSONALIZATION)
    assert not other.exists()
    assert not said("granted", "2026-01-02T00:00Z")
    assert not said("refused", "2026-01-01T00:00Z")
    assert said("refused", "2026-01-02T00:00Z")
    settings.TRACKING_CONSENT = "opt_out"
    settings.PERSONALIZATION_CONSENT = "opt_in"
    assert refuses(customer, Purpose.TRACKING)
    assert Customer.objects.filter(refusing(Purpose.PERSONALIZATION)).exists()


def test_a_refusal_marks_the_customer_and_moves_with_a_guest(customer):
    guest = a_customer("g1", kind="guest")
    DirtyCustomer.objects.all().delete()
    Consent.objects.create(
        customer=guest, purpose="tracking", state="refused", source="x", at="2026-01-01T00:00Z"
    )
    assert DirtyCustomer.objects.filter(customer_id=guest.pk).exists()
    merge_guest(guest, customer)
    assert customer.consents.get().state == "refused"


def test_the_document_has_every_row(customer, ask):
    for model, (make, _other) in ROWS.items():
        if model.__name__ != "Wishlist":
            make(customer)
    other = a_customer("c2", email="other@example.com")
    found = ask("GET", "customers/c/1/data/", may="export_customer")
    assert found["id"] == "c/1"
    assert found["shared_with"] == []
    tables = found["tables"]
    for model in ROWS:
        assert tables[model._meta.label_lower], model
    assert tables["customers.customer"][0]["email"] == "a@example.com"
    assert tables["customers.wishlistitem"][0]["product"] == "SKU"
    assert "other@example.com" not in str(found)
    assert AuditEntry.objects.get(action="exported").name == "c/1"
    assert other


def test_an_erasure_is_asked_for_once(customer, ask):
    address = "customers/c/1/erase/"
    wrong = ask("POST", address, {"confirm": "c1"}, may="erase_customer", status=400)
    assert wrong["errors"][0]["path"] == "confirm"
    assert not Erasure.objects.exists()
    body = {"confirm": "c/1", "orders": "delete"}
    asked = ask("POST", address, body, may="erase_customer", status=202)
    assert (asked["state"], asked["orders"]) == ("running", "delete")
    erase_due()
    again = ask("POST", address, {"confirm": "c/1"}, may="erase_customer", status=202)
    assert (again["id"], again["state"], again["remaining"]) == (asked["id"], "completed", [])
    assert again == ask("GET", f"erasures/{asked['id']}/", may="erase_customer")
    assert again["tables"]["customers.customer"] == 1
    ask("POST", "customers/c9/erase/", {"confirm": "c9"}, may="erase_customer", status=404)
    ask("GET", f"erasures/{2**70}/", may="erase_customer", status=404)


@pytest.mark.parametrize(
    ("method", "path", "may"),
    [
        ("GET", "customers/c/1/consent/", "view_consent"),
        ("PUT", "customers/c/1/consent/", "change_consent"),
        ("GET", "customers/c/1/data/", "export_customer"),
        ("POST", "customers/c/1/erase/", "erase_customer"),
        ("GET", "erasures/1/", "erase_customer"),
        ("POST", "events/", "send_events"),
    ],
)
@pytest.mark.once
def test_each_call_has_a_permission_of_its_own(customer, ask, method, path, may):
    others = Permission.objects.filter(~Q(codename=may)).values_list("codename", flat=True)
    ask(method, path, {} if method != "GET" else None, may=" ".join(others), status=403)
