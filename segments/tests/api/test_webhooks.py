"""Webhooks by address: who manages them, what is refused, what is shown and what never."""

import pytest

from customers.models import AuditEntry
from segments.models import Segment, WebhookDelivery, WebhookEndpoint
from segments.webhooks.delivery import new_delivery

pytestmark = pytest.mark.django_db
RIGHTS = [f"segments.{verb}_webhookendpoint" for verb in ("view", "add", "change", "delete")]
URL = "https://receiver.example/hook"


@pytest.fixture
def client(client_with):
    return client_with(*RIGHTS)


@pytest.fixture
def made(client):
    answer = client.send("POST", "webhooks/", {"name": "Shop", "url": URL})
    assert answer.status_code == 201, answer.content
    return answer.json()


def paths(response):
    assert response.status_code == 400, response.content
    return [problem["path"] for problem in response.json()["errors"]]


def test_a_new_one_shows_its_secret_once(client, made):
    assert made["secret"].startswith("whsec_")
    assert (made["segments"], made["kinds"]) == (None, ["entered", "left"])
    shown = client.send("GET", f"webhooks/{made['id']}/")
    assert shown.status_code == 200
    assert "secret" not in shown.json()
    assert made["secret"] not in client.send("GET", "webhooks/").content.decode()
    assert made["secret"] not in str(list(AuditEntry.objects.values()))
    changed = client.send("POST", f"webhooks/{made['id']}/secret/").json()
    assert changed["secret"] not in (made["secret"], "")


def test_a_choice_of_segments_and_kinds_is_stored(client, made, make_segment):
    for code in ("b", "a"):
        make_segment(code)
    body = {"segments": ["b", "a"], "kinds": ["left"], "is_active": False}
    changed = client.send("PATCH", f"webhooks/{made['id']}/", body).json()
    assert (changed["segments"], changed["kinds"]) == (["a", "b"], ["left"])
    deed = AuditEntry.objects.filter(subject="webhook").latest("pk")
    assert deed.after == {**body, "segments": ["a", "b"]}
    stored = WebhookEndpoint.objects.get()
    assert (stored.all_segments, stored.sends_entered, stored.sends_left) == (False, False, True)
    Segment.objects.filter(code="a").delete()
    assert client.send("GET", f"webhooks/{made['id']}/").json()["segments"] == ["b"]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"url": "http://receiver.example/"}, ["url"]),
        ({"url": "https://10.0.0.1/"}, ["url"]),
        ({"url": "https://169.254.169.254/latest"}, ["url"]),
        ({"segments": ["none"]}, ["segments[0]"]),
        ({"segments": []}, ["segments"]),
        ({"segments": ["\0"]}, ["segments[0]"]),
        ({"kinds": []}, ["kinds"]),
        ({"kinds": ["all"]}, ["kinds[0]"]),
        ({"secret": "mine"}, ["secret"]),
    ],
)
def test_what_is_wrong_is_named(client, values, wrong):
    assert paths(client.send("POST", "webhooks/", {"name": "x", "url": URL, **values})) == wrong


def test_each_call_beside_a_webhook_needs_its_permission(client_with, anonymous, made):
    one = f"webhooks/{made['id']}/"
    for method, address, right in (
        ("POST", f"{one}secret/", "change"),
        ("POST", f"{one}test/", "change"),
        ("GET", f"{one}deliveries/", "view"),
        ("POST", f"{one}deliveries/x/replay/", "change"),
    ):
        others = [name for name in RIGHTS if f".{right}_" not in name]
        assert client_with(*others).send(method, address, {}).status_code == 403, address
        assert anonymous.send(method, address, {}).status_code == 401, address


def test_a_test_is_queued_and_stands_among_the_deliveries(client, made):
    address = f"webhooks/{made['id']}/"
    queued = client.send("POST", f"{address}test/")
    assert (queued.status_code, queued.json()["is_test"]) == (202, True)
    listed = client.send("GET", f"{address}deliveries/?state=waiting").json()["results"]
    assert [one["id"] for one in listed] == [queued.json()["id"]]
    assert client.send("GET", f"{address}deliveries/?state=dead").json()["results"] == []
    assert paths(client.send("GET", f"{address}deliveries/?state=x")) == ["state"]


def test_replaying_what_was_given_up(client, made):
    endpoint = WebhookEndpoint.objects.get()
    dead = new_delivery(endpoint, [1], state="dead", attempts=9)
    done = new_delivery(endpoint, [2], state="delivered")
    address = f"webhooks/{made['id']}/deliveries/"
    again = client.send("POST", f"{address}{dead.message_id}/replay/")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert WebhookDelivery.objects.get(pk=dead.pk).attempts == 0
    assert client.send("POST", f"{address}{done.message_id}/replay/").status_code == 409
    assert client.send("POST", f"{address}msg_none/replay/").status_code == 404
    other = client.send("POST", "webhooks/", {"name": "Other", "url": URL}).json()
    elsewhere = f"webhooks/{other['id']}/deliveries/{dead.message_id}/replay/"
    assert client.send("POST", elsewhere).status_code == 404


def test_numbers_that_are_none(client):
    assert client.send("GET", f"webhooks/{2**63}/").status_code == 404
