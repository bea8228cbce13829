"""The pages of scheduled exports: what is wrong is said, whoever saves is responsible."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from customers.models import AuditEntry
from segments.export.background.scheduled_exports import SCHEDULED_EXPORTS
from segments.models import Export, ScheduledExport, Segment

pytestmark = pytest.mark.django_db


def at(name, *arguments):
    return reverse(f"admin:segments_scheduledexport_{name}", args=arguments)


@pytest.fixture
def said(make_segment, settings):
    settings.EXPORT_DESTINATIONS = {"archive": "file:///nowhere"}
    return {
        "name": "Nightly",
        "segment": make_segment("All", code="all").pk,
        "format": "csv",
        "target": "",
        "columns": "id, email",
        "schedule": "0 5 * * *",
        "destination": "archive",
        "folder": "daily",
        "is_active": "on",
    }


def test_made_changed_and_deleted(admin_client, admin_user, said):
    response = admin_client.post(at("add"), said)
    assert response.status_code == 302, response.context["errors"]
    made = ScheduledExport.objects.get()
    assert (made.columns, made.responsible, made.folder) == (["id", "email"], admin_user, "daily")
    shown = admin_client.get(at("change", made.pk)).content.decode()
    assert 'value="id,email"' in shown
    admin_client.post(at("change", made.pk), {**said, "is_delta": "on", "columns": ""})
    made.refresh_from_db()
    assert (made.is_delta, made.columns) == (True, None)
    anew = {"action": "restart_selected", "_selected_action": [made.pk]}
    assert "from now on" in admin_client.post(at("changelist"), anew, follow=True).content.decode()
    admin_client.post(at("delete", made.pk), {"post": "yes"})
    assert not ScheduledExport.objects.exists()
    deeds = AuditEntry.objects.filter(subject="scheduled_export").order_by("pk")
    assert [deed.action for deed in deeds] == ["created", "changed", "changed", "deleted"]


def test_the_others_are_deleted_where_a_chosen_one_vanishes(admin_client, said, monkeypatch):
    """Catches an error of the list's action while somebody else deletes one of the chosen."""
    for name in ("Nightly", "Weekly"):
        admin_client.post(at("add"), {**said, "name": name})
    chosen = list(ScheduledExport.objects.values_list("pk", flat=True))
    lock = SCHEDULED_EXPORTS.lock

    def vanish(pk):
        monkeypatch.undo()
        ScheduledExport.objects.filter(pk=pk).delete()
        return lock(pk)

    monkeypatch.setattr(SCHEDULED_EXPORTS, "lock", vanish)
    deletion = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert admin_client.post(at("changelist"), deletion, follow=True).status_code == 200
    assert not ScheduledExport.objects.exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"schedule": "daily"}, "schedule"),
        ({"columns": "id,nope"}, "columns"),
        ({"target": "brevo"}, "columns"),
        ({"target": "brevo", "columns": "", "is_delta": "on"}, "target"),
        ({"destination": "elsewhere"}, "destination"),
        ({"folder": "../up"}, "folder"),
        ({"format": "xml", "bom": "on"}, "bom"),
        ({"columns": "entered_at", "is_delta": "on"}, "columns"),
    ],
)
def test_what_is_wrong_is_said(admin_client, said, fields, wrong):
    response = admin_client.post(at("add"), {**said, **fields})
    assert list(response.context["adminform"].form.errors) == [wrong]
    assert not ScheduledExport.objects.exists()


def test_a_place_that_is_not_there_is_told_at_once(admin_client, said, settings, tmp_path):
    answer = admin_client.post(at("add"), said, follow=True)
    assert "could not be brought there just now: The folder" in answer.content.decode()
    made = ScheduledExport.objects.get()
    assert "not there" in made.error
    settings.EXPORT_DESTINATIONS = {"archive": tmp_path.as_uri()}
    again = admin_client.post(at("change", made.pk), said, follow=True).content.decode()
    assert "could not be brought" not in again
    assert list((tmp_path / "daily").iterdir()) == []
    settings.EXPORT_DESTINATIONS = {"archive": "file:///nowhere"}
    off = {name: value for name, value in said.items() if name != "is_active"}
    again = admin_client.post(at("change", made.pk), off, follow=True).content.decode()
    assert "could not be brought" not in again


def test_the_segments_pages_say_what_a_deletion_would_mean(admin_client, said):
    admin_client.post(at("add"), said)

    def page(name):
        address = reverse(f"admin:segments_segment_{name}", args=[said["segment"]])
        return admin_client.get(address).content.decode()

    assert "Nightly" in page("used_by")
    assert "Cancel" not in page("delete")
    ScheduledExport.objects.update(is_active=False)
    assert "Cancel" in page("delete")
    assert "scheduled exports: 1" in page("delete").lower()
    assert "overrides: 0" not in page("delete").lower()
    Segment.objects.filter(pk=said["segment"]).update(members_count=3)
    assert "memberships (the customers stay): 3" in page("delete").lower()


def test_who_may_not_export_schedules_nothing(client, said):
    user = User.objects.create_user("planner", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_scheduledexport"))
    client.force_login(user)
    response = client.post(at("add"), said)
    assert "You may not export this yourself." in response.content.decode()


def test_run_now_begins_it_once_and_says_so(admin_client, said):
    admin_client.post(at("add"), said)
    made = ScheduledExport.objects.get()
    run = {"action": "run_now", "_selected_action": [made.pk]}
    first = admin_client.post(at("changelist"), run, follow=True).content.decode()
    assert "“Nightly” is begun" in first
    assert "every day at 05:00" in first
    again = admin_client.post(at("changelist"), run, follow=True).content.decode()
    assert "“Nightly” is on its way already." in again
    assert Export.objects.filter(scheduled=made).count() == 1
    assert AuditEntry.objects.filter(subject="scheduled_export").latest("pk").action == "changed"


def test_run_now_says_why_it_cannot_be_begun(admin_client, admin_user, said):
    admin_client.post(at("add"), said)
    User.objects.filter(pk=admin_user.pk).update(is_superuser=False)
    admin_user.user_permissions.set(
        Permission.objects.filter(codename__in=("view_scheduledexport", "change_scheduledexport"))
    )
    run = {"action": "run_now", "_selected_action": [ScheduledExport.objects.get().pk]}
    answer = admin_client.post(at("changelist"), run, follow=True).content.decode()
    assert "could not be begun" in answer
    assert not Export.objects.exists()


def test_a_schedule_is_chosen_in_words(admin_client, said):
    words = {"schedule_every": "week", "schedule_weekdays": ["1"], "schedule_time": "06:00"}
    admin_client.post(at("add"), {**said, **words})
    made = ScheduledExport.objects.get()
    assert made.schedule == "0 6 * * 1"
    shown = admin_client.get(at("change", made.pk)).content.decode()
    assert '<option value="week" selected>' in shown
    assert 'value="06:00"' in shown
