"""The pages around the builder: what they show, to whom, and at what cost."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.clock import now
from customers.models import AuditEntry, Customer, Order, Store
from segments.editing.activation import set_active
from segments.editing.overrides import set_override
from segments.editing.saving import save_segment
from segments.engine.runs import request_refresh
from segments.engine.workers import MISSING_AFTER, note_alive
from segments.models import ExportAudit, RefreshRun, Segment, Worker
from segments.refresh import refresh_segment
from segments.reports.catalogue import REPORTS
from segments.rules.definition import Definition
from segments.rules.starters import STARTERS

pytestmark = pytest.mark.django_db

LIST = "admin:segments_segment_changelist"
VIEW = "view_segment"


def of(segment, name):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def of_customer(customer, name):
    return reverse(f"admin:customers_customer_{name}", args=[customer.pk])


def report(key, kind="report"):
    return reverse(f"admin:segments_segment_{kind}", args=[key])


def has_number(*numbers):
    return [{"attribute": "customer.id", "operator": "is_one_of", "value": list(numbers)}]


def text_of(response):
    """Return what a page says in its main part, without its tags."""
    html = response.content.decode().split('id="content"')[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.fixture
def boss(client):
    """A client logged in as somebody who may do everything."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def merchant(client):
    """Return a function that logs in somebody with the given permissions only."""

    def log_in(*codenames):
        user, _created = User.objects.get_or_create(username="merchant", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return log_in


# The list ---------------------------------------------------------------------------------------


def test_an_empty_list_offers_starters_and_makes_the_one_that_is_chosen(boss):
    html = boss.get(reverse(LIST)).content.decode()
    assert all(f'value="{starter.code}"' in html for starter in STARTERS)

    response = boss.post(reverse("admin:segments_segment_begin"), {"starter": "at-risk"})

    segment = Segment.objects.get()
    assert (segment.code, segment.created_by.username) == ("at-risk", "boss")
    assert response["Location"] == of(segment, "change")
    assert 'name="starter"' not in boss.get(reverse(LIST)).content.decode()


def test_all_starters_can_be_taken_at_once_and_unknown_ones_cannot(boss):
    begin = reverse("admin:segments_segment_begin")

    assert boss.post(begin, {"starter": "all"})["Location"] == reverse(LIST)
    assert Segment.objects.count() == len(STARTERS)
    assert boss.post(begin, {"starter": "none-such"}).status_code == 404


def test_an_empty_list_offers_nothing_to_who_may_not_make_segments(merchant):
    client = merchant(VIEW)

    assert 'name="starter"' not in client.get(reverse(LIST)).content.decode()
    begin = reverse("admin:segments_segment_begin")
    assert client.post(begin, {"starter": "all"}).status_code == 403
    assert not Segment.objects.exists()


def test_a_search_that_finds_nothing_says_so_and_offers_no_starters(boss, make_segment):
    make_segment()

    html = boss.get(reverse(LIST), {"q": "nothing-such"}).content.decode()

    assert "No segment fits" in html
    assert 'name="starter"' not in html


def test_the_list_shows_members_with_their_share_author_and_line(boss, make_customer, make_segment):
    for number in ("a", "b", "c", "d"):
        make_customer(number)
    segment = make_segment("One of four", has_number("a"))
    refresh_segment(segment)
    Segment.objects.update(created_by=User.objects.get(), created_at=now() - timedelta(days=5))

    html = boss.get(reverse(LIST)).content.decode()

    assert "25.0 %" in html
    assert "by boss" in html
    assert 'aria-label="from 0 to 1 members in 6 days"' in html


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda segment: save_segment(segment, Definition("New"), author=None), "has changed"),
        (
            lambda segment: RefreshRun.objects.create(
                segment=segment, outcome="failed", created_at=now(), finished_at=now()
            ),
            "last refresh failed",
        ),
        (
            lambda segment: Segment.objects.update(refreshed_at=now() - timedelta(hours=37)),
            "Not refreshed for 1\xa0day",
        ),
    ],
)
def test_the_list_says_why_members_may_be_out_of_date(boss, make_segment, spoil, reason):
    segment = make_segment()
    refresh_segment(segment)
    assert "segment-stale" not in boss.get(reverse(LIST)).content.decode()

    spoil(segment)

    assert reason in boss.get(reverse(LIST)).content.decode()
    assert reason in boss.get(of(segment, "history")).content.decode()


def test_a_banner_stands_where_no_worker_is_seen(boss, make_segment):
    address = reverse(LIST)
    assert "No worker has been seen yet" in boss.get(address).content.decode()
    note_alive()
    assert "No worker" not in boss.get(address).content.decode()
    Worker.objects.update(seen_at=now() - MISSING_AFTER - timedelta(minutes=3))
    assert "No worker has been seen for 5\xa0minutes" in boss.get(address).content.decode()


def test_before_switching_off_a_segment_that_others_use_it_is_asked(boss, make_segment):
    used = make_segment("Used")
    make_segment("User", [{"attribute": "segment", "operator": "is", "value": "used"}])
    data = {"action": "deactivate_selected", "_selected_action": [used.pk]}

    asked = boss.post(reverse(LIST), data).content.decode()
    assert "“User” refers to “Used”" in asked
    assert Segment.objects.get(code="used").is_active

    boss.post(reverse(LIST), data | {"confirmed": "yes"})
    assert not Segment.objects.get(code="used").is_active


# A segment's pages ------------------------------------------------------------------------------


def test_the_head_says_how_many_members_accept_marketing(boss, make_customer, make_segment):
    for accepts in (True, True, False, None):
        make_customer(accepts_marketing=accepts)
    segment = make_segment()
    refresh_segment(segment)

    for name in ("change", "members", "overrides", "history", "overlap", "exports", "used_by"):
        assert "Members 4 of whom accept marketing 2" in text_of(boss.get(of(segment, name)))


def test_tabs_are_links_to_what_the_user_may_open(merchant, make_segment):
    segment = make_segment()
    everyone = ["change", "history", "overlap", "used_by"]

    def tabs(*permissions):
        response = merchant(VIEW, *permissions).get(of(segment, "history"))
        return [tab.name for tab in response.context["tabs"]]

    assert tabs() == everyone
    assert tabs("view_members") == ["change", "members", "overrides", *everyone[1:]]
    assert tabs("export_members") == [*everyone[:3], "exports", "used_by"]
    assert tabs("view_exportaudit") == [*everyone[:3], "exports", "used_by"]


def test_versions_are_shown_with_what_they_changed(boss, make_segment):
    segment = make_segment("Old", has_number("a"))
    tree = {"match": "any", "conditions": has_number("b")}
    save_segment(segment, Definition("New", conditions=tree), author=None)

    shown = boss.get(of(segment, "history")).context["versions"]

    lines = [(line.is_new, line.words, line.depth) for line in shown[0].differences]
    assert lines[:2] == [(False, "Name: Old", 0), (True, "Name: New", 0)]
    assert [(is_new, depth) for is_new, _words, depth in lines[2:]] == [
        (False, 0),
        (False, 1),
        (True, 0),
        (True, 1),
    ]
    assert lines[3][1].endswith("is one of “a”")
    assert shown[1].differences == []


def test_the_oldest_version_shown_is_compared_with_the_one_before(boss, make_segment, monkeypatch):
    monkeypatch.setattr("segments.admin.history.SHOWN", 1)
    segment = make_segment("First")
    save_segment(segment, Definition("Second"), author=None)

    (shown,) = boss.get(of(segment, "history")).context["versions"]

    assert [line.words for line in shown.differences] == ["Name: First", "Name: Second"]


def test_history_draws_a_chart_from_the_second_day_on(boss, make_customer, make_segment):
    make_customer()
    segment = make_segment()
    refresh_segment(segment)
    assert "<svg class" not in boss.get(of(segment, "history")).content.decode()
    assert "size_chart" not in boss.get(of(segment, "history")).context

    Segment.objects.update(created_at=now() - timedelta(days=3))
    response = boss.get(of(segment, "history"), {"days": "90"})

    assert response.context["days"] == 90
    assert 'aria-label="from 0 to 1 members in 4 days"' in response.context["size_chart"]
    assert 'aria-label="1 entered and 0 left in 4 days"' in response.context["flow_chart"]
    assert [(size.entered, size.members) for size in response.context["sizes"]] == [(1, 1)]


@pytest.mark.parametrize("days", ["", "7", "x", "-30", "9" * 30])
def test_a_period_that_is_not_offered_is_the_shortest(boss, make_segment, days):
    assert boss.get(of(make_segment(), "history"), {"days": days}).context["days"] == 30
    assert boss.get(report("movers"), {"days": days}).context["days"] == 30


def test_used_by_shows_both_directions(boss, make_segment):
    base = make_segment("Base")
    middle = make_segment("Middle", [{"attribute": "segment", "operator": "is", "value": "base"}])
    make_segment("Top", [{"attribute": "segment", "operator": "is", "value": "middle"}])

    context = boss.get(of(middle, "used_by")).context

    assert [segment.name for segment, _sentence in context["users"]] == ["Top"]
    assert [segment.name for segment, _sentence in context["uses"]] == ["Base"]
    assert [s.name for s, _ in boss.get(of(base, "used_by")).context["users"]] == ["Middle"]


def test_overlap_counts_what_segments_share(boss, make_customer, make_segment):
    for number in ("a", "b", "c"):
        make_customer(number)
    one, two = make_segment("One", has_number("a", "b")), make_segment("Two", has_number("b", "c"))
    for segment in (one, two):
        refresh_segment(segment)

    response = boss.get(of(one, "overlap"), {"segments": ["two"]})

    found = response.context["overlap"]
    assert (found.total, found.shared_by(one, two).count) == (3, 1)
    (row, pairs), _second = response.context["pairs"]
    assert (row, [(pair.count, pair.share) for pair in pairs]) == (one, [(2, 1.0), (1, 0.5)])
    assert "3 customers are in at least one of them" in text_of(response)


@pytest.mark.parametrize(
    ("count", "problem"), [(0, ""), (1, "at least two"), (2, ""), (6, ""), (7, "At most 6")]
)
def test_overlap_is_of_two_to_six_segments(boss, make_segment, count, problem):
    codes = [make_segment(f"S{number}").code for number in range(7)][:count]

    context = boss.get(reverse("admin:segments_segment_overlaps"), {"segments": codes}).context

    assert problem in context["problem"]
    assert bool(context["problem"]) == bool(problem)
    assert ("overlap" in context) == (count in (2, 6))


def test_an_unknown_segment_is_not_compared(boss, make_segment):
    address = reverse("admin:segments_segment_overlaps")

    response = boss.get(address, {"segments": [make_segment().code, "gone"]})

    assert "at least two" in response.context["problem"]


def test_the_exports_page_offers_columns_and_shows_who_took_what(boss, make_customer, make_segment):
    make_customer("C1", email="a@shop.example")
    segment = make_segment()
    refresh_segment(segment)
    address = reverse("admin:segments_segment_export", args=[segment.pk, "csv"])

    response = boss.get(address, {"columns": ["id", "email"]})

    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines == ["id,email", "C1,a@shop.example"]
    page = boss.get(of(segment, "exports"))
    assert [audit.rows for audit in page.context["page"]] == [1]
    assert "boss" in text_of(page)
    assert ExportAudit.objects.get().columns == ["id", "email"]


def test_an_export_of_another_segment_is_not_shown(boss, make_segment):
    ExportAudit.objects.create(at=now(), segment_code="other", format="csv", columns=["id"])

    page = boss.get(of(make_segment(), "exports")).context["page"]

    assert list(page) == []


def test_who_may_only_read_the_log_is_offered_no_export_and_the_other_way_round(
    merchant, make_segment
):
    segment = make_segment()

    reader = merchant(VIEW, "view_exportaudit").get(of(segment, "exports"))
    assert ("columns" in reader.context, reader.context["page"] is None) == (False, False)
    taker = merchant(VIEW, "export_members").get(of(segment, "exports"))
    assert ("columns" in taker.context, taker.context["page"] is None) == (True, True)
    assert 'name="raw"' not in taker.content.decode()


# Refreshing -------------------------------------------------------------------------------------


def test_a_refresh_can_be_watched_and_cancelled(boss, make_segment):
    segment = make_segment()
    boss.post(of(segment, "refresh"))

    waiting = boss.get(of(segment, "status")).json()
    page = boss.get(of(segment, "history")).content.decode()
    assert (waiting["is_working"], waiting["phase"]) == (True, "waiting for a worker")
    assert of(segment, "cancel") in page

    boss.post(of(segment, "cancel"))
    after = boss.get(of(segment, "status")).json()
    assert (RefreshRun.objects.get().outcome, after["is_working"]) == ("cancelled", False)
    again = boss.post(of(segment, "cancel"), follow=True)
    assert "No refresh is under way" in again.content.decode()


def test_a_run_shows_its_phase_its_rows_and_how_long_it_took(boss, make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    at = now()
    RefreshRun.objects.filter(pk=run.pk).update(
        phase="writing",
        done=1500,
        total=3000,
        started_at=at - timedelta(seconds=62),
        lease_expires_at=at + timedelta(minutes=5),
    )

    state = boss.get(of(segment, "status")).json()

    assert (state["phase"], state["rows"]) == ("writing the difference", "1,500 of 3,000 rows")
    assert re.fullmatch(r"1:0[2-9]", state["elapsed"])
    assert (state["done"], state["total"]) == (1500, 3000)
    html = boss.get(of(segment, "history")).content.decode()
    assert 'max="3000" value="1500"' in html


def test_a_run_that_a_worker_holds_is_asked_to_end(boss, make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    RefreshRun.objects.filter(pk=run.pk).update(lease_expires_at=now() + timedelta(minutes=5))

    response = boss.post(of(segment, "cancel"), follow=True)

    assert "ends as soon as its worker notices" in response.content.decode()
    assert boss.get(of(segment, "status")).json()["phase"] == "being cancelled"


# Reports and the overview -----------------------------------------------------------------------


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
    assert orders[1:] == ["Everybody,2,3,30.0000,10.0000,1.5000", "Half,1,2,20.0000,10.0000,2.0000"]


def test_reports_cost_the_same_however_many_segments_there_are(boss, make_customer, make_segment):
    make_customer("a")
    for key in (one.key for one in REPORTS):
        boss.get(report(key))
        with CaptureQueriesContext(connection) as few:
            boss.get(report(key))
        for number in range(3):
            refresh_segment(make_segment(f"{key} {number}"))
        with CaptureQueriesContext(connection) as many:
            boss.get(report(key))
        assert len(many) == len(few), key


def test_a_long_table_is_cut_on_the_page_but_not_in_the_csv(boss, make_segment, monkeypatch):
    monkeypatch.setattr("segments.reports.table.ROWS_SHOWN", 2)
    make_segment()
    Segment.objects.update(created_at=now() - timedelta(days=90))

    page = boss.get(report("sizes"))

    assert "The first 2 of 30 rows" in text_of(page)
    assert len(boss.get(report("sizes", "report_csv")).content.splitlines()) == 31


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

    response = boss.get(reverse("admin:index"))

    found = response.context["overview"]
    assert (found.segments_count, len(found.active), found.customers) == (3, 2, 4)
    assert (found.in_no_segment, response.context["in_no_segment_share"]) == (2, 0.5)
    assert [(mover.segment, shown) for mover, shown in response.context["movers"]] == [
        (one, "+2"),
        (two, "+1"),
    ]
    (pair,) = found.overlaps
    assert (pair.first, pair.second, pair.count, pair.share) == (one, two, 1, 1.0)
    assert [trouble.segment for trouble in response.context["attention"]] == [two]
    assert (found.queue.waiting, found.queue.running) == (2, 0)
    assert "No worker has been seen yet" in text_of(response)


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


# A customer's pages -----------------------------------------------------------------------------

WHY = ("view_segment", "view_members", "view_customer")


def test_a_customer_is_shown_with_the_reasons_for_each_segment(boss, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann")
    name = {"attribute": "customer.first_name", "operator": "is", "value": "Ann"}
    other = {"attribute": "customer.last_name", "operator": "is", "value": "Lee"}
    refresh_segment(make_segment("In", [name]))
    make_segment("Nearly", [name, other])

    response = boss.get(of_customer(ann, "segments"))

    (current,), (near,) = response.context["current"], response.context["near"]
    assert [(line.holds, line.found) for line in current.lines] == [(True, ""), (True, "Ann")]
    assert [line.words for line in near.deciding] == ["Last name is “Lee”"]
    assert "found: nothing" in text_of(response)


def test_segments_far_away_are_explained_one_at_a_time(boss, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann")
    far = [
        {"attribute": "customer.first_name", "operator": "is", "value": "Bob"},
        {"attribute": "customer.last_name", "operator": "is", "value": "Lee"},
    ]
    for name in ("Far", "Further"):
        make_segment(name, far)

    response = boss.get(of_customer(ann, "segments"))
    asked = boss.get(of_customer(ann, "segments"), {"why": "further"})

    assert [shown.lines for shown in response.context["away"]] == [[], []]
    assert 'href="?why=further#segment-further"' in response.content.decode()
    named, explained = asked.context["away"]
    assert named.lines == []
    assert [line.found for line in explained.lines] == ["", "Ann", "nothing"]
    assert 'href="?why=further' not in asked.content.decode()


def test_what_was_found_of_a_customer_is_personal_data(merchant, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann", email="ann@shop.example")
    domain = {"attribute": "customer.email", "operator": "contains", "value": "shop"}
    refresh_segment(make_segment("In", [domain]))

    without = merchant(*WHY).get(of_customer(ann, "segments")).content.decode()
    with_it = merchant(*WHY, "view_personal_data").get(of_customer(ann, "segments"))

    assert "In" in without
    assert "ann@shop.example" not in without
    assert "Ann" not in without
    assert "ann@shop.example" in with_it.content.decode()


@pytest.mark.parametrize("left_out", WHY)
def test_segments_and_why_needs_each_of_its_permissions(merchant, make_customer, left_out):
    ann = make_customer("A")
    client = merchant(*(set(WHY) - {left_out}))

    assert client.get(of_customer(ann, "segments")).status_code == 403
    profile = client.get(of_customer(ann, "change"))
    assert of_customer(ann, "segments") not in profile.content.decode()


def test_activity_shows_those_kinds_of_rows_that_the_user_may_see(merchant, make_customer):
    ann = make_customer("A")
    Order.objects.create(
        number="ORDER-1",
        customer=ann,
        store=Store.objects.get(code="default"),
        state="complete",
        grand_total="12.50",
        created_at=now(),
        updated_at=now(),
    )

    may = text_of(merchant("view_customer", "view_order").get(of_customer(ann, "activity")))
    may_not = text_of(merchant("view_customer", "view_cart").get(of_customer(ann, "activity")))

    assert "ORDER-1" in may
    assert "Lifetime sales 12.50 EUR" in may
    assert "ORDER-1" not in may_not
    assert "12.50" not in may_not


def test_no_page_of_a_customer_that_is_not_there(boss):
    for name in ("segments", "activity"):
        address = reverse(f"admin:customers_customer_{name}", args=[987654])
        assert boss.get(address).status_code == 404


def test_looks_at_personal_data_are_noted(boss, make_customer, make_segment):
    ann = make_customer("A")
    segment = make_segment()
    refresh_segment(segment)
    set_override(segment, ann, "include", author=None)
    AuditEntry.objects.all().delete()

    for name in ("members", "overrides", "history"):
        boss.get(of(segment, name))
    boss.get(of_customer(ann, "segments"))

    noted = AuditEntry.objects.filter(action="viewed").order_by("pk")
    assert [(entry.name, entry.after["page"]) for entry in noted] == [
        ("everybody", "members"),
        ("everybody", "overrides"),
        ("everybody", "history"),
        ("A", "segments"),
    ]
    assert all(entry.after["customers"] == ["A"] for entry in noted[:3])
    assert {entry.username for entry in noted} == {"boss"}


# All of them ------------------------------------------------------------------------------------


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
