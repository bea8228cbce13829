"""Nine stories by mouse, by keyboard and by saying them: none may take more than the docs say."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from conditions.matching import matching_customers
from core.clock import now
from customers.models import Cart, Category
from segments.tests.browser.stories import STORIES
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROW = re.compile(r"^\| \*\*(\w)\*\* \|[^|]*\| (\d+) \| (\d+) / (\d+) \| (\d+) \|$", re.M)
# Story → interactions by mouse, interactions and presses by keyboard, interactions by saying it.
DOCUMENTED = {
    story: tuple(map(int, counts))
    for story, *counts in ROW.findall((settings.BASE_DIR / "docs/builder.md").read_text("utf-8"))
}
GOALS = {"a": (12, 35), "b": (7, 35), "c": (8, 35)}
LONGEST_SAYING = 3
IS_TAKEN = "line => !line || document.activeElement.value !== line"


@pytest.fixture(autouse=True)
def goods(shop, make_segment):
    for code in ("shoes", "toys"):
        Category.objects.create(code=code, name=code.title())
    make_segment(code="at-risk", name="At risk")
    cart = Cart.objects.create(
        customer=shop["GB"],
        external_id="1",
        store=shop["GB"].store,
        grand_total="60",
        created_at=now() - timedelta(days=3),
        updated_at=now() - timedelta(days=3),
    )
    assert cart.is_active


def test_the_stories_of_the_design_keep_to_its_goals():
    assert set(DOCUMENTED) == set(STORIES)
    for story, (interactions, presses) in GOALS.items():
        mouse, keyboard, pressed, said = DOCUMENTED[story]
        assert (mouse <= interactions, keyboard <= interactions) == (True, True), story
        assert (pressed <= presses, said <= LONGEST_SAYING) == (True, True), story


def is_built(builder, story):
    assert builder.conditions == STORIES[story].conditions
    builder.settled()
    expect(builder.page.locator(".sb-count")).to_contain_text("customer")


@pytest.mark.parametrize("story", STORIES)
def test_by_mouse(builder, story):
    builder.open()
    for beginning, chosen, written in STORIES[story].steps:
        if not builder.page.get_by_role("listbox", name="All conditions").is_visible():
            builder.click(builder.adding())
        builder.click(builder.page.get_by_role("option", name=beginning, exact=True).first)
        for value in chosen:
            offered = builder.page.get_by_role("listbox").get_by_role("option", name=value)
            builder.click(offered.first)
        for value in written:
            builder.write(value, enter=True)

    is_built(builder, story)
    assert builder.interactions == DOCUMENTED[story][0]


@pytest.mark.parametrize("story", STORIES)
def test_by_keyboard(builder, story):
    builder.open()
    builder.page.locator("#id_name").focus()
    builder.tab_to("All conditions: add a condition")
    for line in STORIES[story].keys:
        builder.write(line, enter=True)
        # A value may be looked up first; the next line is for the field that comes then.
        builder.page.wait_for_function(IS_TAKEN, arg=line)

    is_built(builder, story)
    assert (builder.interactions, builder.presses) == DOCUMENTED[story][1:3]


@pytest.mark.parametrize("story", STORIES)
def test_by_saying_it(builder, story):
    builder.open()
    builder.click(builder.textbox("Say who you are looking for"))
    builder.write(STORIES[story].said, enter=True)

    builder.hears("Taken:")
    expect(builder.page.locator(".sb-unread")).to_have_count(0)
    builder.settled()
    # Another tree may mean the same.
    meant = {"match": "all", "conditions": STORIES[story].conditions}
    assert members(builder.tree) == members(meant)
    assert builder.interactions == DOCUMENTED[story][3]


def members(tree):
    return set(matching_customers(tree).values_list("external_id", flat=True))
