"""Search or go to: what each reader finds, and the box over a page."""

import pytest
from django.urls import reverse

from customers.tests.rows import a_customer
from tests.factories.clients import staff_user
from tests.lazy import expect

SEARCH = "/admin/search/"
ANN = {"email": "ann@shop.example", "first_name": "Ann", "last_name": "Smith"}

EVERYTHING = ("customers.view_customer", "customers.view_personal_data")

once = pytest.mark.once


def found(client, typed):
    """Return what the page shows: pages, then rows with what stands beside them."""
    context = client.get(SEARCH, {"q": typed}).context["found"]
    pages = [page.label for page in context.pages]
    return pages, [(row.label, row.detail) for one in context.lists for row in one.rows]


@once
def test_pages_are_found_by_the_beginnings_of_their_words_and_by_other_words(admin_client):
    assert found(admin_client, "sender") == (["Senders"], [])
    assert found(admin_client, "COHORTS")[0] == ["Cohorts"]
    assert found(admin_client, "settings tok")[0] == ["API tokens"]
    assert found(admin_client, "home")[0] == ["Home"]
    for nothing in ("", "  ", "\0", "x" * 5000):
        assert found(admin_client, nothing) == ([], [])


@once
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("permissions", "typed", "rows"),
    [
        ((), "smi", []),
        (("segments.view_segment",), "smi", [("Smith fans", "")]),
        # Who may see no name finds none by it, either.
        (("customers.view_customer",), "smi", []),
        (("customers.view_customer",), "s1", [("S1", "")]),
        (EVERYTHING, "ann@", [("S1", "Ann Smith · ann@shop.example")]),
        (EVERYTHING, "s", []),  # Too little to look for rows.
    ],
)
def test_rows_are_found_by_what_one_may_see(client, make_segment, permissions, typed, rows):
    make_segment("Smith fans")
    a_customer("S1", **ANN)
    client.force_login(staff_user("seer", *permissions))
    assert found(client, typed)[1] == rows


@once
def test_of_many_rows_the_first_are_shown_and_their_list_has_the_others(admin_client):
    for number in range(6):
        a_customer(f"S{number}", **ANN)
    page = admin_client.get(SEARCH, {"q": "smith"})
    (customers,) = page.context["found"].lists

    assert [row.label for row in customers.rows] == ["S0", "S1", "S2", "S3", "S4"]
    assert customers.rest_url == reverse("admin:customers_customer_changelist") + "?q=smith"
    assert page.context["found"].count == 5


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_box_opens_over_a_page_and_leads_to_what_was_found(visitor, make_segment):
    segment = make_segment("At risk")
    page = visitor.page
    visitor.open("/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.type("at ri")
    link = page.locator("#go-to [data-search-results] a")
    expect(link).to_have_text("At risk")
    assert visitor.faults() == []
    page.keyboard.press("Escape")
    expect(page.locator("#go-to")).to_be_hidden()
    assert page.url.endswith("/admin/")

    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#go-to-field")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:segments_segment_change', args=[segment.pk])}")

    visitor.open(SEARCH + "?q=at")
    assert visitor.faults() == []
    assert visitor.complaints == []
