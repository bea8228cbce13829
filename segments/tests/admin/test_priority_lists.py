"""Priority lists in the admin: segments are put in order by choosing them."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from segments.models import PriorityList

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_segments_are_put_in_order_by_choosing(boss, make_segment):
    for code in ("vip", "new", "old"):
        make_segment(code.upper(), code=code)
    add = reverse("admin:segments_prioritylist_add")
    assert b"Place 5" in boss.get(add).content
    answer = boss.post(add, {"name": "Offers", "segments": ["", "new", "", "vip", ""]})
    assert answer.status_code == 302, answer.content
    row = PriorityList.objects.get()
    assert (row.code, row.segments) == ("offers", ["new", "vip"])
    change = reverse("admin:segments_prioritylist_change", args=[row.pk])
    assert boss.get(change).content.count(b"/admin/segments/segment/add/?name=Offers") == 1
    chosen = ["vip", "old", "new"]
    body = {"name": "Offers", "segments": chosen, "opened_version": "1"}
    assert boss.post(change, body).status_code == 302
    row.refresh_from_db()
    assert (row.segments, row.version) == (chosen, 2)
    history = boss.get(reverse("admin:segments_prioritylist_history", args=[row.pk]))
    assert "vip, old, new" in history.content.decode()
    shown = boss.get(reverse("admin:segments_prioritylist_changelist")).content.decode()
    assert "VIP › OLD › NEW" in shown


def test_a_list_in_use_is_not_deleted_on_its_page(boss, make_segment):
    make_segment("VIP", code="vip")
    row = PriorityList.objects.create(code="offers", name="Offers", segments=["vip"])
    asks = {"attribute": "priority_list.offers", "operator": "is_not_empty"}
    make_segment("Asking", [asks])
    page = reverse("admin:segments_prioritylist_delete", args=[row.pk])
    assert "“Asking”" in boss.get(page).content.decode()
    boss.post(page, {"post": "yes"})
    assert PriorityList.objects.exists()
