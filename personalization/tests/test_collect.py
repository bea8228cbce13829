"""`POST personalization/collect`: what the storefront sends, what becomes of it, who is told."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from core.clock import now
from customers.models import Consent, Customer, CustomerMerge, Store, Website
from customers.privacy.erasing import erase_due, request_erasure
from customers.tests.rows import a_customer
from personalization.intake.call_counts import of_last_day
from personalization.models import BehaviorEvent, TrackingSite
from personalization.tests.conftest import say

pytestmark = pytest.mark.django_db

ORIGIN = "https://shop.example"
VISITOR, OTHER = "v-" + "1" * 32, "v-" + "2" * 32
SEARCH = {"behavior_type": "search", "data": {"query": "red shoe"}}


@pytest.fixture
def site(db, settings):
    cache.clear()
    settings.TRACK_ALLOWED_ORIGINS = [ORIGIN]
    website = Website.objects.get(code="default")
    return TrackingSite.objects.create(
        website=website, key="site-key", secret="site-secret", created_at=now()
    )


@pytest.fixture
def send(site, anonymous):
    """Return a function that sends a body as a browser does."""

    def post(body, *, key="site-key", status=204, origin=ORIGIN, where="query", **headers):
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        address = "/api/v1/personalization/collect"
        if where == "query":
            address += f"?site={key}"
        else:
            headers["site"] = key
        if origin is not None:
            headers["Origin"] = origin
        reply = anonymous.post(
            address, text, content_type="text/plain;charset=UTF-8", headers=headers
        )
        assert reply.status_code == status, reply.content
        if status == 204:
            assert reply.content == b""
        return reply

    return post


def agree(send, visitor=VISITOR, granted=True, **more):
    send({"visitor": visitor, "consent": granted, "at": now().isoformat(), **more})


def token(number, *, secret="site-secret", seconds=600, version="v1", padding=""):
    name = urlsafe_b64encode(number.encode()).decode().rstrip("=") + padding
    signed = f"{version}.{name}.{int((now() + timedelta(seconds=seconds)).timestamp())}"
    mark = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return f"{signed}.{mark}"


def counted():
    return {name: number for name, number in of_last_day() if number}


def test_a_yes_makes_a_guest_and_a_no_of_nobody_stores_nothing(send, site):
    agree(send, granted=False)
    assert not Customer.objects.exists()
    other = Website.objects.create(code="b2b", name="B2B")
    store = Store.objects.create(code="b2b-store", name="B2B", website=other)
    site.website = other
    site.save()
    at = (now() - timedelta(minutes=1)).isoformat()
    for _time in range(2):
        send({"visitor": VISITOR, "consent": True, "at": at})
    guest = Customer.objects.get()
    assert (guest.external_id, guest.kind) == (VISITOR, "guest")
    assert (guest.website, guest.store) == (other, store)
    entry = Consent.objects.get()
    assert (entry.purpose, entry.state, entry.source) == ("tracking", "granted", "snippet")
    assert entry.at.isoformat() == at
    agree(send, granted=False)
    assert [one.state for one in Consent.objects.order_by("at")] == ["granted", "refused"]


@pytest.mark.parametrize("where", ["query", "header"])
@pytest.mark.both
def test_what_a_visitor_does_is_stored_once_they_have_agreed(send, where):
    body = {"visitor": VISITOR, "events": [SEARCH, {"behavior_type": "login"}, {"bad": 1}]}
    send(body, where=where)
    assert not Customer.objects.exists()
    agree(send)
    send(body, where=where)
    event = BehaviorEvent.objects.get()
    assert (event.customer.external_id, event.channel) == (VISITOR, "web")
    assert counted() == {"unknown_visitor": 2, "accepted": 2, "invalid": 2}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        b"\xff",
        {},
        {"visitor": VISITOR},
        {"visitor": "C1", "events": [SEARCH]},
        {"visitor": VISITOR.upper(), "events": [SEARCH]},
        {"visitor": VISITOR, "events": []},
        {"visitor": VISITOR, "events": [SEARCH] * 101},
        {"visitor": VISITOR, "events": SEARCH},
        {"visitor": VISITOR, "events": [{**SEARCH, "customer_id": "C1"}]},
        {"visitor": VISITOR, "events": [SEARCH], "consent": True},
        {"visitor": VISITOR, "events": [SEARCH], "gpc": "no"},
        {"visitor": VISITOR, "consent": 1},
        {"visitor": VISITOR, "consent": True, "at": "yesterday"},
        {"visitor": VISITOR, "consent": True, "at": "9999-12-31T23:59:59Z"},
        {"visitor": VISITOR, "events": [{**SEARCH, "data": {"query": "x" * 33_000}}]},
        {"visitor": VISITOR, "consent": True, "gpc": None},
    ],
)
def test_whatever_comes_the_answer_is_the_same(send, body):
    a_customer("C1")
    say(Customer.objects.get())
    send(body)
    assert not BehaviorEvent.objects.exists()
    assert not Customer.objects.filter(kind="guest").exists()
    assert counted() == {"invalid": 1}


def test_an_unknown_site_is_answered_alike(send):
    agree_body = {"visitor": VISITOR, "consent": True}
    for key in ("", "other", "a%00b"):
        send(agree_body, key=key)
    assert counted() == {"unknown_site": 3}
    assert not Customer.objects.exists()


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", ORIGIN + "/"])
def test_another_origin_is_refused(send, origin):
    send({"visitor": VISITOR, "consent": True}, origin=origin, status=403)
    assert not Customer.objects.exists()


def test_a_browser_is_told_that_its_page_may_send(send):
    reply = send({})
    assert reply["Access-Control-Allow-Origin"] == ORIGIN
    assert reply["Vary"].startswith("Origin") or "Origin" in reply["Vary"]
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    reply = Client().options("/api/v1/personalization/collect/", headers=asked)
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply["Access-Control-Allow-Methods"] == "POST"
    asked["Origin"] = "https://evil.example"
    assert Client().options("/api/v1/personalization/collect", headers=asked).status_code == 403


@pytest.mark.both
def test_gpc_makes_no_guest_and_refuses_for_who_is_known(send):
    agree(send, gpc=True)
    send({"visitor": VISITOR, "consent": True}, **{"Sec-GPC": "1"})
    assert not Customer.objects.exists()
    agree(send)
    send({"visitor": VISITOR, "events": [SEARCH], "gpc": True})
    assert not BehaviorEvent.objects.exists()
    entries = {one.purpose: (one.state, one.source) for one in Consent.objects.all()}
    assert entries == {
        "tracking": ("granted", "snippet"),
        "personalization": ("refused", "gpc"),
    }


@pytest.mark.both
def test_a_valid_token_makes_the_visitor_the_customer(send, consenting):
    ann = consenting("C/1 é.x")
    agree(send)
    send({"visitor": VISITOR, "events": [SEARCH]})
    named = token("C/1 é.x")
    send({"visitor": VISITOR, "customer": named, "events": [{**SEARCH, "id": "2"}]})
    assert CustomerMerge.objects.get().guest_external_id == VISITOR
    assert [one.customer for one in BehaviorEvent.objects.all()] == [ann, ann]
    # Who is not logged in any more is still the same visitor.
    send({"visitor": VISITOR, "events": [{**SEARCH, "id": "3"}]})
    # A token is enough, a guest is not needed.
    send({"visitor": OTHER, "customer": named, "events": [{**SEARCH, "id": "4"}]})
    assert BehaviorEvent.objects.filter(customer=ann).count() == 4
    assert Customer.objects.count() == 1


def test_a_wrong_or_expired_token_drops_the_events(send, consenting):
    consenting("C1")
    agree(send)
    good = token("C1")
    wrong = [
        token("C1", secret="other"),
        token("C1", seconds=-1),
        token("C1", version="v2"),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.replace("v1.", "v1..", 1),
        "C1",
        5,
        "",
    ]
    for one in wrong:
        send({"visitor": VISITOR, "customer": one, "events": [SEARCH]})
    assert counted() == {"bad_token": len(wrong)}
    assert not BehaviorEvent.objects.exists()
    send({"visitor": VISITOR, "customer": token("nobody"), "events": [SEARCH]})
    assert not BehaviorEvent.objects.exists()
    assert Customer.objects.filter(external_id=VISITOR).exists()


def test_a_token_of_a_guest_merges_nobody(send):
    guest = a_customer("G1", kind="guest")
    say(guest)
    agree(send)
    send({"visitor": VISITOR, "customer": token("G1", padding="="), "events": [SEARCH]})
    assert BehaviorEvent.objects.get().customer == guest
    assert Customer.objects.count() == 2


@pytest.mark.both
def test_an_erased_visitor_is_made_a_guest_no_more(send):
    agree(send)
    request_erasure(Customer.objects.get(), "anonymize", author=None)
    erase_due()
    agree(send)
    send({"visitor": VISITOR, "events": [SEARCH]})
    assert not Customer.objects.exists()
    assert counted() == {"erased": 2}


def test_crawlers_are_no_visitors(send):
    agent = {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"}
    send({"visitor": VISITOR, "consent": True}, **agent)
    assert not Customer.objects.exists()
    agree(send)
    send({"visitor": VISITOR, "events": [SEARCH]}, **agent)
    assert counted() == {"bot": 2}


def test_set_up_prints_two_lines_and_the_secret_once(db):
    out, err = StringIO(), StringIO()
    call_command("setup_tracking", "default", "--url", "https://t.example/", stdout=out, stderr=err)
    site = TrackingSite.objects.get()
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[1] == (
        '<script src="https://t.example/static/personalization/track.js"'
        f' data-site="{site.key}" defer></script>'
    )
    assert err.getvalue() == f"secret: {site.secret}\n"
    again, err = StringIO(), StringIO()
    call_command("setup_tracking", "default", stdout=again, stderr=err)
    assert site.key in again.getvalue()
    assert err.getvalue() == ""
    with pytest.raises(CommandError, match="nowhere"):
        call_command("setup_tracking", "nowhere")


def test_the_figures_are_shown_to_operators(send, client):
    agree(send)
    send({"visitor": VISITOR, "events": [SEARCH]})
    page = client.get("/metrics").content.decode()
    assert 'tranche_behaviors_last_day{outcome="accepted"} 1.0' in page
    assert VISITOR not in page
