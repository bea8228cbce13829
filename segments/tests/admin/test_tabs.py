"""A segment's tabs: history, overlap, exports, used by, and watching a refresh."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from core.clock import now
from customers.models import NewsletterSubscription
from segments.editing.saving import save_segment
from segments.engine.refreshes.runs import request_refresh
from segments.models import ExportAudit, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.tests.admin.pages import VIEW, has_number, of, report, text_of

pytestmark = pytest.mark.django_db


def test_the_head_says_how_many_members_can_be_mailed(boss, make_customer, make_segment):
    for number, accepts in enumerate((True, True, False, None)):
        customer = make_customer(accepts_marketing=accepts, email=f"{number}@shop.example")
        NewsletterSubscription.objects.create(
            customer=customer, store=customer.store, status="subscribed", status_changed_at=now()
        )
    segment = make_segment()
    refresh_segment(segment)

    for name in ("change", "members", "overrides", "history", "overlap", "exports", "used_by"):
        assert "Members 4 Can be mailed 3" in text_of(boss.get(of(segment, name)))


def test_tabs_are_links_to_what_the_user_may_open(merchant, make_segment):
    segment = make_segment()
    everyone = ["change", "history", "overlap", "used_by"]

    def tabs(*permissions):
        response = merchant(VIEW, *permissions).get(of(segment, "history"))
        return [tab.name for tab in response.context["tabs"]]

    assert tabs() == everyone
    assert tabs("view_members") == [
        *("change", "members", "overrides", "history", "overlap", "lookalikes", "used_by")
    ]
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
    monkeypatch.setattr("segments.admin.segment_pages.history.SHOWN", 1)
    segment = make_segment("First")
    save_segment(segment, Definition("Second"), author=None)

    (shown,) = boss.get(of(segment, "history")).context["versions"]

    assert [line.words for line in shown.differences] == ["Name: First", "Name: Second"]


def test_history_draws_a_chart_from_the_second_day_on(boss, make_customer, make_segment):
    make_customer()
    segment = make_segment()
    refresh_segment(segment)
    assert 'role="img"' not in boss.get(of(segment, "history")).content.decode()
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
    # A segment's own number leads to its members, any other to a segment of these customers.
    assert [pairs[0].url, "is" in pairs[1].url] == [of(one, "members"), True]
    (_both, _url, only_one), *_others = response.context["intersections"]
    assert "is_not_one_of" in only_one


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
