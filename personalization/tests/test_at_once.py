"""Several web processes at once: each behaviour is stored once, each visitor is one guest."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection, connections

from core.clock import now
from customers.models import Consent, Customer, Login, ProductView, Website, WishlistItem
from customers.tests.rows import a_customer
from personalization.intake.receiving import Caller, receive
from personalization.models import BehaviorEvent
from personalization.tests.conftest import behavior, say
from personalization.visitors.consent import store_consent
from personalization.visitors.sites import set_up

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
    pytest.mark.django_db(transaction=True),
]
TIMES = 8


def at_once(deed):
    """Do it several times at once, each in a thread and a connection of its own."""

    def done(number):
        try:
            return deed(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TIMES) as threads:
        return list(threads.map(done, range(TIMES)))


def test_the_same_behaviours_sent_at_once_are_stored_once():
    cache.clear()
    for number in ("C1", "C2"):
        say(a_customer(number))
    at = now().isoformat()
    sent = [
        {**behavior(kind, who), "data": data, "occurred_at": at}
        for kind, data in (
            ("search", {"query": "a"}),
            ("login", {}),
            ("product_viewed", {"sku": "NEW"}),
            ("wishlist_added", {"sku": "NEW"}),
        )
        for who in ("C1", "C2")
    ]
    # In another order each time, as no two senders agree on one.
    taken = at_once(lambda number: receive(sent[number:] + sent[:number], Caller()))
    assert sum(one.accepted for one in taken) == len(sent)
    assert sum(one.duplicates for one in taken) == len(sent) * (TIMES - 1)
    for model in (BehaviorEvent, Login, ProductView, WishlistItem):
        assert model.objects.count() == 2


def test_of_the_same_id_with_other_content_one_is_taken():
    cache.clear()
    say(a_customer("C1"))

    def send(number):
        data = {"query": str(number)}
        return receive([behavior(id="1", data=data), behavior("login")], Caller())

    taken = at_once(send)
    assert sorted(len(one.problems) for one in taken) == [0] + [1] * (TIMES - 1)
    assert BehaviorEvent.objects.count() == 1


def test_a_visitor_who_agrees_twice_at_once_is_one_guest():
    at, website = now(), Website.objects.get(code="default")
    at_once(lambda _number: store_consent("v-" + "0" * 32, website, is_granted=True, at=at))
    assert Customer.objects.count() == Consent.objects.count() == 1


def test_a_website_has_one_secret():
    website = Website.objects.get(code="default")
    made = at_once(lambda _number: set_up(website))
    assert sum(one.is_new for one in made) == 1
    assert len({one.site.secret for one in made}) == 1
