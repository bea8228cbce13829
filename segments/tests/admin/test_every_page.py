"""What holds of every page of the admin about segments."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from core.clock import now
from customers.models import Customer
from segments.engine.refreshes.runs import request_refresh
from segments.models import Segment
from segments.refresh import refresh_segment
from segments.reports.catalogue import REPORTS
from segments.tests.admin.pages import LIST, VIEW, of, of_customer, report

pytestmark = pytest.mark.django_db


def test_no_page_has_inline_script_or_style(boss, make_customer, make_segment):
    customer, segment = make_customer(), make_segment()
    refresh_segment(segment)
    request_refresh(segment)
    Segment.objects.update(created_at=now() - timedelta(days=9))
    other = make_segment("Other")
    refresh_segment(other)
    addresses = [
        reverse("admin:index"),
        reverse(LIST),
        *(of(segment, name) for name in ("history", "exports", "used_by", "members")),
        of(segment, "overlap") + "?segments=other",
        *(report(one.key) for one in REPORTS),
        *(of_customer(customer, name) for name in ("change", "activity", "segments")),
    ]

    for address in addresses:
        html = boss.get(address).content.decode()
        found = re.findall(
            r'<script(?![^>]*(?:\bsrc=|type="application/json"))[^>]*>|<style|\sstyle=|\son\w+=',
            html,
        )
        assert found == [], address


def test_names_are_text_on_every_page(boss, make_customer, make_segment):
    evil = '<img src=x onerror="alert(1)">'
    customer = make_customer(first_name=evil)
    segment = make_segment(evil, code="evil")
    refresh_segment(segment)
    Segment.objects.update(created_at=now() - timedelta(days=9))
    refresh_segment(make_segment("Other"))

    for address in (
        reverse("admin:index"),
        reverse(LIST),
        *(of(segment, name) for name in ("history", "exports", "used_by", "members")),
        of(segment, "overlap") + "?segments=other",
        *(report(one.key) for one in REPORTS),
        *(of_customer(customer, name) for name in ("change", "activity", "segments")),
    ):
        assert "<img src=x" not in boss.get(address).content.decode(), address


def test_the_list_of_one_who_may_nothing_else_has_no_actions(merchant, make_segment):
    segment = make_segment()
    refresh_segment(segment)
    client = merchant(VIEW)

    html = client.get(reverse(LIST)).content.decode()
    assert not any(action in html for action in ("refresh_selected", "activate_selected"))
    for name, method in (("cancel", "post"), ("refresh", "post"), ("exports", "get")):
        assert getattr(client, method)(of(segment, name)).status_code == 403
    assert json.loads(client.get(of(segment, "status")).content)["is_working"] is False
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("place", "query"),
    [
        ("members", "q=%00"),
        ("members", "q=a%00b"),
        ("members.csv", "columns=%00"),
        ("members.xml", "columns=id,%00"),
    ],
)
def test_a_nul_in_the_address_finds_nothing(boss, make_segment, place, query):
    segment = make_segment()
    address = reverse("admin:segments_segment_members", args=[segment.pk])
    address = f"{address.rstrip('/').removesuffix('/members')}/{place}{'' if '.' in place else '/'}"
    assert boss.get(f"{address}?{query}", follow=True).status_code == 200


def test_a_status_that_there_is_not_chooses_nothing(boss, make_segment):
    make_segment()
    address = reverse("admin:segments_segment_changelist")
    assert boss.get(f"{address}?status=%00", follow=True).status_code == 200
    assert boss.get(f"{address}?status=none", follow=True).redirect_chain
