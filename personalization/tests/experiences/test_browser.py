"""The pages of experiences in a browser: everything can be reached, read and used."""

import re

import pytest
from django.urls import reverse

from customers.models import Category
from customers.tests.rows import a_line, an_order
from personalization.models import ContentItem, ExperienceVariant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLACE = re.compile(r"/placement/\d+/change/$")
ADAS = {
    "match": "all",
    "conditions": [{"attribute": "customer.first_name", "operator": "is", "value": "Ada"}],
}


def address(model, name, *arguments):
    return reverse(f"admin:personalization_{model}_{name}", args=arguments)


def test_every_page_is_accessible_and_fits(
    visitor, clock, make_segment, make_placement, make_variant
):
    make_segment("Very important people", code="vip")
    place = make_placement("home-hero-of-the-first-page")
    audience = {"operator": "is", "segments": ["vip"]}
    variant = make_variant(place, "a", audience=audience, starts_at=clock.at)
    make_variant(place, "b", audience=ADAS, priority=1)
    links = {"type": "navigation_items", "items": [{"label": "Sale", "link": "/sale"}]}
    linking = make_variant(place, "links", links)
    lists = make_variant(
        place, "lists", {"type": "product_recommendations", "types": "trending:3,personal:5"}
    )
    piece = ContentItem.objects.create(code="film", type="video", published_at=clock.at)
    preview = f"{address('placement', 'preview')}?page_type=home"
    pages = [address("placement", name) for name in ("changelist", "add", "preview", "calendar")]
    pages += [address("placement", "connection")]
    pages += [preview, address("experiencevariant", "changelist")]
    for row, model in (
        (place, "placement"),
        (variant, "experiencevariant"),
        (linking, "experiencevariant"),
        (lists, "experiencevariant"),
        (piece, "contentitem"),
    ):
        pages += [address(model, "add"), address(model, "change", row.pk)]
    pages += [address("contentitem", "changelist")]
    faults = []
    for page in pages:
        visitor.open(page)
        visitor.settle()
        faults += visitor.faults()
    assert "\n".join([*faults, *visitor.complaints]) == ""


def test_an_audience_is_chosen_and_built(visitor, make_placement):
    from playwright.sync_api import expect

    make_placement()
    visitor.open(address("experiencevariant", "add"))
    page = visitor.page
    page.select_option("#id_placement", label="hero")
    page.fill("#id_code", "ada")
    page.select_option("#id_content_type", "navigation_items")
    expect(page.locator(".form-row.field-content_text")).to_be_hidden()
    page.fill("#id_content_items_label_0", "Sale")
    page.fill("#id_content_items_link_0", "/sale")
    page.get_by_role("button", name="Add a row").nth(0).press("Enter")
    expect(page.get_by_label("Label 2")).to_be_focused()
    page.keyboard.type("New")
    page.get_by_label("Link 2", exact=True).fill("/new")
    page.get_by_role("button", name="Move up: row 2").press("Enter")
    expect(page.get_by_label("Label 1", exact=True)).to_have_value("New")
    builder = page.locator(".form-row.field-conditions")
    expect(builder).to_be_hidden()
    page.select_option("#id_audience_kind", "conditions")
    expect(builder).to_be_visible()
    expect(page.locator(".form-row.field-segment_codes")).to_be_hidden()
    page.select_option("#id_audience_kind", "")
    page.locator("summary", has_text="When").click()
    page.get_by_label("mobile").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(PLACE)
    row = ExperienceVariant.objects.get()
    entries = [{"label": "New", "link": "/new"}, {"label": "Sale", "link": "/sale"}]
    assert row.content == {"type": "navigation_items", "items": entries}
    assert row.context == {"device": ["mobile"]}


@pytest.mark.story
def test_a_placement_shows_each_segment_its_own_variant(
    visitor, clock, make_segment, make_customer, join
):
    vip = make_segment("Very important people", code="vip")
    join(vip, make_customer("member"))
    make_customer("other")
    faults, page = [], visitor.page

    def save():
        page.wait_for_load_state("networkidle")
        faults.extend(visitor.faults())
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(PLACE)

    def preview(customer):
        visitor.open(f"{address('placement', 'preview')}?page_type=home&customer={customer}")
        faults.extend(visitor.faults())
        return page.locator("#content-main").inner_text()

    visitor.open(address("placement", "add"))
    page.fill("#id_code", "hero")
    page.fill("#id_page_type", "home")
    page.fill("#id_content_text", "Welcome & hello")
    save()
    visitor.open(address("experiencevariant", "add"))
    page.select_option("#id_placement", label="hero")
    page.fill("#id_code", "for-vips")
    page.select_option("#id_content_type", "hero_banner")
    page.fill("#id_content_title", "For {segment|you}")
    page.get_by_label("Very important people").check()
    save()
    assert "members of Very important people" in page.locator("#who-sees-what").inner_text()
    faults.extend(visitor.faults())
    # A preview that is asked for from the place is that of a member.
    page.get_by_role("link", name="Preview as a customer").click()
    page.wait_for_url("**/preview/?*")
    assert "For Very important people" in page.locator("#content-main").inner_text()
    shown = preview("member")
    assert "For Very important people" in shown
    assert "Is a member of Very important people." in shown
    shown = preview("other")
    assert "Welcome & hello" in shown
    assert "For Very important people" not in shown
    assert "\n".join([*faults, *visitor.complaints]) == ""


def test_products_and_categories_are_suggested(visitor, make_customer):
    from playwright.sync_api import expect

    a_line(an_order(make_customer("C1")), sku="TEA-GREEN")
    Category.objects.create(code="teas", name="All teas")
    visitor.open(address("placement", "add"))
    page = visitor.page
    page.select_option("#id_content_type", "product_recommendations")
    page.locator("#id_content_sku").press_sequentially("TEA")
    expect(page.locator("#id_content_sku_options option")).to_have_attribute("value", "TEA-GREEN")
    page.locator("#id_content_category").press_sequentially("all")
    expect(page.locator("#id_content_category_options option")).to_have_attribute("value", "teas")
    assert "\n".join(visitor.complaints) == ""


def test_the_history_is_accessible_and_fits(visitor, make_placement):
    place = make_placement("home-hero-of-the-first-page")
    visitor.open(address("placement", "change", place.pk))
    page = visitor.page
    page.fill("#id_content_text", "Hello again")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    visitor.open(address("placement", "history", place.pk))
    assert "Hello again" in page.locator("#content-main").inner_text()
    assert "\n".join([*visitor.faults(), *visitor.complaints]) == ""
