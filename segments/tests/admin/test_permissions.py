"""Nobody sees or does more of a segment in the admin than they are allowed."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from segments.models import ExportAudit, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.tests.admin.forms import VIEW, form_data, page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "method", "needed"),
    [
        ("change", "get", [VIEW]),
        ("history", "get", [VIEW]),
        ("status", "get", [VIEW]),
        ("members", "get", [VIEW, "view_members"]),
        ("overrides", "get", [VIEW, "view_members"]),
        ("overrides", "post", [VIEW, "view_members", "change_segment"]),
        ("overrides_remove", "post", [VIEW, "view_members", "change_segment"]),
        ("restore", "post", [VIEW, "change_segment"]),
        ("refresh", "post", [VIEW, "refresh_segment"]),
        ("delete", "post", ["delete_segment"]),
        ("export", "get", [VIEW, "export_members"]),
    ],
)
def test_each_page_needs_each_of_its_permissions(merchant, make_segment, name, method, needed):
    segment = make_segment()
    arguments = [segment.pk, "csv"] if name == "export" else [segment.pk]
    address = reverse(f"admin:segments_segment_{name}", args=arguments)
    client = merchant()

    for left_out in needed:
        user = User.objects.get()
        others = [codename for codename in needed if codename != left_out]
        if left_out == VIEW and "change_segment" in others:
            continue  # Django lets those who may change also view.
        user.user_permissions.set(Permission.objects.filter(codename__in=others))
        assert getattr(client, method)(address).status_code == 403, left_out
    user.user_permissions.set(Permission.objects.filter(codename__in=needed))
    assert getattr(client, method)(address).status_code != 403
    client.logout()
    assert "login" in getattr(client, method)(address)["Location"]


@pytest.mark.parametrize("name", ["refresh", "restore", "overrides_remove"])
def test_changes_are_made_by_post_only(boss, make_segment, name):
    assert boss.get(page(name, make_segment())).status_code == 405


def test_who_may_only_look_sees_no_buttons_and_no_customers(merchant, make_customer, make_segment):
    make_customer("C-secret")
    segment = make_segment()
    refresh_segment(segment)
    client = merchant(VIEW)

    for name in ("change", "history"):
        html = client.get(page(name, segment)).content.decode()
        assert "C-secret" not in html
        assert "<button" not in html.split('id="content-main"')[1].split("<footer")[0]
    assert client.post(page("change", segment), form_data(_preview="1")).status_code == 403


def test_a_preview_shows_customers_only_to_those_who_may_see_members(
    merchant, make_customer, make_segment
):
    make_customer("C-secret")
    client = merchant(VIEW, "change_segment")

    html = client.post(
        page("change", make_segment()),
        form_data(_preview="1", opened_version="1"),
        follow=True,
    ).content.decode()

    assert "1 customer" in html
    assert "C-secret" not in html


def test_mass_actions_need_their_permission(merchant, make_segment):
    segment = make_segment()
    client = merchant(VIEW)

    for action in ("refresh_selected", "deactivate_selected", "delete_selected"):
        client.post(
            reverse("admin:segments_segment_changelist"),
            {"action": action, "_selected_action": [segment.pk], "post": "yes"},
        )

    assert Segment.objects.get().is_active
    assert RefreshRun.objects.get().requested_by is None  # asked for by its saving only


def test_nobody_edits_the_audit_of_exports(boss):
    audit = ExportAudit.objects.create(at="2026-01-01T00:00Z", segment_code="x", columns=[])
    address = reverse("admin:segments_exportaudit_change", args=[audit.pk])

    assert boss.get(address).status_code == 200
    assert boss.post(address, {"rows": 0}).status_code == 403
    assert boss.get(reverse("admin:segments_exportaudit_add")).status_code == 403
