"""The list of segments and the gallery in a browser: searched as one types, filtered, counted."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from segments.models import SavedFilter, Segment
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = reverse("admin:segments_segment_changelist")


@pytest.fixture
def segments(make_segment):
    make_segment("Alpha", handling={"tags": ("vip",)})
    make_segment("Beta")
    make_segment("Alphabet", handling={"is_active": False})


def test_the_list_is_searched_as_one_types_and_its_boxes_still_count(visitor, segments):
    visit = visitor()
    page = visit.page
    visit.open(LIST)
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(3)

    page.locator("#searchbar").press_sequentially("alph")

    expect(rows).to_have_count(2)
    expect(page).to_have_url(f"{visit.site}{LIST}?q=alph")
    expect(page.locator("#searchbar")).to_be_focused()
    page.locator("#action-toggle").click()
    expect(page.locator(".action-counter")).to_have_text("2 of 2 selected")
    page.locator("#searchbar").fill("nobody")
    expect(page.get_by_text("No segment fits this search")).to_be_visible()
    page.locator("#searchbar").fill("")
    expect(rows).to_have_count(3)
    assert visit.complaints == []


def test_filters_open_one_at_a_time_by_keys_too_and_close_by_escape(visitor, segments):
    visit = visitor()
    page = visit.page
    visit.open(LIST)
    tag, active = (
        page.locator("#changelist-filter summary", has_text=one) for one in ("Tag", "Active")
    )

    tag.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="vip", exact=True).first).to_be_visible()
    active.click()
    expect(page.locator("#changelist-filter details[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#changelist-filter details[open]")).to_have_count(0)
    expect(active).to_be_focused()
    active.click()
    page.get_by_role("link", name="No", exact=True).click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)

    page.get_by_text("Save this filter").click()
    page.locator("#filter-name").fill("Switched off")
    page.locator(".save-filter button").click()
    saved = page.get_by_role("navigation", name="Saved filters")
    expect(saved.get_by_role("link", name="Switched off")).to_have_attribute("aria-current", "true")
    assert SavedFilter.objects.get().query == "is_active__exact=0"
    assert visit.complaints == []


def test_where_tags_are_written_stands_beside_the_actions_about_them_alone(visitor, segments):
    visit = visitor(width=375)
    page = visit.page
    visit.open(LIST)
    tags = page.locator("[name=tags]")
    expect(tags).to_be_hidden()

    page.locator("#action-toggle").click()
    page.select_option("[name=action]", "tag_selected")
    tags.fill("summer")
    page.get_by_role("button", name="Apply to selected").click()

    expect(page.get_by_text("3 segments changed.")).to_be_visible()
    assert Segment.objects.filter(tags__tag="summer").count() == 3
    assert visit.complaints == []


def test_the_gallery_counts_what_is_seen_and_makes_what_is_chosen(visitor, shop):
    cache.clear()
    visit = visitor()
    page = visit.page
    visit.open(reverse("admin:segments_segment_templates"))

    card = page.locator(".gallery > li", has_text="One-time buyers")
    expect(card.locator(".gallery-count")).to_have_text("2 customers (25%)")
    expect(page.locator(".gallery-count").last).to_be_empty()
    card.get_by_role("button", name="Begin with “One-time buyers”").click()

    expect(page.get_by_text("“One-time buyers” is made.")).to_be_visible()
    assert Segment.objects.get().code == "one-time-buyers"
    assert visit.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_list_and_the_gallery_are_clean_with_everything_open(visitor, segments, scheme, width):
    visit = visitor(scheme, width)
    faults = []
    for address in (LIST, f"{LIST}?q=alph", reverse("admin:segments_segment_templates")):
        visit.open(address)
        faults += visit.faults()
    for opener in ("#changelist-filter details", ".save-filter", ".object-tools .menu"):
        visit.open(f"{LIST}?q=alph")
        visit.page.locator(f"{opener} > summary").first.click()
        faults += visit.faults()
    visit.open(LIST)
    visit.page.locator(".site-menu-button").click()
    faults += visit.faults()

    assert faults == []
    assert visit.complaints == []
