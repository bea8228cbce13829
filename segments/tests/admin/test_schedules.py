"""Schedules in the form and the API, and what the admin says of refreshes to come and to repeat."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from core.clock import now
from segments.admin.new_segments.definition_files import SegmentResource
from segments.editing.saving import save_segment
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db

LIST = "admin:segments_segment_changelist"


def address(name, segment):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def form_data(segment, **values):
    return {
        "name": segment.name,
        "is_active": "on",
        "refresh_mode": "auto",
        "priority": "0",
        "applies_to": "registered",
        "conditions": '{"match": "all", "conditions": []}',
        "opened_version": segment.version,
        **values,
    }


@pytest.fixture
def boss(client, settings):
    """A client of somebody who may do everything, in a shop whose nights end at five."""
    settings.NIGHTLY_REFRESH_HOUR = 5
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def quarantined(make_segment):
    segment = make_segment("Sick")
    refresh_segment(segment)
    Segment.objects.update(
        failures_count=3, quarantined_at=now(), quarantine_reason="disk full", follows_clock=False
    )
    return segment


def test_a_schedule_is_kept_by_the_form_and_noted_in_the_audit_log(boss, make_segment):
    segment = make_segment()

    boss.post(address("change", segment), form_data(segment, refresh_schedule="0 6 * * 1"))

    segment.refresh_from_db()
    assert (segment.refresh_schedule, segment.version) == ("0 6 * * 1", 1)
    html = boss.get(reverse("admin:customers_auditentry_changelist")).content.decode()
    assert segment.code in html


@pytest.mark.parametrize("schedule", ["daily", "0 5 * *", "99 5 * * *"])
def test_what_is_no_schedule_is_refused_at_its_field(boss, make_segment, schedule):
    segment = make_segment()

    response = boss.post(address("change", segment), form_data(segment, refresh_schedule=schedule))

    assert list(response.context["adminform"].form.errors) == ["refresh_schedule"]
    segment.refresh_from_db()
    assert segment.refresh_schedule == ""


def test_the_api_tells_and_takes_schedules_and_its_tag_changes_with_them(boss, make_segment):
    segment = make_segment()
    place = reverse("api:segment", args=[segment.code])
    before = boss.get(place)

    changed = boss.patch(
        place,
        {"refresh_schedule": "30 7,19 * * *"},
        content_type="application/json",
        headers={"If-Match": before["ETag"]},
    )
    refused = boss.patch(
        place,
        {"refresh_schedule": "often"},
        content_type="application/json",
        headers={"If-Match": changed["ETag"]},
    )

    assert before.json()["refresh_schedule"] == ""
    assert changed.json()["refresh_schedule"] == "30 7,19 * * *"
    assert before["ETag"] != changed["ETag"]
    assert [error["path"] for error in refused.json()["errors"]] == ["refresh_schedule"]


def test_a_file_carries_schedules_and_one_without_leaves_them(make_segment):
    segment = make_segment(handling={"refresh_schedule": "0 6 * * 1"})
    exported = SegmentResource().export(Segment.objects.all())
    assert exported["refresh_schedule"] == ["0 6 * * 1"]

    del exported["refresh_schedule"]
    del exported["name"]
    exported.append_col(["Renamed"], header="name")
    result = SegmentResource().import_data(exported, raise_errors=True)

    segment.refresh_from_db()
    assert result.totals["update"] == 1
    assert (segment.name, segment.refresh_schedule) == ("Renamed", "0 6 * * 1")


@pytest.mark.parametrize(
    ("schedule", "next_time", "late_after"),
    [("", "Apr 11, 05:00", 29), ("0 6 * * 1", "Apr 13, 06:00", 78)],
)
def test_the_head_says_when_the_next_refresh_is_and_the_list_who_missed_it(
    boss, make_segment, clock, schedule, next_time, late_after
):
    segment = make_segment(handling={"refresh_schedule": schedule})
    refresh_segment(segment)

    assert f"next refresh: {next_time}" in boss.get(address("history", segment)).content.decode()
    clock.advance(hours=late_after - 1)
    assert "Not refreshed for" not in boss.get(reverse(LIST)).content.decode()
    clock.advance(hours=2)
    assert "Not refreshed for" in boss.get(reverse(LIST)).content.decode()


def by_hand(segment):
    Segment.objects.update(refresh_mode="manual")
    RefreshRun.objects.unfinished().delete()


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda segment: None, "A refresh is queued"),
        (refresh_segment, "A refresh is queued"),
        (by_hand, "It has no members yet: it is refreshed by hand only."),
        (
            lambda segment: by_hand(refresh_segment(segment).segment),
            "No refresh is queued: the members stay as they are until somebody asks for one.",
        ),
        (lambda segment: Segment.objects.update(is_active=False), "It is inactive"),
    ],
)
def test_after_saving_it_is_said_when_the_members_follow(boss, make_segment, clock, prepare, said):
    segment = make_segment()
    prepare(segment)
    segment.refresh_from_db()
    values = {"name": "Another", "refresh_mode": segment.refresh_mode}
    if not segment.is_active:
        values["is_active"] = ""

    response = boss.post(address("change", segment), form_data(segment, **values), follow=True)

    assert any(said in str(message) for message in response.context["messages"])


def test_saving_and_refreshing_says_one_thing_only(boss, make_segment):
    segment = make_segment()

    response = boss.post(
        address("change", segment),
        form_data(segment, name="Another", _saverefresh="Save and refresh"),
        follow=True,
    )

    said = " ".join(map(str, response.context["messages"]))
    assert "is being refreshed" in said
    assert "refresh is queued" not in said


def test_a_segment_in_quarantine_is_shown_with_its_reason_and_a_button_everywhere(
    boss, quarantined
):
    again = address("refresh", quarantined)
    for place in (reverse(LIST), reverse("admin:index"), address("members", quarantined)):
        html = boss.get(place).content.decode()
        assert "disk full" in html
        assert f'action="{again}"' in html
    assert "Left alone since" in boss.get(address("members", quarantined)).content.decode()

    boss.post(again)

    assert Segment.objects.get().quarantined_at is None
    assert RefreshRun.objects.filter(outcome="").count() == 1
    assert f'formaction="{again}"' not in boss.get(reverse(LIST)).content.decode()


def test_the_api_tells_why_a_segment_is_stale_and_since_when_it_is_left_alone(boss, quarantined):
    told = boss.get(reverse("api:segment", args=[quarantined.code])).json()

    assert told["is_stale"]
    assert "disk full" in told["stale_reason"]
    assert told["quarantined_at"]


def test_who_may_not_refresh_is_offered_no_button(client, quarantined):
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_segment", "view_members"])
    )
    client.force_login(user)

    for place in (reverse(LIST), reverse("admin:index"), address("members", quarantined)):
        html = client.get(place).content.decode()
        assert "disk full" in html
        assert address("refresh", quarantined) not in html


def test_a_segment_by_hand_has_no_next_refresh(boss, make_segment):
    segment = make_segment(handling={"refresh_mode": "manual"})
    refresh_segment(segment)
    save_segment(segment, Definition("New"), author=None)

    assert "next refresh:" not in boss.get(address("history", segment)).content.decode()
