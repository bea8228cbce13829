"""The members of a segment: listed, decided by hand, downloaded."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conditions.tests.examples.rollups import roll_up_everybody
from core.clock import now
from customers.models import Order
from segments.models import ExportAudit
from segments.refresh import refresh_segment
from segments.tests.admin.forms import VIEW, page

pytestmark = pytest.mark.django_db


def test_members_come_page_by_page_without_being_counted(
    boss, make_customer, make_segment, monkeypatch
):
    monkeypatch.setattr("segments.admin.segment_pages.members.PAGE_SIZE", 2)
    for number in ("c", "a", "b"):
        make_customer(number)
    segment = make_segment()
    refresh_segment(segment)

    with CaptureQueriesContext(connection) as queries:
        first = boss.get(page("members", segment))
    second = boss.get(page("members", segment) + first.context["next_url"])

    shown = [[m.customer.external_id for m in each.context["members"]] for each in (first, second)]
    assert shown == [["c", "a"], ["b"]]
    assert second.context["next_url"] == ""
    assert not any("COUNT(" in query["sql"] for query in queries)


def test_purchases_are_shown_to_those_who_may_see_orders(
    boss, merchant, make_customer, make_segment
):
    customer = make_customer("C1")
    at = now() - timedelta(days=3)
    Order.objects.create(
        number="1",
        customer=customer,
        store=customer.store,
        state="complete",
        created_at=at,
        updated_at=at,
        grand_total="1234.50",
    )
    segment = make_segment()
    refresh_segment(segment)
    roll_up_everybody()

    seller = boss.get(page("members", segment)).content.decode()
    other = merchant(VIEW, "view_members").get(page("members", segment)).content.decode()

    assert "3 days ago" in seller
    overview = reverse("admin:customers_customer_overview", args=[customer.pk])
    assert f'href="{overview}#segment-{segment.code}"' in seller
    assert "C1" in other
    assert "3 days ago" not in other


def test_members_can_be_had_newest_first(boss, make_customer, make_segment, monkeypatch):
    monkeypatch.setattr("segments.admin.segment_pages.members.PAGE_SIZE", 1)
    segment = make_segment()
    for number in ("old", "new"):
        make_customer(number)
        refresh_segment(segment)

    first = boss.get(page("members", segment), {"sort": "entered"})
    second = boss.get(page("members", segment) + first.context["next_url"])

    shown = [each.context["members"][0].customer.external_id for each in (first, second)]
    assert shown == ["new", "old"]


def test_members_are_searched_by_what_a_text_begins_with(boss, make_customer, make_segment):
    make_customer("N1", email="Ärger@shop.example")
    make_customer("N2", last_name="ärgerlich")
    make_customer("N3", email="no@ärger.example")
    segment = make_segment()
    refresh_segment(segment)

    found = boss.get(page("members", segment), {"q": "ÄRGER"}).context["members"]

    assert [member.customer.external_id for member in found] == ["N1", "N2"]


@pytest.mark.parametrize(
    "after", ["x", "1@", "1@2026", "99999999999999999999@2026-01-01T00:00:00Z"]
)
def test_a_position_that_is_none_of_ours_breaks_nothing(boss, make_segment, after):
    assert boss.get(page("members", make_segment()), {"after": after}).status_code == 200


def test_a_customer_is_included_by_number_or_mail_and_let_go_again(
    boss, make_customer, make_segment
):
    customer = make_customer("C1", email="Ann@shop.example")
    segment = make_segment(
        conditions=[{"attribute": "customer.id", "operator": "is", "value": "nobody"}]
    )
    data = {"customer": "ann@SHOP.example", "kind": "include", "reason": "friend"}

    response = boss.post(page("overrides", segment), data, follow=True)

    assert "is a member now" in response.content.decode()
    override = segment.overrides.get()
    assert (override.customer, override.reason) == (customer, "friend")
    assert segment.memberships.exists()
    boss.post(page("overrides_remove", segment), {"override": override.pk})
    assert not segment.overrides.exists()
    assert not segment.memberships.exists()


def test_an_override_of_nobody_or_of_several_is_refused(boss, make_customer, make_segment):
    for number in ("C1", "C2"):
        make_customer(number, email="same@shop.example")
    segment = make_segment()

    for customer, told in (("nobody", "No customer"), ("same@shop.example", "C1, C2")):
        data = {"customer": customer, "kind": "exclude"}
        assert told in boss.post(page("overrides", segment), data).content.decode()

    assert not segment.overrides.exists()


def test_an_include_outside_of_the_scope_says_so(boss, make_customer, make_segment):
    make_customer("G", kind="guest")
    data = {"customer": "G", "kind": "include"}
    response = boss.post(page("overrides", make_segment()), data, follow=True)

    assert "scope" in response.content.decode()


@pytest.mark.parametrize("format", ["csv", "xml"])
def test_members_are_downloaded_and_the_export_is_audited(
    boss, make_customer, make_segment, format
):
    make_customer("C1")
    segment = make_segment()
    refresh_segment(segment)

    response = boss.get(reverse("admin:segments_segment_export", args=[segment.pk, format]))

    assert b"C1" in b"".join(response.streaming_content)
    assert response["Content-Disposition"] == f'attachment; filename="everybody.{format}"'
    assert ExportAudit.objects.get().rows == 1


def test_a_download_of_an_unknown_format_or_column_is_refused(boss, make_segment):
    segment = make_segment()
    pdf = reverse("admin:segments_segment_export", args=[segment.pk, "pdf"])
    csv = reverse("admin:segments_segment_export", args=[segment.pk, "csv"])

    assert boss.get(pdf).status_code == 404
    assert "password" in boss.get(csv, {"columns": "password"}, follow=True).content.decode()
