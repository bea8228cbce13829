"""The first ten minutes: steps that one may do, gone with what one did, away when wanted."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from core.audit import record_look
from customers.models import AuditSubject
from segments.admin.first_steps import first_steps
from segments.editing.saving import create_segment, save_segment
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.export.members import export_members
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db

INDEX = reverse("admin:index")
TITLES = [
    *("Make a segment", "Look who is in it", "Change it and save"),
    *("Refresh the members", "Export them"),
]


@pytest.fixture
def steps(rf):
    """Return a function: the titles of the steps that a user has not done."""

    def of(user):
        request = rf.get(INDEX)
        request.user, request.session = user, {}
        return [str(one.step.title) for one in first_steps(request)]

    return of


@pytest.fixture
def boss():
    return User.objects.create_superuser("boss")


def test_a_new_user_has_all_before_them_and_the_first_stands_out(client, boss):
    client.force_login(boss)
    page = client.get(INDEX).content.decode()

    assert [title for title in TITLES if title in page] == TITLES
    assert page.count('aria-current="step"') == 1
    assert reverse("admin:segments_segment_add") in page


def test_steps_go_with_what_was_done_until_none_is_left(boss, steps, make_customer):
    make_customer("a")
    assert steps(boss) == TITLES
    segment = create_segment(Definition("Mine"), author=boss).segment
    assert steps(boss) == TITLES[1:]
    record_look(boss, AuditSubject.SEGMENT, segment.code, "members")
    assert steps(boss) == TITLES[2:]
    save_segment(segment, Definition("Ours"), author=boss)
    assert steps(boss) == TITLES[3:]
    execute_run(request_refresh(segment, requested_by=boss))
    assert steps(boss) == TITLES[4:]
    b"".join(export_members(segment, "csv", user=boss, columns=["id"]))
    assert steps(boss) == []
    # What one has done is nobody else's, but for the segment that is there.
    assert steps(User.objects.create_superuser("other")) == TITLES[1:]


def test_what_one_may_not_do_is_no_step(steps):
    user = User.objects.create_user("reader")
    assert steps(user) == []
    names = ("view_segment", "add_segment", "refresh_segment")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert steps(User.objects.get(pk=user.pk)) == ["Make a segment", "Refresh the members"]


def test_who_wants_no_guide_sees_none(client, boss):
    client.force_login(boss)
    away = reverse("admin:segments_segment_first_steps")
    assert client.get(away).status_code == 405
    assert "Make a segment" not in client.post(away, follow=True).content.decode()
    assert "Make a segment" not in client.get(INDEX).content.decode()
