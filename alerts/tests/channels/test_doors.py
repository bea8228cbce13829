"""Channels are written by API and form, refused where nothing may be sent, and tested."""

import pytest
from django.urls import reverse

from alerts.models import AlertChannel, AlertMessage
from tests.factories.clients import new_user, staff_user

pytestmark = pytest.mark.django_db
RIGHTS = tuple(f"alerts.{one}_alertchannel" for one in ("view", "add", "change", "delete"))
CHAT = {"name": "Chat", "kind": "chat", "url": "https://chat.example/in"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({**CHAT, "url": "http://127.0.0.1/"}, "url"),
        ({**CHAT, "url": "https://localhost/"}, "url"),
        ({**CHAT, "kinds": ["fine"]}, "kinds[0]"),
        ({**CHAT, "kinds": []}, "kinds"),
        ({**CHAT, "segments": ["gone"]}, "segments[0]"),
        ({**CHAT, "segments": []}, "segments"),
        ({**CHAT, "digest": "weekly"}, "digest"),
        ({**CHAT, "addresses": ["ann@shop.example"]}, "addresses"),
        ({"name": "Mail", "kind": "mail"}, "addresses"),
        ({"name": "Mail", "kind": "mail", "addresses": ["nobody@shop.example"]}, "addresses[0]"),
    ],
)
def test_wrong_channel_is_refused(client_with, body, path):
    new_user(email="nobody@shop.example")
    reply = client_with(*RIGHTS).send("POST", "alert-channels/", body)
    assert reply.status_code == 400
    assert [one["path"] for one in reply.json()["errors"]] == [path]


def test_secret_is_shown_once_and_test_is_queued(client_with):
    client = client_with(*RIGHTS)
    body, key = {**CHAT, "kind": "webhook"}, {"Idempotency-Key": "a1"}
    made, again = (client.send("POST", "alert-channels/", body, **key).json() for _try in range(2))
    assert made["secret"].startswith("whsec_")
    assert again == {**made, "secret": None}
    (listed,) = client.send("GET", "alert-channels/").json()["results"]
    assert "secret" not in listed
    assert client.send("POST", f"alert-channels/{made['id']}/test/").status_code == 202
    assert AlertMessage.objects.get().event == "test"


def test_form_writes_channel_and_queues_test(client, make_segment):
    make_segment("VIP")
    client.force_login(staff_user("boss", *RIGHTS))
    data = {"name": "Chat", "kind": "chat", "url": "https://chat.example/in", "addresses": ""}
    data |= {"kinds": ["drift"], "segments": ["vip"], "digest": "daily", "is_active": "on"}
    reply = client.post(reverse("admin:alerts_alertchannel_add"), data)
    assert reply.status_code == 302, reply.context["adminform"].form.errors
    channel = AlertChannel.objects.get()
    assert (channel.kinds, channel.segments, channel.digest) == (["drift"], ["vip"], "daily")
    page = reverse("admin:alerts_alertchannel_change", args=[channel.pk])
    assert "nothing was sent yet" in client.get(page).content.decode()
    test = reverse("admin:alerts_alertchannel_test", args=[channel.pk])
    assert client.post(test).status_code == 302
    assert AlertMessage.objects.get().channel == channel
    client.force_login(staff_user("viewer", RIGHTS[0]))
    assert client.get(page).status_code == 200
    assert client.post(test).status_code == 403
