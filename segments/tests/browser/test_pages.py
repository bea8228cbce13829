"""Every page around the builder in a browser: accessible, nothing refused or scrolling sideways."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.clock import now
from customers.models import AuditEntry
from segments.editing.overrides import set_override
from segments.editing.saving import save_segment
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.reports.catalogue import REPORTS
from segments.rules.definition import Definition
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# But for menus, which stand over what is below them.
UNFOLD = (
    "for (const one of document.querySelectorAll('details:not(.sb-more, .menu, [name=filter])'))"
    " one.open = true"
)


def bought(amount):
    return [{"attribute": "lifetime.sales", "operator": "gte", "value": amount}]


@pytest.fixture
def segments(shop, make_segment):
    """Segments in each state, the first with members, versions, users and a history."""
    buyers = make_segment("Buyers", bought("100"))
    users = make_segment("Users", [{"attribute": "segment", "operator": "is", "value": "buyers"}])
    for segment in (buyers, users):
        refresh_segment(segment)
    Segment.objects.update(created_at=now() - timedelta(days=20))
    save_segment(buyers, Definition("Good buyers", conditions=tree("500")), author=None)
    set_override(buyers, shop["GN"], "include", reason="friend", author=None)
    running = make_segment("Running", bought("1"))
    run = request_refresh(running)
    RefreshRun.objects.filter(pk=run.pk).update(
        phase="writing", done=3, total=8, lease_expires_at=now() + timedelta(hours=1)
    )
    failed = make_segment("Failed", code="failed", handling={"is_active": True})
    refresh_segment(failed)
    RefreshRun.objects.create(
        segment=failed, outcome="failed", error="no space left", created_at=now()
    )
    # As long as a name may be, and nowhere to break it.
    make_segment("O" * 200, code="off", handling={"is_active": False})
    return {segment.code: segment for segment in Segment.objects.all()}


def tree(amount):
    return {"match": "all", "conditions": bought(amount)}


def of(segment, name):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def every_page(segments, shop):
    """Return the addresses of all pages around the builder, and of a form with it."""
    buyers, customer = segments["buyers"], shop["GB"]
    tabs = ("change", "members", "overrides", "history", "overlap", "lookalikes", "exports")
    tabs = (*tabs, "used_by", "delete")
    overlap = "?segments=buyers&segments=users&segments=off"
    return [
        reverse("admin:index"),
        reverse("admin:segments_segment_changelist"),
        reverse("admin:segments_segment_changelist") + "?q=nobody",
        reverse("admin:segments_segment_templates"),
        reverse("admin:customers_order_changelist"),
        reverse("admin:auth_user_changelist"),
        *(of(buyers, tab) for tab in tabs),
        of(buyers, "overlap") + overlap,
        *(of(segments[code], "history") for code in ("running", "failed", "off")),
        *(of(segments["off"], tab) for tab in tabs),
        *(reverse("admin:segments_segment_report", args=[report.key]) for report in REPORTS),
        reverse("admin:segments_segment_overlaps") + overlap,
        *(
            reverse(f"admin:customers_customer_{tab}", args=[customer.pk])
            for tab in ("change", "activity", "segments")
        ),
        reverse("admin:customers_auditentry_changelist"),
        reverse("admin:customers_auditentry_change", args=[AuditEntry.objects.latest("pk").pk]),
        reverse("admin:segments_exportaudit_changelist"),
    ]


def test_every_page_is_clean(visitor, segments, shop):
    visit = visitor("light", 1280, others=[("dark", 375)])
    faults = []
    for address in every_page(segments, shop):
        visit.open(address)
        visit.page.evaluate(UNFOLD)
        faults += visit.faults()

    assert faults == []
    assert visit.complaints == []


@pytest.mark.parametrize(
    ("chromium", "locale", "direction", "widths"),
    [
        ("dejavu", "de", "ltr", [375]),
        # 320 is as wide as a page of 1280 is at 400 per cent. English is shorter.
        ("noto", "fr", "ltr", [375, 320, 1280]),
        ("dejavu", "he", "rtl", [375, 1280]),
    ],
    indirect=["chromium"],
)
def test_every_page_fits_in_each_font_and_language(
    visitor, segments, shop, settings, locale, direction, widths
):
    # Hebrew is Django's own here: it is not offered, but pages must hold when they are turned.
    settings.LANGUAGES = [*settings.LANGUAGES, ("he", "Hebrew")]
    width, *others = widths
    visit = visitor("light", width, locale, others=[("light", one) for one in others])
    # Longer words make a page wider, not less accessible.
    misfits = []
    for address in every_page(segments, shop):
        visit.open(address)
        html = visit.page.locator("html")
        expect(html).to_have_attribute("lang", locale)
        expect(html).to_have_attribute("dir", direction)
        visit.page.evaluate(UNFOLD)
        misfits += visit.misfits()

    assert misfits == []
    assert visit.complaints == []


@pytest.mark.parametrize(
    ("chromium", "width"), [("dejavu", 1280), ("noto", 375)], indirect=["chromium"]
)
def test_an_empty_shop_is_clean_and_begins_with_a_starter(visitor, width):
    visit = visitor("dark", width)
    visit.open(reverse("admin:segments_segment_changelist"))
    faults = visit.faults()
    visit.open(reverse("admin:index"))
    faults += visit.faults()

    visit.open(reverse("admin:segments_segment_changelist"))
    visit.page.get_by_role("button", name="Begin with “At risk”").click()

    expect(visit.page.get_by_text("“At risk” is made.")).to_be_visible()
    assert Segment.objects.get().code == "at-risk"
    assert faults == []
    assert visit.complaints == []


def test_a_refresh_is_watched_until_the_members_are_there(visitor, shop, make_segment):
    segment = make_segment("Buyers", bought("100"))
    visit = visitor()
    visit.open(of(segment, "change"))

    visit.page.get_by_role("button", name="Refresh now").click()
    box = visit.page.get_by_role("region", name="Refresh under way")
    expect(box).to_contain_text("waiting for a worker")
    asked = visit.page.locator(".messagelist")
    expect(asked).to_contain_text("is being refreshed")
    members = visit.page.locator("[data-segment=members]")
    expect(members).to_have_text("–")
    execute_run(RefreshRun.objects.get())

    expect(members).to_have_text("6")
    expect(box).to_be_hidden()
    expect(visit.page.locator("[data-segment=badge]")).to_have_text("✓ refreshed")
    expect(asked).to_have_count(0)
    assert visit.complaints == []


def test_a_refresh_ends_what_was_said_of_the_members_before(visitor, shop, make_segment):
    segment = make_segment("Buyers", bought("100"))
    refresh_segment(segment)
    save_segment(segment, Definition("Buyers", conditions=tree("700")), author=None)
    run = request_refresh(segment)
    visit = visitor()
    visit.open(of(segment, "change"))
    stale = visit.page.get_by_text("The definition has changed since the last refresh.")
    expect(stale).to_be_visible()
    execute_run(run)

    expect(visit.page.locator("[data-segment=badge]")).to_have_text("✓ refreshed")
    expect(visit.page.locator(".segment-stale")).to_be_hidden()
    assert visit.complaints == []


def test_a_refresh_is_cancelled_by_its_button(visitor, shop, make_segment):
    segment = make_segment("Buyers", bought("100"))
    request_refresh(segment)
    visit = visitor(width=375)
    visit.open(of(segment, "history"))

    visit.page.get_by_role("button", name="Cancel the refresh").click()

    expect(visit.page.get_by_text("The refresh is cancelled")).to_be_visible()
    assert RefreshRun.objects.get().outcome == "cancelled"
    assert visit.complaints == []


def test_the_tabs_lead_from_page_to_page_by_keyboard(visitor, segments):
    visit = visitor()
    visit.open(of(segments["buyers"], "history"))

    tab = visit.page.get_by_role("navigation", name="Pages of this segment")
    tab.get_by_text("More", exact=True).focus()
    visit.page.keyboard.press("Enter")
    tab.get_by_role("link", name="Used by").focus()
    visit.page.keyboard.press("Enter")

    expect(visit.page).to_have_url(visit.site + of(segments["buyers"], "used_by"))
    expect(tab.get_by_role("link", name="Used by")).to_have_attribute("aria-current", "page")
    users = visit.page.get_by_role("region", name="Segments that build on this one")
    expect(users.get_by_role("link", name="Users")).to_be_visible()
