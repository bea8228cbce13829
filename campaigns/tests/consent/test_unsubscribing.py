"""Links in mail: for machines and people, and not for scanners."""

import re

import pytest
from django.test import Client

from campaigns.audience.freezing import freeze
from campaigns.consent.suppression import find_suppression
from campaigns.consent.unsubscribing import unsubscribe
from campaigns.content.links import token_of
from campaigns.models import Message
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from customers.merging import merge_guest
from customers.models import Customer, DirtyCustomer, NewsletterSubscription, Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(make_campaign, make_subscriber, mail):
    """The link to unsubscribe in a mail that was sent, without its host."""
    make_subscriber("1")
    other = Store.objects.create(code="b", name="B", website=Store.objects.get().website)
    message = freeze(make_campaign(), AT).campaign.messages.get()
    NewsletterSubscription.objects.create(
        customer=message.customer, store=other, status="subscribed", status_changed_at=AT
    )
    send_due(as_of=AT)
    text = mail[0].get_body(("plain",)).get_content()
    return re.search(r"https://mail\.shop\.example(/m/u/\w+/)", text)[1]


def statuses():
    return dict(NewsletterSubscription.objects.values_list("store__code", "status"))


def test_a_link_that_is_followed_changes_nothing(link, client):
    page = client.get(link)
    assert page.status_code == 200
    assert b'method="post"' in page.content
    client.head(link)
    assert set(statuses().values()) == {"subscribed"}


@pytest.mark.parametrize("multipart", [True, False])
def test_one_click(link, multipart):
    """RFC 8058: no cookie, no token, no redirect; twice is once."""
    client = Client(enforce_csrf_checks=True)
    body = {"List-Unsubscribe": "One-Click"}
    more = {} if multipart else {"content_type": "application/x-www-form-urlencoded"}
    if not multipart:
        body = "List-Unsubscribe=One-Click"
    DirtyCustomer.objects.all().delete()
    for _time in range(2):
        answer = client.post(link, body, **more)
        assert (answer.status_code, answer.cookies) == (200, {})
    assert statuses() == {"default": "unsubscribed", "b": "subscribed"}
    assert Message.objects.get().unsubscribed_at is not None
    assert DirtyCustomer.objects.exists()


def test_the_answer_names_the_store_that_sends_no_more_mail(link, client):
    assert b"Default store will send you no more mail." in client.post(link).content


def test_from_all_stores(link, client):
    assert b"None of our stores" in client.post(link, {"all": "1"}).content
    assert set(statuses().values()) == {"unsubscribed"}


def test_from_all_stores_that_a_twin_is_subscribed_to(link, client, make_subscriber):
    Store.objects.create(code="t", name="T", website=Store.objects.first().website)
    make_subscriber("twin", email="1@SHOP.example", store="t")
    client.post(link, {"all": "1"})
    standing = NewsletterSubscription.objects.standing().values_list("standing", flat=True)
    assert set(standing) == {"unsubscribed"}


def test_the_address_that_the_mail_went_to_is_refused_too(link, client, make_subscriber):
    customer = Message.objects.get().customer
    customer.email = "new@shop.example"
    customer.save()
    make_subscriber("guest", email="1@shop.example")
    client.post(link)
    assert find_suppression("1@shop.example").reason == "erased"
    assert find_suppression("new@shop.example") is None
    assert customer.subscriptions.get(store__code="default").status == "unsubscribed"


def test_a_mail_of_a_deleted_customer_still_ends_mail_to_its_address(link, client):
    Customer.objects.get(external_id="1").delete()
    assert client.post(link).status_code == 200
    assert find_suppression("1@shop.example").reason == "erased"
    assert Message.objects.get().unsubscribed_at is not None
    assert "another address" in client.get(link.replace("/m/u/", "/m/p/")).content.decode()


def test_a_guest_who_becomes_a_customer_meanwhile_is_unsubscribed(link, make_customer):
    """The request has read the message before the merge takes the guest's row."""
    Customer.objects.update(kind="guest")
    make_customer("account", email="1@shop.example")
    message = Message.objects.select_related("customer").get()
    merge_guest("1", "account")
    unsubscribe(message, AT)
    assert statuses()["default"] == "unsubscribed"


def test_who_reads_an_old_address_subscribes_nobody(link, client):
    customer = Message.objects.get().customer
    customer.email = "new@shop.example"
    customer.save()
    NewsletterSubscription.objects.update(status="unsubscribed")
    address = link.replace("/m/u/", "/m/p/")
    shown = client.post(address, {"store": [*Store.objects.values_list("pk", flat=True)]})
    assert set(statuses().values()) == {"unsubscribed"}
    assert "another address" in shown.content.decode() and link in shown.content.decode()


def test_what_is_scheduled_is_skipped_at_once(link, client, make_campaign):
    other = freeze(make_campaign("other"), AT).campaign
    client.post(link)
    message = other.messages.get()
    assert (message.state, message.reason) == ("skipped", "unsubscribed")


@pytest.mark.parametrize("kind", ["u", "p", "v"])
@pytest.mark.parametrize("token", ["0" * 32, "x", "%00", "%ED%A0%80"])
def test_an_unknown_token_says_nothing(db, client, kind, token):
    answer = client.get(f"/m/{kind}/{token}/")
    assert answer.status_code == 404


def test_preferences_by_store(link, client):
    address = link.replace("/m/u/", "/m/p/")
    page = client.get(address).content.decode()
    keys = dict(Store.objects.values_list("code", "pk"))
    assert all(f'value="{key}" checked' in page for key in keys.values())
    client.post(address, {"store": [keys["b"], "9" * 30, "x"]})
    assert statuses() == {"default": "unsubscribed", "b": "subscribed"}
    client.post(address, {"store": list(keys.values())})
    assert set(statuses().values()) == {"subscribed"}


def test_saving_preferences_unchanged_keeps_the_time_of_a_refusal(link, client, clock):
    address = link.replace("/m/u/", "/m/p/")
    store = Store.objects.get(code="b")

    def times():
        return dict(NewsletterSubscription.objects.values_list("store__code", "status_changed_at"))

    client.post(address, {"store": [store.pk]})
    refused = times()
    clock.advance(minutes=5)
    client.post(address, {"store": [store.pk]})
    assert times() == refused


def test_nobody_is_subscribed_to_a_store_that_they_never_chose(link, client):
    third = Store.objects.create(code="c", name="C", website=Store.objects.first().website)
    client.post(link.replace("/m/u/", "/m/p/"), {"store": [third.pk]})
    assert set(statuses()) == {"default", "b"}


def test_the_mail_in_the_browser_runs_nothing(link, client):
    answer = client.get(link.replace("/m/u/", "/m/v/"))
    assert b"Hello" in answer.content
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src" not in policy and "default-src 'none'" in policy and "sandbox" in policy


def test_no_address_and_no_stored_token_stands_in_a_link(link):
    message = Message.objects.get()
    token = link.rsplit("/", 2)[1]
    assert token == token_of(message.message_id)
    assert len(token) == 32
    assert token not in (message.token_hash, message.message_id)


def test_a_test_has_nobody_to_unsubscribe(link, client):
    Message.objects.update(customer=None)
    assert client.post(link).status_code == 200
    assert set(statuses().values()) == {"subscribed"}


def test_nobody_is_confirmed_by_a_link(link, client):
    NewsletterSubscription.objects.filter(store__code="b").update(status="unconfirmed")
    keys = [store.pk for store in Store.objects.all()]
    client.post(link.replace("/m/u/", "/m/p/"), {"store": keys})
    assert statuses() == {"default": "subscribed", "b": "unconfirmed"}
