"""Reports and the overview: figures, permissions, and what they cost."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from customers.models import Order, Store
from segments.admin.cards import CARDS, Card
from segments.editing.activation import set_active
from segments.editing.saving import save_segment
from segments.engine.refreshes.runs import request_refresh
from segments.models import Segment
from segments.refresh import refresh_segment
from segments.reports.catalogue import REPORTS
from segments.rules.definition import Definition
from segments.tests.admin.pages import VIEW, has_number, report, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", [one.key for one in REPORTS])
def test_each_report_has_a_chart_a_table_and_the_same_table_as_csv(
    boss, make_customer, make_segment, key
):
    a, _b = make_customer("a"), make_customer("b")
    refresh_segment(make_segment("=Formula", has_number("a")))
    Segment.objects.update(created_at=now() - timedelta(days=2))
    Order.objects.create(
        number="1",
        customer=a,
        store=Store.objects.get(code="default"),
        state="complete",
        grand_total="12.5",
        created_at=now(),
        updated_at=now(),
    )

    page = boss.get(report(key))
    download = boss.get(report(key, "report_csv"))

    assert "<svg" in page.content.decode().split('class="chart"')[1]
    rows = list(csv.reader(io.StringIO(download.content.decode())))
    table = page.context["shown"].table
    assert rows[0] == [str(column) for column in table.columns]
    assert len(rows) == 1 + len(table.rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_each_number_of_the_distribution_leads_to_its_customers(
    boss, merchant, make_customer, make_segment, monkeypatch
):
    for number in ("a", "b", "c", "d"):
        make_customer(number, is_active=number != "d")
    for name, numbers in (("One", ("a", "b")), ("Two", ("b",)), ("Off", ("c",))):
        segment = make_segment(name, has_number(*numbers))
        refresh_segment(segment)
    set_active([segment], False, author=None)

    html = boss.get(report("spread")).content.decode()
    monkeypatch.setattr("segments.admin.reports.LONGEST_URL", 100)
    without_link = boss.get(report("spread")).content.decode()

    customers = reverse("admin:customers_customer_changelist")
    for query, found in (("segments=0", "c"), ("segments=1", "a"), ("segments=2", "b")):
        # In the chart and in the table.
        assert html.count(f'<a href="{customers}?{query}">1</a>') == 2
        rows = boss.get(f"{customers}?{query}").context["cl"].result_list
        assert [one.external_id for one in rows] == [found]
    assert "is_not_one_of" in html
    assert "is_not_one_of" not in without_link
    # Nobody learns from the filter who is a member.
    may_not = merchant("view_customer", "view_segment")
    assert "segments=" not in may_not.get(report("spread")).content.decode()
    assert may_not.get(f"{customers}?segments=1").status_code in (302, 400, 403)


def test_the_figures_of_the_sales_reports(boss, make_customer, make_segment):
    a, b = make_customer("a"), make_customer("b")
    refresh_segment(make_segment("Half", has_number("a")))
    for number, customer in enumerate((a, a, b)):
        Order.objects.create(
            number=str(number),
            customer=customer,
            store=Store.objects.get(code="default"),
            state="complete",
            grand_total="10.00",
            created_at=now(),
            updated_at=now(),
        )

    revenue = boss.get(report("revenue", "report_csv")).content.decode().splitlines()
    orders = boss.get(report("orders", "report_csv")).content.decode().splitlines()

    assert revenue[1] == "Half," + ",".join(["20.0000,0.666667"] * 3)
    assert revenue[2] == "All sales of the shop," + ",".join(["30.0000,1.000000"] * 3)
    assert orders[1:] == [
        "All active customers,2,3,30.0000,10.0000,1.5000",
        "Half,1,2,20.0000,10.0000,2.0000",
    ]


def test_reports_cost_the_same_however_many_segments_there_are(boss, make_customer, make_segment):
    make_customer("a")

    def queries(key):
        """The fewest of three times: now and then one asks something once more, such as a type."""
        found = []
        for _time in range(3):
            with CaptureQueriesContext(connection) as asked:
                boss.get(report(key))
            found.append(len(asked))
        return min(found)

    for key in (one.key for one in REPORTS):
        few = queries(key)
        for number in range(3):
            refresh_segment(make_segment(f"{key} {number}"))
        assert queries(key) == few, key


def test_a_long_table_is_cut_on_the_page_but_not_in_the_csv(boss, make_segment, monkeypatch):
    monkeypatch.setattr("core.figures.table.ROWS_SHOWN", 2)
    make_segment()
    Segment.objects.update(created_at=now() - timedelta(days=90))

    page = boss.get(report("sizes"))

    assert "The first 2 of 30 rows" in text_of(page)
    assert len(boss.get(report("sizes", "report_csv")).content.splitlines()) == 31


def test_what_is_not_drawn_is_said(boss, make_segment, monkeypatch):
    for module in ("shown", "sizes", "revenue", "order_values"):
        monkeypatch.setattr(f"segments.reports.{module}.DRAWN", 2)
    monkeypatch.setattr("segments.admin.reports.DRAWN", 2)
    for name in ("A", "B"):
        make_segment(name)
    for key in ("sizes", "revenue", "orders"):
        assert "Drawn are" not in text_of(boss.get(report(key))), key
    make_segment("C")
    for key in ("sizes", "revenue", "orders"):
        said = "Drawn are the first 2 of 3; the table has all of them."
        assert said in text_of(boss.get(report(key))), key


def test_reports_on_sales_need_the_right_to_see_orders(merchant, make_segment):
    client = merchant(VIEW)
    for key in ("revenue", "orders"):
        assert client.get(report(key)).status_code == 403
        assert client.get(report(key, "report_csv")).status_code == 403
    shown = client.get(report("spread"))
    assert [one.key for one in shown.context["reports"]] == ["spread", "sizes", "movers"]

    client = merchant(VIEW, "view_order")
    assert client.get(report("revenue")).status_code == 200


def test_reports_and_overlap_need_the_right_to_see_segments(merchant):
    client = merchant("view_order", "view_members")
    for address in (
        report("spread"),
        report("spread", "report_csv"),
        reverse("admin:segments_segment_overlaps"),
    ):
        assert client.get(address).status_code == 403


def test_a_report_that_takes_too_long_says_so(boss, make_segment, monkeypatch):
    monkeypatch.setattr("segments.admin.reports.SECONDS", -1.0)
    make_segment()

    page = boss.get(report("spread"))
    csv = boss.get(report("spread", "report_csv"))

    assert "Counting took too long" in page.content.decode()
    assert (csv.status_code, csv["Content-Type"]) == (503, "text/plain; charset=utf-8")


def test_an_unknown_report_is_not_found(boss):
    assert boss.get(report("profit")).status_code == 404


def test_the_overview_has_totals_trouble_movers_and_overlaps(boss, make_customer, make_segment):
    for number in ("a", "b", "c", "d"):
        make_customer(number)
    one, two = make_segment("One", has_number("a", "b")), make_segment("Two", has_number("b"))
    off = make_segment("Off", has_number("d"))
    for segment in (one, two, off):
        refresh_segment(segment)
    set_active([off], False)
    save_segment(two, Definition("Two", conditions={"match": "all", "conditions": []}), author=None)
    request_refresh(one)
    # A first fill is no change: only “One” was there before the days of the changes.
    Segment.objects.filter(pk=one.pk).update(created_at=now() - timedelta(days=9))

    response = boss.get(reverse("admin:index"))

    found = response.context["overview"]
    assert (found.segments_count, len(found.active), found.customers) == (3, 2, 4)
    assert (found.in_no_segment, response.context["in_no_segment_share"]) == (2, 0.5)
    customers = reverse("admin:customers_customer_changelist")
    assert f'<a href="{customers}?segments=0">2</a>' in response.content.decode()
    assert [(mover.segment, shown) for mover, shown in response.context["movers"]] == [(one, "+2")]
    listed = boss.get(reverse("admin:segments_segment_changelist")).content.decode()
    assert re.findall(r'segment-change">(.*?)<', listed) == ["+1", "+2", "+1"]  # By name.
    (pair,) = found.overlaps
    assert (pair.first, pair.second, pair.count, pair.share) == (one, two, 1, 1.0)
    assert [trouble.segment for trouble in response.context["attention"]] == [two]
    assert "Active customers, guests included 4" in text_of(response)
    customers = reverse("admin:customers_customer_changelist")
    assert f'<a href="{customers}?is_active__exact=1">4</a>' in response.content.decode()
    assert "No worker has been seen yet" in text_of(response)


def test_the_first_page_shows_sales_to_those_who_may_see_orders(boss, merchant, make_customer):
    customer = make_customer("a")
    for number, days, total in (("1", 1, "150"), ("2", 40, "100")):
        at = now() - timedelta(days=days)
        Order.objects.create(
            number=number,
            customer=customer,
            store=customer.store,
            state="complete",
            created_at=at,
            updated_at=at,
            grand_total=total,
        )

    seller = text_of(boss.get(reverse("admin:index")))
    other = merchant(VIEW).get(reverse("admin:index")).context

    assert "Revenue €150 +50% on the 30 days before Orders 1 ±0%" in seller
    assert (other["overview"].sales, other["sales"]) == (None, [])


def test_the_overview_costs_the_same_however_many_segments_there_are(boss, make_segment):
    address = reverse("admin:index")
    make_segment()
    boss.get(address)
    with CaptureQueriesContext(connection) as few:
        boss.get(address)
    for number in range(5):
        refresh_segment(make_segment(f"More {number}"))
    with CaptureQueriesContext(connection) as many:
        boss.get(address)

    assert len(many) == len(few)


def test_who_may_not_see_segments_sees_no_overview(merchant, make_segment):
    make_segment("Secret plan")

    response = merchant("view_order").get(reverse("admin:index"))

    assert "overview" not in response.context
    assert "Secret plan" not in response.content.decode()


def test_a_figure_that_takes_too_long_is_left_out(boss, make_segment, monkeypatch):
    monkeypatch.setattr("segments.reports.overview.SECONDS", -1.0)
    make_segment()

    found = boss.get(reverse("admin:index")).context["overview"]

    assert (found.customers, found.in_no_segment, found.overlaps) == (None, None, None)


def broken_in_python(request):
    return {"figure": 1 / 0}


def broken_in_the_database(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")


@pytest.mark.parametrize("figures", [broken_in_python, broken_in_the_database])
def test_a_card_that_cannot_be_shown_takes_nothing_else_along(boss, monkeypatch, figures):
    card = Card("broken", "Broken card", "admin/index_overview.html", figures)
    monkeypatch.setattr(CARDS, "_found", {**CARDS._found, "broken": card})
    page = boss.get(reverse("admin:index"))
    assert page.status_code == 200
    text = text_of(page)
    assert "Broken card This cannot be shown now" in text
