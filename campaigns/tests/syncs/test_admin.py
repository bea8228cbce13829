"""The pages of syncs, and the command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from campaigns.models import AudienceSync, SyncMember
from campaigns.tests.conftest import AT

pytestmark = pytest.mark.django_db
SYNC = {
    "segment": "vip",
    "target": "klaviyo",
    "list": "abc",
    "key_variable": "SYNC_KEY_KLAVIYO",
    "is_active": "on",
}


def page(name, *args):
    return reverse(f"admin:campaigns_audiencesync_{name}", args=args)


def errors_of(response):
    return response.context["adminform"].form.errors


def test_one_by_its_form(admin_client, segment, make_customer):
    assert admin_client.get(page("add")).status_code == 200
    wrong = admin_client.post(page("add"), SYNC | {"key_variable": "pk_123"})
    assert "SYNC_KEY_" in str(errors_of(wrong)["key_variable"])
    assert admin_client.post(page("add"), SYNC).status_code == 302
    sync = AudienceSync.objects.get()
    ann = make_customer("ann", email="ann@shop.example")
    SyncMember.objects.create(
        sync=sync, customer=ann, address_hash="1", state="refused", error="fake", changed_at=AT
    )
    shown = admin_client.get(page("change", sync.pk)).content.decode()
    assert "Run now" in shown and "/m/syncs/" in shown
    assert "fake" in shown and "ann@shop.example" in shown
    assert "Klaviyo: abc" in admin_client.get(page("changelist")).content.decode()
    assert admin_client.post(page("run", sync.pk)).status_code == 302
    assert SyncMember.objects.get().state == "entering"
    admin_client.post(page("delete", sync.pk), {"post": "yes"})
    assert AudienceSync.objects.exists()  # It is active.
    off = {"key_variable": "SYNC_KEY_OTHER", "opened_version": "1"}
    assert admin_client.post(page("change", sync.pk), off).status_code == 302
    sync.refresh_from_db()
    assert (sync.state, sync.key_variable, sync.list) == ("off", "SYNC_KEY_OTHER", "abc")
    stale = admin_client.post(page("change", sync.pk), off | {"is_active": "on"})
    assert "Somebody else" in str(errors_of(stale))
    assert admin_client.get(page("delete", sync.pk)).status_code == 200
    admin_client.post(page("delete", sync.pk), {"post": "yes"})
    assert not AudienceSync.objects.exists()


def test_a_key_that_is_not_set_here_is_said_at_once(admin_client, segment, monkeypatch):
    monkeypatch.delenv("SYNC_KEY_KLAVIYO", raising=False)
    warning = "SYNC_KEY_KLAVIYO is not set where these pages run"
    saved = admin_client.post(page("add"), SYNC, follow=True)
    assert [str(one.level_tag) for one in saved.context["messages"] if warning in str(one)] == [
        "warning"
    ]
    sync = AudienceSync.objects.get()
    assert warning in admin_client.get(page("changelist")).content.decode()
    assert warning in admin_client.get(page("change", sync.pk)).content.decode()
    # A worker knows better.
    AudienceSync.objects.update(error="429")
    assert warning not in admin_client.get(page("changelist")).content.decode()
    AudienceSync.objects.update(error="")
    monkeypatch.setenv("SYNC_KEY_KLAVIYO", "k")
    for name, args in (("changelist", ()), ("change", (sync.pk,))):
        assert warning not in admin_client.get(page(name, *args)).content.decode()


def test_whoever_may_only_look_runs_nothing(client_with, admin_client, segment):
    admin_client.post(page("add"), SYNC)
    sync = AudienceSync.objects.get()
    looker = client_with("campaigns.view_audiencesync")
    looker.user.is_staff = True
    looker.user.save()
    shown = looker.get(page("change", sync.pk))
    assert shown.status_code == 200
    assert b"Run now" not in shown.content and b"/m/syncs/" not in shown.content
    assert looker.post(page("run", sync.pk)).status_code == 403
    assert admin_client.get(page("run", sync.pk)).status_code == 405
    assert admin_client.post(page("run", sync.pk + 1)).status_code == 404


def test_the_command(program, make_sync, segment, make_subscriber, put_into, clock):
    put_into(segment, make_subscriber("ann"))
    sync = make_sync(program, segment)
    out = StringIO()
    call_command("sync_audiences", str(sync.pk), "--once", stdout=out)
    assert "1 there, 0 waiting, 0 refused" in out.getvalue()
    assert program.listed() == ["ann@shop.example"]
    with pytest.raises(CommandError):
        call_command("sync_audiences", "999", "--once")
