"""The calls about syncs, and the address by which programs say who has unsubscribed."""

import json

import pytest
from django.urls import reverse

from campaigns.models import AudienceSync, SyncMember
from campaigns.pages.syncs import SyncReport
from campaigns.syncs.reported_unsubscribes import token_of, webhook_url
from campaigns.tests.conftest import AT
from customers.models import AuditEntry, NewsletterSubscription
from segments.editing.deletion import SegmentInUse, delete_segments

pytestmark = pytest.mark.django_db
SYNC = {
    "segment": "vip",
    "target": "brevo",
    "list": "7",
    "key_variable": "SYNC_KEY_BREVO",
}
RIGHTS = [f"campaigns.{verb}_audiencesync" for verb in ("view", "add", "change", "delete")]


@pytest.fixture
def api(client_with, make_segment):
    make_segment("vip")
    return client_with(*RIGHTS, "segments.view_members")


def made(api, **values):
    return api.send("POST", "audience-syncs/", SYNC | values)


def problems(response):
    return [(one["path"], one["code"]) for one in response.json()["errors"]]


def test_one_is_made_changed_and_deleted(api, sent):
    response = made(api)
    assert response.status_code == 201 and response["ETag"] == '"1"'
    body = response.json()
    body.pop("warnings")
    assert body["counts"] == dict.fromkeys(("entering", "there", "leaving", "refused", "gone"), 0)
    assert (body["state"], body["is_active"], body["error"]) == ("filling", True, "")
    address = response["Location"].removeprefix("/api/v1/")
    assert api.send("GET", "audience-syncs/").json()["results"] == [body]
    off = {"is_active": False}
    assert api.send("DELETE", address, **{"If-Match": "*"}).json()["errors"][0]["code"] == "active"
    changed = api.send("PATCH", address, off, **{"If-Match": '"1"'})
    assert (changed.json()["state"], changed.json()["version"]) == ("off", 2)
    assert api.send("POST", f"{address}run/").status_code == 409
    other = api.send("PUT", address, SYNC | {"list": "8", "segment": "vip"}, **{"If-Match": "*"})
    assert problems(other) == [("list", "read_only")]
    again = api.send("PUT", address, SYNC, **{"If-Match": "*"}).json()
    assert again["is_active"]
    assert api.send("POST", f"{address}run/").status_code == 202
    api.send("PATCH", address, off, **{"If-Match": "*"})
    assert api.send("DELETE", address, **{"If-Match": "*"}).status_code == 204
    assert AuditEntry.objects.filter(subject="campaigns.sync", action="sync_run").exists()


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"segment": "none"}, [("segment", "unknown_segment")]),
        ({"target": "other"}, [("target", "invalid_choice")]),
        ({"list": "../x"}, [("list", "invalid")]),
        ({"list": "7 8"}, [("list", "invalid")]),
        ({"list": "abc"}, [("list", "invalid")]),
        ({"list": "07"}, [("list", "invalid")]),
        ({"key_variable": "SECRET_KEY"}, [("key_variable", "invalid")]),
        ({"key_variable": "SYNC_KEY_"}, [("key_variable", "invalid")]),
        ({"key_variable": "xkeysib-1234"}, [("key_variable", "invalid")]),
        ({"key_variable": "SYNC_KEY_x"}, [("key_variable", "invalid")]),
        ({"segment": "\ud800"}, [("segment", "unknown_segment")]),
    ],
)
def test_what_is_refused(api, values, found):
    response = made(api, **values)
    assert response.status_code == 400
    assert problems(response)[: len(found)] == found
    assert not AudienceSync.objects.exists()


def test_key_that_is_not_set_is_warned_of(api, monkeypatch):
    monkeypatch.delenv(SYNC["key_variable"], raising=False)
    saved = made(api)
    assert [(one["path"], one["code"]) for one in saved.json()["warnings"]] == [
        ("key_variable", "not_set")
    ]
    monkeypatch.setenv(SYNC["key_variable"], "k")
    # A sync from before with a list that its program cannot have is still turned off.
    AudienceSync.objects.update(list="abc")
    address = saved["Location"].removeprefix("/api/v1/")
    off = api.send("PATCH", address, {"is_active": False}, **{"If-Match": "*"})
    assert (off.status_code, off.json()["warnings"]) == (200, [])


def test_a_list_is_of_one_segment_and_an_audience_of_many(api, make_segment):
    make_segment("other")
    assert made(api).status_code == 201
    assert problems(made(api)) == [("list", "list_taken")]
    assert problems(made(api, segment="other")) == [("list", "list_taken")]
    audience = {"target": "mailchimp", "list": "abc"}
    assert made(api, **audience).status_code == 201
    assert made(api, **audience, segment="other").status_code == 201
    assert problems(made(api, **audience)) == [("list", "list_taken")]


def test_a_segment_that_is_synced_is_not_deleted(api):
    sync = AudienceSync.objects.get(pk=made(api).json()["id"])
    with pytest.raises(SegmentInUse, match="Brevo: 7"):
        delete_segments([sync.segment])
    AudienceSync.objects.update(is_active=False)
    with pytest.raises(SegmentInUse):
        delete_segments([sync.segment])
    segment = sync.segment
    sync.delete()
    delete_segments([segment])


def test_members_and_what_went_wrong_with_them(api, client_with, make_customer):
    number = made(api).json()["id"]
    ann = make_customer("ann", email="ann@shop.example")
    common = {"sync_id": number, "changed_at": AT}
    SyncMember.objects.create(
        customer=ann, address_hash="1", state="refused", error="no", attempts=2, **common
    )
    SyncMember.objects.create(customer_id=999, address_hash="2", state="leaving", **common)
    address = f"audience-syncs/{number}/members/"
    rows = api.send("GET", address).json()["results"]
    assert [(one["customer"], one["address"], one["error"]) for one in rows] == [
        ("ann", None, "no"),
        (None, None, ""),
    ]
    assert len(api.send("GET", f"{address}?state=refused").json()["results"]) == 1
    sees = client_with(RIGHTS[0], "segments.view_members", "customers.view_personal_data")
    assert sees.send("GET", address).json()["results"][0]["address"] == "ann@shop.example"
    assert AuditEntry.objects.filter(action="viewed", subject="campaigns.sync").count() == 1


def test_the_secret_address_is_for_those_who_may_change_it(api, client_with, settings):
    settings.PUBLIC_URL = "https://mail.shop.example/"
    body = made(api).json()
    assert body["webhook_url"].startswith("https://mail.shop.example/m/syncs/")
    looks = client_with(RIGHTS[0])
    assert looks.send("GET", f"audience-syncs/{body['id']}/").json()["webhook_url"] is None


@pytest.mark.parametrize("number", [0, 10**30])
def test_there_is_no_such_sync(api, number):
    for method, more in (("GET", ""), ("DELETE", ""), ("POST", "run/"), ("GET", "members/")):
        response = api.send(method, f"audience-syncs/{number}/{more}", **{"If-Match": "*"})
        assert response.status_code == 404


# What programs say ----------------------------------------------------------------------------


@pytest.fixture
def sync(api):
    return AudienceSync.objects.get(pk=made(api).json()["id"])


@pytest.fixture
def ann(make_subscriber):
    return make_subscriber("ann", email="Ann@shop.example")


def report(client, sync, body, token=None, **options):
    address = reverse("mail:sync-report", args=[sync.pk, token or token_of(sync)])
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.generic("POST", address, data, **{"content_type": "application/json"} | options)


def is_subscribed():
    return NewsletterSubscription.objects.get().status == "subscribed"


def test_an_unsubscription_counts_here(client, sync, ann):
    assert webhook_url(sync).endswith(f"/m/syncs/{sync.pk}/{token_of(sync)}/")
    for _time in range(2):
        answer = report(client, sync, {"event": "unsubscribe", "email": "ann@SHOP.example"})
        assert answer.status_code == 200
        assert not is_subscribed()


@pytest.mark.parametrize("token", ["x", "é", "0" * 32])
def test_nobody_else_is_believed(client, sync, ann, token):
    body = {"event": "unsubscribe", "email": "ann@shop.example"}
    assert report(client, sync, body, token=token).status_code == 404
    sync.pk += 1
    assert report(client, sync, body).status_code == 404
    assert is_subscribed()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        b"\xff",
        "null",
        "1e99999",
        {"event": "delivered", "email": "ann@shop.example"},
        {"event": "unsubscribe"},
        {"event": "unsubscribe", "email": ["ann@shop.example"]},
        {"event": "unsubscribe", "email": "ann@shop.example\0"},
        {"event": "unsubscribe", "email": "\ud800@shop.example"},
        {"event": "unsubscribe", "email": "ann@\ud800.example"},
        {"event": "unsubscribe", "email": "a" * 10_000},
        {"event": {"a": 1}, "email": "ann@shop.example"},
        [{"event": "unsubscribe", "email": None}, 7, []],
    ],
)
def test_what_says_something_else_changes_nothing(client, sync, ann, body):
    assert report(client, sync, body).status_code == 200
    assert is_subscribed()


def test_one_that_is_none_keeps_nobody_else_from_being_unsubscribed(client, api, ann):
    sync = AudienceSync.objects.get(pk=made(api, target="brevo", list="7").json()["id"])
    addresses = ("ann@\ud800.example", "ann@shop.example\0", "ann@shop.example")
    body = [{"event": "unsubscribe", "email": one} for one in addresses]
    assert report(client, sync, body).status_code == 200
    assert not is_subscribed()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"x" * 3_000_000, "application/json"),
        (b"--x\r\nfoo", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"a=%ff&data[email]=%00", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"a=b&" * 2_000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_none_is_no_fault_of_ours(client, sync, ann, data, kind):
    client.raise_request_exception = False
    assert report(client, sync, data, content_type=kind).status_code < 500
    assert is_subscribed()


def test_a_body_that_breaks_off(rf, sync, ann):
    class Broken:
        def read(self, *args):
            raise OSError("gone")

        def close(self):
            pass

    request = rf.post("/", {}, content_type="application/json")
    request._stream = Broken()
    answer = SyncReport.as_view()(request, number=sync.pk, token=token_of(sync))
    assert answer.status_code == 400


def test_mailchimp_looks_first_and_posts_a_form(client, api, ann):
    sync = AudienceSync.objects.get(pk=made(api, target="mailchimp", list="abc").json()["id"])
    address = reverse("mail:sync-report", args=[sync.pk, token_of(sync)])
    assert client.get(address).status_code == 200
    assert client.get(address.replace(token_of(sync), "x")).status_code == 404
    form = {"type": "unsubscribe", "data[email]": "ann@shop.example", "data[list_id]": "abc"}
    for other in ({"type": "profile"}, {"data[action]": "delete"}, {"data[email]": "\0"}):
        assert client.post(address, form | other).status_code == 200
        assert is_subscribed()
    assert client.post(address, form | {"data[action]": "unsub"}).status_code == 200
    assert not is_subscribed()


@pytest.mark.parametrize(
    "payload",
    [
        {"data": {"relationships": {"profile": {"data": {"id": "01ABC"}}}}},
        {"included": [{"type": "profile", "attributes": {"email": "ann@shop.example"}}]},
    ],
)
def test_klaviyo_names_profiles(client, api, ann, payload):
    sync = AudienceSync.objects.get(pk=made(api, target="klaviyo", list="abc").json()["id"])
    SyncMember.objects.create(
        sync=sync, customer=ann, address_hash="1", remote_id="01ABC", changed_at=AT
    )
    topic = "event:klaviyo.unsubscribed_from_email_marketing"
    other = {"data": [{"topic": "event:klaviyo.clicked_email", "payload": payload}, 5]}
    for body in (other, {"data": [{"topic": topic, "payload": [payload]}]}, {"data": {}}):
        assert report(client, sync, body).status_code == 200
        assert is_subscribed()
    report(client, sync, {"data": [{"topic": topic, "payload": payload}]})
    assert not is_subscribed()
