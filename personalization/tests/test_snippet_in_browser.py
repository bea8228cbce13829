"""The snippet in a browser: silent before consent, in batches after it, gone at a no."""

import gzip
import json

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache

from core.clock import now
from customers.models import Consent, Customer, Login, Website
from personalization.api.intake import collect as collecting
from personalization.models import BehaviorEvent, TrackingSite

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SNIPPET = site_settings.BASE_DIR / "static/personalization/track.js"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
PAGE = """<!doctype html><title>Shop</title>
<script src="/static/personalization/track.js" data-site="site-key"></script>"""
STORAGE = "JSON.stringify([Object.entries(localStorage), document.cookie, sessionStorage.length])"
NOTHING = '[[],"",0]'
DAY = 86_400_000


class Shop:
    """A page of a storefront with the snippet; what it asks for and complains of is noted."""

    def __init__(self, context, address, taken):
        self.context, self.address, self.taken = context, address, taken
        self.sent, self.complaints = [], []
        context.route(f"{address}/shop", self._answer)
        self.open()

    def _answer(self, route):
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html"}
        route.fulfill(body=PAGE, headers=headers)

    def open(self):
        self.page = self.context.new_page()
        self.page.on("request", self._note)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{self.address}/shop")

    def _note(self, request):
        assert request.url.startswith(self.address)
        if "/collect" in request.url:
            self.sent.append(request)

    def run(self, program):
        return self.page.evaluate(program)

    def bodies(self):
        return [json.loads(request.post_data) for request in self.sent]


@pytest.fixture
def shop(chromium, live_server, settings, monkeypatch):
    cache.clear()
    taken = []

    def collect(*arguments):
        try:
            real(*arguments)
        finally:
            taken.append(arguments)

    # Nobody looks into the database before it is done: SQLite's tables are locked meanwhile.
    real = collecting.collect
    monkeypatch.setattr(collecting, "collect", collect)
    settings.TRACK_ALLOWED_ORIGINS = [live_server.url]
    TrackingSite.objects.create(
        website=Website.objects.get(code="default"), key="site-key", secret="x", created_at=now()
    )
    context = chromium.new_context()
    yield Shop(context, live_server.url, taken)
    context.close()


def until_taken(shop, number):
    """Wait until the server has done with so many requests."""
    for _try in range(400):
        # Only while it waits does the driver say what was sent.
        shop.page.wait_for_timeout(50)
        if len(shop.taken) >= number:
            return
    raise AssertionError("it does not come about")


def agreed(shop):
    shop.run("tranche.consent(true)")
    until_taken(shop, 1)


def track_many(shop, number):
    shop.run(f"for (let n = 0; n < {number}; n++) tranche.track('search', {{query: 'q' + n}})")


def test_it_is_small():
    assert len(gzip.compress(SNIPPET.read_bytes())) <= 4096


def test_nothing_is_stored_or_asked_before_consent(shop):
    shop.run("tranche.track('search', {query: 'x'}); tranche.identify('t')")
    track_many(shop, 25)
    shop.run("tranche.consent(false)")
    shop.page.wait_for_timeout(300)
    assert shop.run(STORAGE) == NOTHING
    assert shop.sent == []
    assert shop.complaints == []


@pytest.mark.story
def test_after_a_yes_batches_of_twenty_are_sent_and_a_no_forgets(shop):
    agreed(shop)
    guest = Customer.objects.get()
    known = shop.run("JSON.parse(localStorage.getItem('tranche')).visitor")
    assert (guest.external_id, guest.kind) == (known, "guest")
    shop.run("tranche.consent(true)")
    track_many(shop, 21)
    until_taken(shop, 2)
    assert BehaviorEvent.objects.count() == 20
    event = BehaviorEvent.objects.order_by("occurred_at", "pk").first()
    assert (event.customer, event.search_query, event.context) == (
        guest,
        "q0",
        {"device": "desktop"},
    )
    shop.run("tranche.consent(false)")
    until_taken(shop, 3)
    assert Consent.objects.filter(state="refused").exists()
    assert shop.run(STORAGE) == NOTHING
    track_many(shop, 25)
    shop.page.wait_for_timeout(300)
    said, batch, refusal = shop.bodies()
    assert set(said) == set(refusal) == {"visitor", "consent", "at"}
    assert [said["consent"], refusal["consent"]] == [True, False]
    assert len(batch["events"]) == 20
    assert {request.resource_type for request in shop.sent} == {"ping"}
    assert shop.complaints == []


def test_a_visitor_who_comes_back_is_the_same_and_what_waits_is_sent_on_leaving(shop):
    agreed(shop)
    shop.run("tranche.track('checkout_started')")
    shop.page.goto(f"{shop.address}/shop")
    until_taken(shop, 2)
    shop.run("tranche.consent(true); tranche.track('login')")
    shop.page.goto("about:blank")
    until_taken(shop, 3)
    assert Login.objects.get().customer == BehaviorEvent.objects.get().customer
    assert Consent.objects.count() == 1


def test_who_is_logged_in_is_told_and_kept_nowhere(shop):
    agreed(shop)
    shop.run("tranche.identify('TOKEN')")
    track_many(shop, 20)
    until_taken(shop, 2)
    assert shop.bodies()[1]["customer"] == "TOKEN"
    assert "TOKEN" not in shop.run(STORAGE)


def test_an_id_lives_395_days_at_most(shop):
    agreed(shop)
    move = "const known = JSON.parse(localStorage.tranche); known.since -= {days} * {day};"
    move += "localStorage.tranche = JSON.stringify(known)"
    for days, is_kept in ((394, True), (1.1, False)):
        shop.run(move.format(days=days, day=DAY))
        shop.page.goto(f"{shop.address}/shop")
        assert (shop.run(STORAGE) != NOTHING) == is_kept


@pytest.mark.parametrize(
    "signal", ["globalPrivacyControl: {get: () => true}", "doNotTrack: {get: () => '1'}"]
)
def test_a_browser_that_asks_not_to_be_tracked_is_not(shop, signal):
    agreed(shop)
    shop.run("tranche.track('login')")
    shop.run(f"Object.defineProperties(navigator, {{{signal}}})")
    shop.run("tranche.track('login')")
    assert shop.run(STORAGE) == NOTHING
    shop.run("tranche.consent(true)")
    track_many(shop, 25)
    shop.page.wait_for_timeout(300)
    assert shop.run(STORAGE) == NOTHING
    assert len(shop.sent) == 1


def test_one_that_asked_in_between_is_forgotten_when_it_comes_back(shop):
    agreed(shop)
    shop.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
    )
    shop.page.goto(f"{shop.address}/shop")
    assert shop.run(STORAGE) == NOTHING
    assert len(shop.sent) == 1


def test_without_beacons_it_fetches(shop):
    shop.run("navigator.sendBeacon = undefined")
    agreed(shop)
    assert shop.sent[0].resource_type == "fetch"
    assert shop.complaints == []


def test_a_large_batch_is_sent_in_parts(shop):
    agreed(shop)
    shop.run("for (let n = 0; n < 20; n++) tranche.track('search', {query: 'é'.repeat(2000) + n})")
    until_taken(shop, 5)
    assert sum(len(body.get("events", ())) for body in shop.bodies()) == 20
    assert all(len(request.post_data.encode()) <= 32_768 for request in shop.sent)
