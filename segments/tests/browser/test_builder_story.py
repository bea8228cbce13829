"""German customers who spent 500, bought lately and never used a coupon: from login to saved."""

import pytest
from django.urls import reverse

from segments.models import Segment
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIVES_IN_GERMANY = {"attribute": "address.country", "operator": "is_one_of", "value": ["DE"]}
SPENT = {"attribute": "lifetime.sales", "operator": "gte", "value": "500"}
BOUGHT = {
    "relation": "sales",
    "aggregate": "exists",
    "match": "all",
    "conditions": [{"attribute": "order.created_at", "operator": "in_last_days", "value": 90}],
}
NEVER_A_COUPON = {
    "relation": "sales",
    "aggregate": "not_exists",
    "match": "all",
    "conditions": [{"attribute": "order.coupon_code", "operator": "is_not_empty"}],
}
STORY = [LIVES_IN_GERMANY, SPENT, BOUGHT, NEVER_A_COUPON]


@pytest.mark.story
def test_by_mouse_three_conditions_take_nine_interactions(builder):
    builder.page.context.clear_cookies()
    builder.page.goto(builder.root + reverse("admin:segments_segment_add"))
    builder.page.fill("#id_username", "boss")
    builder.page.fill("#id_password", "secret")
    builder.page.click("[type=submit]")
    builder.settled()
    builder.page.fill("#id_name", "German and thrifty")

    for option, value in (
        ("Lives in … (country)", "Germany"),
        ("Has spent … or more", "500"),
        ("Has ordered in the last … days", "90"),
    ):
        builder.click(builder.adding())
        builder.click(builder.page.get_by_role("option", name=option, exact=True))
        builder.write(value)
    assert builder.interactions <= 9

    builder.click(builder.adding())
    builder.click(builder.page.get_by_role("option", name="Has never used a coupon"))
    builder.count_is("1 customer")
    builder.save()
    builder.saved()

    assert Segment.objects.get().conditions == {"match": "all", "conditions": STORY}


@pytest.mark.story
def test_by_keyboard_alone_it_takes_no_more(builder):
    builder.page.goto(builder.root + reverse("admin:segments_segment_add"))
    builder.settled()
    builder.page.locator("#id_name").focus()
    builder.page.keyboard.type("German and thrifty")
    builder.tab_to("All conditions: add a condition")

    builder.write("german", enter=True)
    builder.write("Germany", enter=True)
    builder.page.keyboard.press("Enter")
    builder.write("spent", enter=True)
    builder.write("500", enter=True)
    builder.write("ordered in the last", enter=True)
    builder.write("90", enter=True)
    assert builder.interactions <= 9
    builder.write("never coupon", enter=True)
    builder.count_is("1 customer")
    builder.tab_to("Save")
    builder.page.keyboard.press("Enter")
    builder.saved()

    assert Segment.objects.get().conditions == {"match": "all", "conditions": STORY}


def test_it_says_in_words_whom_it_chooses_and_why(builder):
    builder.open()
    builder.add("german", "Germany")
    builder.add("never coupon")
    builder.count_is("3 customers")

    sentence = builder.page.locator(".sb-sentence")
    expect(sentence).to_contain_text("have placed no order with a coupon code")
    builder.page.fill("#sb-who", "gc@shop.example")
    builder.button("Check").click()
    dialog = builder.page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("is not in it")
    holds = dialog.locator(".sb-holds > .sb-visually-hidden + span").all_inner_texts()
    fails = dialog.locator(".sb-fails > .sb-visually-hidden + span").all_inner_texts()
    assert [text.strip() for text in holds] == ["Country is one of Germany (DE)"]
    # Asked of each order, it neither speaks for nor against the customer.
    expect(dialog.locator(".sb-part")).to_contain_text("Coupon code is known")
    assert [text.strip() for text in fails] == [
        "all: every condition is met",
        "Orders: there is none",
    ]
