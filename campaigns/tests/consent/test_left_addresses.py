"""A refusal stays with the address it was said for, whatever address its record has later."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from campaigns.audience.judging import audience_of
from campaigns.consent.suppression import lift, suppress
from campaigns.models import Suppression, SuppressionReason
from campaigns.tests.conftest import AT
from customers.events.receiving.request import receive
from customers.merging import merge_guest
from customers.models import Customer, NewsletterSubscription, Store
from customers.refolding import refold_unchecked
from customers.tests.admin.test_admin_exchange import confirm, upload
from customers.tests.admin.test_admin_pages import posted
from customers.tests.imports.importing import Importer

pytestmark = pytest.mark.django_db

OLD, NEW = "a@shop.example", "b@shop.example"


@pytest.fixture
def people(make_subscriber):
    """An account and a guest of one mailbox, both subscribed since a day ago."""
    before = AT - timedelta(days=1)
    guest = make_subscriber("guest", kind="guest", email="A@SHOP.example", at=before)
    return make_subscriber("account", email=OLD, at=before), guest


def by_model(number, email):
    customer = Customer.objects.get(external_id=number)
    customer.email = email
    customer.save()


def by_update(number, email):
    Customer.objects.filter(external_id=number).update(email=email)


def by_bulk_update(number, email):
    customer = Customer.objects.get(external_id=number)
    customer.email = email
    Customer.objects.bulk_update([customer], ["email"])


def by_event(number, email):
    event = {"type": "customer.saved", "id": number, "occurred_at": AT.isoformat()}
    assert receive(event | {"data": {"id": number, "email": email}}).accepted == 1


def by_sql(number, email):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET email = %s WHERE external_id = %s", [email, number]
        )
    refold_unchecked()


@pytest.fixture(params=["model", "update", "bulk_update", "event", "sql", "file", "upload", "page"])
def change_email(request, tmp_path):
    """Change a customer's e-mail in one of the ways there are."""

    importer = Importer(tmp_path)

    def by_file(number, email):
        importer(customers=f"id,email\n{number},{email}\n")

    def by_upload(number, email):
        admin_client = request.getfixturevalue("admin_client")
        confirm(admin_client, upload(admin_client, f"id,email\n{number},{email}\n"))

    def by_page(number, email):
        admin_client = request.getfixturevalue("admin_client")
        customer = Customer.objects.get(external_id=number)
        address = reverse("admin:customers_customer_change", args=[customer.pk])
        accepts = str(customer.accepts_marketing).lower().replace("none", "unknown")
        response = posted(admin_client, address, email=email, accepts_marketing=accepts)
        assert response.status_code == 302

    return {
        "model": by_model,
        "update": by_update,
        "bulk_update": by_bulk_update,
        "event": by_event,
        "sql": by_sql,
        "file": by_file,
        "upload": by_upload,
        "page": by_page,
    }[request.param]


def refuse(customer, way):
    if way == "marketing":
        Customer.objects.filter(pk=customer.pk).update(
            accepts_marketing=False, refused_marketing_at=AT
        )
    else:
        rows = NewsletterSubscription.objects.filter(customer=customer)
        rows.update(status="unsubscribed", status_changed_at=AT)


@pytest.mark.both
@pytest.mark.every_case
@pytest.mark.parametrize("way", ["marketing", "subscription"])
def test_the_old_address_keeps_the_refusal(way, people, change_email, make_campaign):
    account, guest = people
    refuse(account, way)
    change_email("account", NEW)
    account.refresh_from_db()
    assert (account.email, account.mailbox) == (NEW, NEW)
    found = audience_of(make_campaign(), as_of=AT + timedelta(hours=1))
    assert found.eligible == 0
    assert found.excluded["suppressed"] == 1
    suppression = Suppression.objects.get()
    assert (suppression.reason, suppression.at) == (SuppressionReason.ERASED, AT)
    # Whoever subscribes again later gets mail there.
    rows = NewsletterSubscription.objects.filter(customer=guest)
    rows.update(status_changed_at=AT + timedelta(minutes=30))
    assert audience_of(make_campaign("other"), as_of=AT + timedelta(hours=1)).eligible == 1


REFUSALS = [
    ("newsletter.saved", {"customer": "account", "status": "unsubscribed"}),
    ("customer.saved", {"id": "account", "accepts_marketing": False}),
]


@pytest.mark.both
@pytest.mark.every_case
@pytest.mark.parametrize(("name", "data"), REFUSALS)
@pytest.mark.parametrize("comes_first", [True, False])
def test_a_refusal_in_one_call_is_of_the_address_before(name, data, comes_first, people):
    if name == "newsletter.saved":
        data = data | {"status_changed_at": AT.isoformat()}
    refusal, change = (name, data), ("customer.saved", {"id": "account", "email": NEW})
    events = [
        {"type": type_, "id": f"e{place}", "occurred_at": at_minute(place), "data": given}
        for place, (type_, given) in enumerate(
            [refusal, change] if comes_first else [change, refusal]
        )
    ]
    assert receive(events).accepted == 2
    assert Suppression.objects.count() == (1 if comes_first else 0)


def at_minute(number):
    return (AT + timedelta(minutes=number)).isoformat()


def test_who_has_not_refused_leaves_nothing(people, change_email):
    change_email("account", NEW)
    assert Customer.objects.get(external_id="account").mailbox == NEW
    assert not Suppression.objects.exists()


def test_another_spelling_is_the_same_address(people, change_email):
    account, _guest = people
    refuse(account, "marketing")
    change_email("account", "A@shop.EXAMPLE")
    change_email("guest", NEW)
    assert not Suppression.objects.exists()


def test_an_address_that_is_taken_away_keeps_the_refusal(people, change_email):
    account, _guest = people
    refuse(account, "marketing")
    change_email("account", "")
    assert Suppression.objects.count() == 1


def test_a_merge_into_another_address_keeps_the_refusal(people, make_subscriber, make_campaign):
    _account, guest = people
    refuse(guest, "subscription")
    make_subscriber("other", email=NEW, at=AT - timedelta(days=1))
    merge_guest("guest", "other")
    found = audience_of(make_campaign(), as_of=AT)
    assert (found.eligible, found.excluded) == (0, {"suppressed": 1, "unsubscribed": 1})


@pytest.mark.parametrize("is_first", [True, False])
def test_a_refusal_outlives_another_reason_above_it(people, make_campaign, is_first):
    """The address bounced, too: that it works again says nothing of who wants mail."""
    account, _guest = people
    refuse(account, "subscription")
    if is_first:
        suppress(OLD, SuppressionReason.HARD_BOUNCE, AT)
    account.delete()
    if not is_first:
        suppress(OLD, SuppressionReason.HARD_BOUNCE, AT)
    row = Suppression.objects.get()
    assert row.reason == "hard_bounce"
    assert lift(row, "The address works again.", author=None) is False
    assert Suppression.objects.get().reason == "erased"
    assert audience_of(make_campaign(), as_of=AT).eligible == 0
    assert lift(Suppression.objects.get(), "By a mistake.", author=None) is True


def test_a_yes_with_the_new_address_is_not_said_for_the_old_one(people):
    account, _guest = people
    refuse(account, "marketing")
    customer = Customer.objects.get(pk=account.pk)
    customer.email = NEW
    customer.say_marketing(True, AT + timedelta(hours=1))
    customer.save()
    assert Suppression.objects.get().at == AT


def say_late(number, minutes, **data):
    """Send a `customer.saved` of so many minutes before `AT`; return what became of the event."""
    event = {"type": "customer.saved", "id": f"late-{minutes}"}
    occurred_at = AT - timedelta(minutes=minutes)
    return receive(event | {"occurred_at": occurred_at.isoformat(), "data": {"id": number, **data}})


def delete_by_event(number):
    event = {"type": "customer.deleted", "id": "gone", "occurred_at": AT.isoformat()}
    assert receive(event | {"data": {"id": number}}).accepted == 1


LEAVING = [delete_by_event, lambda number: by_event(number, NEW)]


@pytest.mark.parametrize("leave", LEAVING, ids=["deleted", "another_address"])
def test_late_refusal_holds_for_the_address_of_the_event(people, make_campaign, leave):
    leave("account")
    assert audience_of(make_campaign(), as_of=AT).eligible > 0
    taken = say_late("account", 5, email=OLD, accepts_marketing=False)
    assert (taken.accepted, taken.older) == (0, 1)
    row = Suppression.objects.get()
    assert (row.reason, row.at) == (SuppressionReason.ERASED, AT - timedelta(minutes=5))
    assert audience_of(make_campaign("next"), as_of=AT).eligible == 0


def test_late_refusal_before_a_consent_suppresses_no_address(people):
    say_late("account", 5, email=OLD, accepts_marketing=True)
    delete_by_event("account")
    say_late("account", 10, email=OLD, accepts_marketing=False)
    assert not Suppression.objects.exists()


def test_late_refusal_without_an_address_suppresses_nothing(people):
    delete_by_event("account")
    assert say_late("account", 5, accepts_marketing=False).older == 1
    assert not Suppression.objects.exists()


@pytest.mark.both
def test_store_that_somebody_subscribed_to_since_sends(make_campaign, make_subscriber):
    """The other store's subscription is older than the refusal that is left of a customer."""
    website = Store.objects.get(code="default").website
    Store.objects.create(code="other", name="Other", website=website)
    suppress(OLD, SuppressionReason.ERASED, AT - timedelta(days=1))
    customer = make_subscriber("account", email=OLD, at=AT - timedelta(days=2))
    customer.subscriptions.create(
        store=Store.objects.get(code="other"), status="subscribed", status_changed_at=AT
    )
    campaign = make_campaign(stores=["default", "other"])
    assert audience_of(campaign, as_of=AT).by_store == {"other": 1}
