"""`Idempotency-Key`: a POST that is sent again does nothing twice and gets the first response."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection

from core.access.tokens import create_token
from core.api.idempotency.stored_response import KeptResponse, delete_responses_about
from customers.privacy.holdings import Person
from customers.privacy.retention import purge
from segments.models import Segment, WebhookEndpoint
from tests.factories.clients import ApiClient

pytestmark = pytest.mark.django_db
VIP = {"code": "vip", "name": "VIP", "conditions": {"match": "all", "conditions": []}}
CALLS = 12


@pytest.fixture
def client(client_with):
    return client_with("segments.add_segment", "segments.change_segment", "conditions.preview")


def post(client, address, body, key="a1"):
    return client.send("POST", address, body, **{"Idempotency-Key": key})


def code_of(response):
    return response.json()["errors"][0]["code"]


def test_repeated_post_gets_the_first_response(client, client_with):
    first, again = (post(client, "segments/", VIP) for _try in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first["ETag"], first["Location"]) == (
        again.content,
        again["ETag"],
        again["Location"],
    )
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Segment.objects.count() == 1
    other = post(client, "segments/", {**VIP, "name": "Other"})
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")
    other = post(client, "segments/?more=1", VIP)
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")
    # The same key of somebody else, and at another address, is another call.
    assert post(client_with("segments.add_segment"), "segments/", VIP).status_code == 400
    assert "Idempotency-Replayed" not in post(client, "segments/vip/refresh/", None)


def test_permissions_are_asked_before_a_replay(client):
    post(client, "segments/", VIP)
    client.user.user_permissions.clear()
    assert post(client, "segments/", VIP).status_code == 403


def test_permission_that_the_handler_asked_for_is_asked_again(client_with, make_segment):
    """Catches a kept response that shows a token what only another token's permission allows."""
    client = client_with("segments.view_members", "segments.add_segment")
    code, body = make_segment().code, {"size": 1, "save_as": "alike"}
    assert post(client, f"segments/{code}/lookalikes/", body).status_code == 409
    again = post(client, f"segments/{code}/lookalikes/", body)
    assert (again.status_code, again["Idempotency-Replayed"]) == (409, "true")
    client.user.user_permissions.remove(Permission.objects.get(codename="add_segment"))
    assert post(client, f"segments/{code}/lookalikes/", body).status_code == 403


def test_response_of_the_release_before_is_replayed_to_superusers_only(client):
    """Catches a kept response without noted permissions that anybody gets again."""
    post(client, "segments/", VIP)
    KeptResponse.objects.update(permissions=None)
    assert post(client, "segments/", VIP).status_code == 403
    User.objects.filter(pk=client.user.pk).update(is_superuser=True)
    assert post(client, "segments/", VIP)["Idempotency-Replayed"] == "true"
    assert Segment.objects.count() == 1


def test_a_refusal_is_replayed_unless_it_may_end(client):
    wrong = {**VIP, "code": "no code"}
    first, again = (post(client, "segments/", wrong) for _try in range(2))
    assert (first.status_code, first.content) == (400, again.content)
    assert (again["Content-Type"], again["Idempotency-Replayed"]) == (
        "application/problem+json",
        "true",
    )
    settings_of_user = client.user.user_permissions
    rights = list(settings_of_user.all())
    settings_of_user.clear()
    assert post(client, "segments/", VIP, key="b").status_code == 403
    settings_of_user.set(rights)
    assert post(client, "segments/", VIP, key="b").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "é".encode().decode("latin-1"), "x" * 256])
def test_a_wrong_key_is_named(client, key):
    refused = post(client, "segments/", VIP, key=key)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["path"] == "Idempotency-Key"
    assert not Segment.objects.exists()


def test_a_key_is_ignored_where_nothing_is_made(client, make_segment):
    body = {"conditions": VIP["conditions"]}
    assert post(client, "segments/preview/", body, key="a b").status_code == 200
    make_segment("old")
    headers = {"Idempotency-Key": "a b", "If-Match": "*"}
    changed = client.send("PATCH", "segments/old/", {"priority": 3}, **headers)
    assert changed.status_code == 200
    assert not KeptResponse.objects.exists()


def test_the_response_is_stored_with_the_deed_or_neither_is(client, monkeypatch):
    def killed(**values):
        raise KeyboardInterrupt

    monkeypatch.setattr(KeptResponse.objects, "create", killed)
    with pytest.raises(KeyboardInterrupt):
        post(client, "segments/", VIP)
    assert not Segment.objects.exists()


def test_wrong_query_is_refused_with_a_key_too(client):
    refused = post(client, "segments/?more=1", VIP)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "more")
    assert not Segment.objects.exists()


def test_secrets_are_null_in_a_replay(client_with):
    client = client_with("segments.add_webhookendpoint", "segments.change_webhookendpoint")
    body = {"name": "Shop", "url": "https://receiver.example/hook"}
    first, again = (post(client, "webhooks/", body).json() for _try in range(2))
    assert first["secret"].startswith("whsec_")
    assert again == {**first, "secret": None}
    address = f"webhooks/{first['id']}/secret/"
    first, again = (post(client, address, None).json() for _try in range(2))
    assert WebhookEndpoint.objects.get().secret == first["secret"]
    assert again["secret"] is None


def test_kept_responses_end_by_age_and_by_erasure(client, settings):
    post(client, "segments/", {**VIP, "code": "for_one", "name": "For Ann@shop.example"})
    post(client, "segments/", {**VIP, "code": "c-1", "name": "C-10"}, key="b")
    delete_responses_about(Person(1, ("C-",), "x@shop.example"))
    assert KeptResponse.objects.count() == 2
    delete_responses_about(Person(1, ("X",), "ann@shop.example"))
    assert KeptResponse.objects.count() == 1
    delete_responses_about(Person(1, ("C-10",), ""))
    assert not KeptResponse.objects.exists()
    post(client, "segments/", VIP, key="c")
    settings.IDEMPOTENCY_HOURS = 0
    assert "Idempotency-Replayed" not in post(client, "segments/", VIP, key="c")
    assert ("customers.keptresponse", 1) in list(purge())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs two writers")
@pytest.mark.django_db(transaction=True)
def test_calls_at_once_create_one_segment():
    user = User.objects.create_superuser("root")
    key = create_token(user, author=None).key
    start = Barrier(CALLS)

    def call(number):
        client = ApiClient(headers={"Authorization": f"Bearer {key}"})
        start.wait()
        try:
            return post(client, "segments/", VIP)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLS) as pool:
        responses = list(pool.map(call, range(CALLS)))
    statuses = {one.status_code for one in responses}
    assert statuses <= {201, 409}, statuses
    assert {code_of(one) for one in responses if one.status_code == 409} <= {
        "idempotency_in_progress"
    }
    assert (
        sum("Idempotency-Replayed" not in one for one in responses if one.status_code == 201) == 1
    )
    assert Segment.objects.count() == 1
