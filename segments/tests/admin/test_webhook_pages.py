"""The pages of webhooks: made with a secret shown once, changed, tested, replayed, deleted."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from customers.models import AuditEntry
from segments.models import WebhookDelivery, WebhookEndpoint
from segments.webhooks.delivery import new_delivery
from segments.webhooks.resource import WEBHOOKS

pytestmark = pytest.mark.django_db
URL = "https://receiver.example/hook"
SAID = {"name": "Shop", "url": URL, "all_segments": "on", "sends_left": "on", "is_active": "on"}


def at(name, *arguments):
    return reverse(f"admin:segments_webhookendpoint_{name}", args=arguments)


@pytest.fixture
def endpoint(admin_user):
    return WEBHOOKS.create({"name": "Shop", "url": URL}, author=admin_user).row


def test_made_with_a_secret_that_is_shown_once(admin_client):
    page = admin_client.post(at("add"), SAID).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in page
    assert not endpoint.sends_entered
    shown = admin_client.get(at("change", endpoint.pk)).content.decode()
    assert endpoint.secret not in shown
    assert endpoint.secret not in admin_client.get(at("changelist")).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "https://10.0.0.1/"}, "This address is not a public one."),
        ({"url": "http://receiver.example/"}, "must begin with https://"),
        ({"sends_left": ""}, "Choose who enters, who leaves, or both."),
        ({"all_segments": ""}, "Choose all segments, or at least one."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(admin_client, fields, said):
    assert said in admin_client.post(at("add"), {**SAID, **fields}).content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_all_segments_and_a_choice_of_them_are_refused_together(admin_client, make_segment):
    chosen = {**SAID, "segments": [make_segment().pk]}
    form = admin_client.post(at("add"), chosen).context["adminform"].form
    assert list(form.errors) == ["segments"]
    assert "exclude each other" in form.errors["segments"][0]
    assert not WebhookEndpoint.objects.exists()
    admin_client.post(at("add"), {**chosen, "all_segments": ""})
    assert not WebhookEndpoint.objects.get().all_segments


def test_changed_and_deleted_as_by_address(admin_client, endpoint):
    secret = endpoint.secret
    admin_client.post(at("change", endpoint.pk), {**SAID, "name": "Other", "is_active": ""})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.is_active, endpoint.secret) == ("Other", False, secret)
    admin_client.post(at("delete", endpoint.pk), {"post": "yes"})
    assert not WebhookEndpoint.objects.exists()
    deeds = AuditEntry.objects.filter(subject="webhook").order_by("pk")
    assert [deed.action for deed in deeds] == ["created", "changed", "deleted"]


def test_a_test_a_new_secret_and_once_more(admin_client, endpoint):
    admin_client.post(at("test", endpoint.pk))
    assert WebhookDelivery.objects.get().is_test
    page = admin_client.post(at("secret", endpoint.pk)).content.decode()
    before, endpoint.secret = endpoint.secret, WebhookEndpoint.objects.get().secret
    assert endpoint.secret in page
    assert endpoint.secret != before
    dead = new_delivery(endpoint, [1, 2], state="dead", attempts=9, error="Refused.")
    assert "Send again" in admin_client.get(at("change", endpoint.pk)).content.decode()
    for message in ("", "msg_none", "\0"):
        assert admin_client.post(at("replay", endpoint.pk), {"message": message}).status_code == 404
    admin_client.post(at("replay", endpoint.pk), {"message": dead.message_id})
    dead.refresh_from_db()
    assert dead.state == "waiting"
    for page in ("test", "secret", "replay"):
        assert admin_client.get(at(page, endpoint.pk)).status_code == 405


def test_who_only_looks_changes_nothing(client, endpoint):
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_webhookendpoint"))
    client.force_login(user)
    page = client.get(at("change", endpoint.pk)).content.decode()
    assert "Send a test" not in page
    for name in ("test", "secret", "replay"):
        assert client.post(at(name, endpoint.pk)).status_code == 403
    assert client.post(at("change", endpoint.pk), SAID).status_code == 403
