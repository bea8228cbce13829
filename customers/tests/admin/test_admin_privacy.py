"""A customer's page of privacy, and the list of erasures."""

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from customers.models import (
    AuditEntry,
    Consent,
    Customer,
    ErasedNumber,
    Erasure,
    NewsletterSubscription,
)
from customers.privacy.erasing import erase_due
from customers.tests.rows import AT, a_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return a_customer("c1", email="a@example.com")


@pytest.fixture
def page(customer):
    return reverse("admin:customers_customer_privacy", args=[customer.pk])


def clerk(client, *codenames):
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return client


def test_it_shows_what_was_said(customer, page, admin_client):
    Consent.objects.create(
        customer=customer,
        purpose="tracking",
        state="refused",
        source="form",
        at="2026-01-01T00:00Z",
    )
    text = admin_client.get(page).content.decode()
    assert "refused" in text
    assert "not asked yet" in text


def test_it_says_where_consent_to_mail_is_withdrawn(customer, page, admin_client):
    address = reverse("admin:customers_customer_change", args=[customer.pk])
    profile = admin_client.get(address).content.decode()
    for place in ("id_accepts_marketing", "subscriptions-heading"):
        assert f'id="{place}"' in profile
        assert f'href="{address}#{place}"' in admin_client.get(page).content.decode()
    assert "<td>not asked yet</td>" in admin_client.get(page).content.decode()
    Customer.objects.update(accepts_marketing=False)
    NewsletterSubscription.objects.create(
        customer=customer, store=customer.store, status="unsubscribed", status_changed_at=AT
    )
    text = admin_client.get(page).content.decode()
    assert "<td>no</td>" in text
    assert f"{customer.store}: unsubscribed" in text


def test_consent_is_noted_once_somebody_says_that_it_is_so(customer, page, admin_client):
    said = {"consent": "1", "tracking": "refused", "personalization": "", "evidence": "call"}
    refused = admin_client.post(page, said)
    assert list(refused.context["consent"].errors) == ["is_sure"]
    nothing = admin_client.post(page, {"consent": "1", "is_sure": "on"})
    assert list(nothing.context["consent"].errors) == ["__all__"]
    assert not Consent.objects.exists()
    assert admin_client.post(page, {**said, "is_sure": "on"}, follow=True).redirect_chain
    entry = Consent.objects.get()
    assert (entry.purpose, entry.state) == ("tracking", "refused")
    assert (entry.source, entry.evidence) == ("admin", "call")
    audit = AuditEntry.objects.filter(action="changed").get()
    assert (audit.name, audit.username) == ("c1", "admin")
    assert audit.after == {"consent": {"tracking": "refused"}, "source": "admin"}
    assert not Erasure.objects.exists()


def test_the_data_come_as_a_file_and_that_is_noted(page, admin_client):
    reply = admin_client.post(page, {"data": "1"})
    assert (
        json.loads(b"".join(reply))["tables"]["customers.customer"][0]["email"] == "a@example.com"
    )
    assert "attachment" in reply["Content-Disposition"]
    assert AuditEntry.objects.filter(action="exported", name="c1").exists()


def test_an_erasure_is_confirmed_by_the_number(page, admin_client):
    refused = admin_client.post(page, {"confirm": "c2", "orders": "anonymize"})
    assert "not this customer" in refused.content.decode()
    assert not Erasure.objects.exists()
    done = admin_client.post(page, {"confirm": "c1", "orders": "delete"}, follow=True)
    erasure = Erasure.objects.get()
    assert done.redirect_chain[-1][0] == reverse(
        "admin:customers_erasure_change", args=[erasure.pk]
    )
    erase_due()
    assert not Customer.objects.exists()
    text = admin_client.get(done.redirect_chain[-1][0]).content.decode()
    assert "completed" in text
    assert "Rows erased at" in text
    assert "Customers: 1<br>" in text
    assert "customers.customer" not in text
    assert "guests who were merged into them" in text


def test_the_question_says_which_files_are_not_reached(page, admin_client):
    assert "already loaded down, or brought to a destination" in (
        admin_client.get(page).content.decode()
    )


def test_rows_of_a_table_that_is_gone_are_shown_by_its_name(admin_client):
    erasure = Erasure.objects.create(
        orders="delete", requested_at=AT, next_at=AT, tables={"gone.row": 1000}, remaining=["<x>"]
    )
    address = reverse("admin:customers_erasure_change", args=[erasure.pk])
    text = admin_client.get(address).content.decode()
    assert "gone.row: 1,000" in text
    assert "&lt;x&gt;" in text


def test_its_numbers_are_let_in_again_from_the_list(page, admin_client):
    admin_client.post(page, {"confirm": "c1", "orders": "delete"})
    chosen = {"action": "let_in_again", "_selected_action": [Erasure.objects.get().pk]}
    admin_client.post(reverse("admin:customers_erasure_changelist"), chosen)
    assert not ErasedNumber.objects.exists()
    assert AuditEntry.objects.latest("pk").name == "erased"


def test_each_needs_its_permission(page, client):
    clerk(client, "view_customer", "view_consent")
    text = client.get(page).content.decode()
    assert "Data as JSON" not in text
    assert "Erase this customer" not in text
    assert "Note what the customer says" not in text
    said = {"consent": "1", "tracking": "refused", "is_sure": "on"}
    assert client.post(page, said).status_code == 403
    assert not Consent.objects.exists()
    assert client.post(page, {"data": "1"}).status_code == 403
    assert client.post(page, {"confirm": "c1", "orders": "delete"}).status_code == 403
    assert client.get(reverse("admin:customers_erasure_changelist")).status_code == 403
    assert not Erasure.objects.exists()


def test_without_the_permission_there_is_no_such_page(page, client):
    assert clerk(client, "view_customer").get(page).status_code == 403
