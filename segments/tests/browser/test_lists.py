"""Lists in a browser: made, tried, confirmed; accessible, light and dark, wide and narrow."""

import pytest
from django.urls import reverse

from segments.models import ListedCustomer, Segment
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def listed():
    rows = ListedCustomer.objects.order_by("customer")
    return list(rows.values_list("customer__external_id", flat=True))


@pytest.fixture
def picked(shop, make_segment):
    return make_segment("Picked", handling={"refresh_mode": "list"})


def address(segment):
    return reverse("admin:segments_segment_list", args=[segment.pk])


def outcome(page):
    return page.locator("[data-list-outcome]")


def test_a_list_is_made_and_filled_from_a_file_that_stays_chosen(visitor, shop):
    visit = visitor()
    page = visit.page
    visit.open(reverse("admin:segments_segment_changelist"))
    # An empty list of segments offers starters alone, and the way to a list above them.
    page.get_by_role("link", name="Add a list").click()
    page.fill("#id_name", "Picked")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("0 customers are on the list.")).to_be_visible()
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": b"id\nGB\nGC\n"}
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="See what changes").click()
    expect(outcome(page)).to_contain_text("Nothing is stored yet.")
    assert listed() == []
    page.get_by_role("button", name="Change the list").click()
    expect(page.get_by_text("2 came onto the list, 0 came off it.")).to_be_visible()
    expect(page.get_by_text("2 customers are on the list.")).to_be_visible()
    assert listed() == ["GB", "GC"]
    assert Segment.objects.get().members_count == 2
    assert visit.complaints == []


def test_what_was_tried_is_gone_once_something_else_is_written(visitor, picked):
    visit = visitor()
    page = visit.page
    visit.open(address(picked))
    page.fill("#id_lines", "GB")
    page.get_by_role("button", name="See what changes").click()
    expect(outcome(page)).to_contain_text("Nothing is stored yet.")
    page.fill("#id_lines", "GB\nnobody")
    expect(outcome(page)).to_be_empty()
    page.get_by_role("button", name="See what changes").click()
    expect(outcome(page)).to_contain_text("Line 2")
    assert visit.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_its_pages_are_clean(visitor, picked, scheme, width):
    visit = visitor(scheme, width)
    page = visit.page
    faults = []
    for place in (
        address(picked),
        reverse("admin:segments_segment_change", args=[picked.pk]),
        reverse("admin:segments_segment_add") + "?refresh_mode=list",
        reverse("admin:segments_segment_changelist"),
    ):
        visit.open(place)
        faults += visit.faults()
    for lines in ("GB", "nobody", ""):
        visit.open(address(picked))
        page.fill("#id_lines", lines)
        page.get_by_role("button", name="See what changes").click()
        if lines:
            expect(outcome(page)).not_to_be_empty()
        else:
            expect(page.locator(".errorlist")).to_be_visible()
        faults += visit.faults()
    assert faults == []
    assert visit.complaints == []
