"""The form as a workbench: what stays in view, what folds, keys, and what members buy."""

import pytest

from core.clock import now
from customers.models import Customer, CustomerGroup, NewsletterSubscription
from segments.models import RefreshMode, Segment
from segments.refresh import refresh_segment
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPENT = {"attribute": "lifetime.sales", "operator": "gte", "value": "500"}
MANY = [{"match": "any", "conditions": [SPENT, SPENT]}] * 8
# What is on the screen, wholly and on top of all else.
IS_SEEN = """selector => {
    const element = document.querySelector(selector);
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const inside = left >= 0 && top >= 0 && right <= clientWidth && bottom <= clientHeight;
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return inside && bottom > top && element.contains(there);
}"""
ALWAYS_SEEN = (".workbench-name input", ".sb-count", ".workbench-state", "[name=_save]")


def unseen(page):
    return [selector for selector in ALWAYS_SEEN if not page.evaluate(IS_SEEN, selector)]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 900), (375, 700), (320, 500)])
def test_name_count_state_and_save_are_in_view_wherever_one_edits(
    builder, make_segment, width, height
):
    page = builder.page
    page.set_viewport_size({"width": width, "height": height})
    builder.open(make_segment(conditions=MANY))
    fields = page.locator(".sb-condition").get_by_role("textbox")
    for place in (fields.first, fields.nth(7), fields.last):
        place.fill("600")
        assert page.evaluate("document.activeElement.value") == "600"
        # What one types is not under a bar itself.
        assert page.evaluate(
            """() => {
            const { left, right, top, bottom } = document.activeElement.getBoundingClientRect();
            const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            return there === document.activeElement;
        }"""
        )
        # The page's head scrolls away; the name stays once it is there.
        page.evaluate("scrollBy(0, 1)")
        assert unseen(page) == []
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert unseen(page) == []


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_all_ways_to_save_are_reached_at_every_width(builder, make_segment, width):
    page = builder.page
    page.set_viewport_size({"width": width, "height": 700})
    builder.open(make_segment(handling={"refresh_mode": RefreshMode.MANUAL}))
    more = page.locator(".workbench-more")
    expect(more).to_be_visible(visible=width < 768)
    if width < 768:
        expect(page.locator("[name=_saverefresh]")).to_be_hidden()
        more.click()
    for name in ("_save", "_saverefresh", "_saveasnew"):
        assert page.evaluate(IS_SEEN, f"[name={name}]"), name


def test_ctrl_s_saves_and_the_page_stays(builder, shop):
    builder.open()
    page = builder.page
    state = page.locator(".workbench-state")
    expect(state).to_have_text("Not saved yet")
    page.fill("#id_name", "By keys")
    expect(state).to_have_text("Changes not saved yet")
    builder.add("lifetime sales", "500")
    page.keyboard.press("Control+s")
    builder.saved()

    page.wait_for_url("**/change/")
    expect(page.locator(".workbench-state")).to_have_text("Saved, version 1")
    assert Segment.objects.get().conditions["conditions"] == [SPENT]


def test_slash_searches_and_keys_reach_the_builder_from_anywhere(builder, shop):
    builder.open()
    page = builder.page
    page.locator(".segment-head, .workbench-state").first.click()
    page.keyboard.press("/")
    assert builder.focused == "All conditions: add a condition"
    page.keyboard.type("number of orders")
    page.keyboard.press("Enter")
    page.keyboard.type("2")
    page.locator(".workbench-state").click()
    page.evaluate("document.activeElement.blur()")
    assert [one.get("value") for one in builder.conditions] == [2]
    page.keyboard.press("Control+z")
    assert [one.get("value") for one in builder.conditions] == [None]
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Ctrl+S")


def test_settings_are_folded_and_said_and_follow_what_is_chosen(builder, make_segment):
    builder.open(make_segment(conditions=[SPENT]))
    page = builder.page
    said = page.locator(".workbench-said")
    expect(said).to_have_text(
        "registered customersall websitesall customer groupsrefreshed every night"
    )
    expect(page.locator("#id_applies_to")).to_be_hidden()

    builder.unfold()
    page.select_option("#id_applies_to", "guest")
    page.get_by_label("Default website").check()
    page.get_by_label("How often").select_option("week")
    page.get_by_label("Monday").check()
    page.get_by_label("Thursday").check()
    page.get_by_label("Time of day").fill("06:30")
    page.get_by_label("Active").uncheck()
    expect(said).to_have_text(
        "guestsDefault websiteall customer groups"
        "refreshed every week on Monday, Thursday 06:30inactive"
    )
    builder.save()
    builder.saved()
    assert Segment.objects.get().refresh_schedule == "30 6 * * 1,4"


def test_what_is_wrong_in_the_settings_unfolds_them(builder, make_segment):
    builder.open(make_segment(conditions=[SPENT]))
    builder.unfold()
    builder.page.get_by_label("How often").select_option("week")
    builder.save()

    expect(builder.page.get_by_text("Choose at least one day of the week.")).to_be_visible()
    expect(builder.page.locator(".workbench-state")).to_have_text("Not saved: see what is marked")


def test_what_members_buy_comes_after_the_count_and_says_the_difference(builder, make_segment):
    reached = Customer.objects.get(external_id="GB")
    reached.email = "gb@shop.example"
    reached.save()
    NewsletterSubscription.objects.create(
        customer=reached, store=reached.store, status="subscribed", status_changed_at=now()
    )
    builder.open(make_segment(conditions=[SPENT]))
    page = builder.page

    def figure(name):
        return page.locator(f"[data-figure={name}] dd")

    expect(figure("sales")).to_have_text("€3,600")
    expect(figure("average_order")).to_have_text("€600")
    expect(figure("orders")).to_have_text("6")
    expect(figure("mailable")).to_have_text("1 (16.7%)")
    held = []

    def hold_figures(route):
        if "figures" in route.request.post_data:
            held.append(route)
        else:
            route.continue_()

    builder.answer(hold_figures)
    builder.add("never coupon")
    builder.count_is("4 customers")
    expect(page.locator(".sb-panel-body")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".sb-figures")).to_have_attribute("aria-busy", "true")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(figure("sales")).to_have_text("€2,400 −€1,200 than the saved definition")
    expect(figure("average_order")).to_have_text("€600")


def test_figures_that_cannot_be_had_leave_the_count_alone(builder, make_segment):
    builder.open(make_segment(conditions=[SPENT]))
    builder.answer(
        lambda route: route.abort() if "figures" in route.request.post_data else route.continue_()
    )
    builder.add("never coupon")
    builder.settled()
    builder.count_is("4 customers")
    expect(builder.page.locator(".sb-figures > *")).to_have_count(0)
    builder.complaints[:] = [one for one in builder.complaints if "Failed to load" not in one]


def test_many_choices_are_searched_and_the_chosen_ones_stay_in_view(builder, make_segment):
    groups = [CustomerGroup(code=f"g{number}", name=f"Groupe {number}é") for number in range(120)]
    CustomerGroup.objects.bulk_create(groups)
    segment = make_segment(conditions=[SPENT])
    builder.open(segment)
    builder.unfold()
    page = builder.page
    shown = page.locator("#id_customer_groups label:visible")
    expect(shown).to_have_count(50)
    search = page.locator(".field-customer_groups").get_by_role("searchbox")
    search.fill("117 GROUPE")
    expect(shown).to_have_text([" Groupe 117é"])
    search.fill("117e")
    shown.first.click()
    search.fill("nobody is called so")
    expect(shown).to_have_text([" Groupe 117é"])
    expect(page.locator(".workbench-said")).to_contain_text("Groupe 117é")
    search.press("Enter")
    builder.save()
    builder.saved()
    assert [one.code for one in segment.customer_groups.all()] == ["g117"]


def test_five_conditions_fit_on_one_screen(builder, make_segment):
    builder.page.set_viewport_size({"width": 1280, "height": 800})
    segment = make_segment(
        conditions=[
            {"attribute": "address.country", "operator": "is_one_of", "value": ["DE", "FR"]},
            {"attribute": "lifetime.sales", "operator": "gte", "value": "500"},
            {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 1},
            {"attribute": "activity.days_since_last_order", "operator": "lte", "value": 90},
            {"attribute": "customer.email", "operator": "contains", "value": "shop"},
        ]
    )
    refresh_segment(segment)
    builder.open(segment)
    ends = builder.page.evaluate(
        """[...document.querySelectorAll(".sb-condition, .sb-adding")]
            .map(one => one.getBoundingClientRect().bottom)"""
    )
    assert len(ends) == 6
    assert max(ends) <= 800
