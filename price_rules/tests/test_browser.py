"""The pages of price rules in a browser: a rule is built and tried; nothing is inaccessible."""

import pytest
from django.urls import reverse

from price_rules.coupons.batches import Wanted, begin_batch, make_coupons
from price_rules.models import CartPriceRule
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Shadow at the edges of a table that scrolls, and what in it would hide the shadow.
SHADOWS = "(region) => getComputedStyle(region).backgroundAttachment"
OPAQUE = """(region) => [...region.querySelectorAll('thead, tbody, tr, th, td')]
    .map((cell) => getComputedStyle(cell).backgroundColor)
    .filter((colour) => !colour.startsWith('rgba'))"""
# The next reply breaks off while it is read.
CUT_OFF = """() => {
    const { text } = Response.prototype;
    Response.prototype.text = async () => {
        Response.prototype.text = text;
        throw new TypeError("cut off");
    };
}"""


def address(name, *arguments):
    return reverse(f"admin:price_rules_cartpricerule_{name}", args=arguments)


def test_every_page_is_accessible_and_fits(visitor, make_rule):
    condition = {"attribute": "cart_item.sku", "operator": "is", "value": "A"}
    tree = {"match": "all", "conditions": [condition]}
    rule = make_rule(coupon="generated", items=tree, conditions=tree)
    make_coupons(begin_batch(rule, Wanted(3), author=None))
    begin_batch(rule, Wanted(3), author=None)
    tried = (
        f"{address('try')}?lines-TOTAL_FORMS=1&lines-INITIAL_FORMS=0&lines-0-sku=A"
        "&lines-0-quantity=1&lines-0-price=10&store=default"
    )
    pages = [address(name) for name in ("changelist", "add", "try")]
    pages += [address(name, rule.pk) for name in ("change", "coupons", "history", "delete")]
    pages += [tried, reverse("admin:price_rules_coupon_changelist")]
    faults = []
    for page in pages:
        visitor.open(page)
        visitor.settle()
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_a_table_that_goes_on_beyond_an_edge_is_in_shadow_there(visitor, make_rule):
    make_rule(name="Stammkundenrabatt im Sommer")
    make_rule("r2")
    tried = (
        f"{address('try')}?lines-TOTAL_FORMS=1&lines-INITIAL_FORMS=0&lines-0-sku=A"
        "&lines-0-quantity=1&lines-0-price=10&store=default"
    )
    for page, table in ((address("changelist"), ".results"), (tried, ".segment-scroll")):
        visitor.open(page)
        region = visitor.page.locator(table)
        assert region.evaluate(SHADOWS).split(", ").count("local") == 2
        assert region.evaluate(OPAQUE) == []


def test_names_and_headings_break_between_words(visitor, make_rule, make_segment):
    make_rule(name="Stammkundenrabatt")
    make_segment("Best customers")
    visitor.open(address("changelist"))
    name = visitor.page.get_by_role("link", name="Stammkundenrabatt", exact=True)
    assert name.evaluate("(link) => link.getClientRects().length") == 1
    visitor.open(reverse("admin:segments_segment_changelist"))
    heading = visitor.page.locator("#result_list thead").get_by_role("link", name="Members")
    assert heading.evaluate("(link) => link.getClientRects().length") == 1


@pytest.mark.story
def test_a_rule_is_built_with_a_mouse_and_tried(visitor, make_rule):
    visitor.open(address("add"))
    page = visitor.page
    page.fill("#id_name", "Ten off")
    for part in ("Only for certain products", "Only under certain conditions"):
        page.get_by_text(part, exact=True).click()
    expect(page.locator(".field-conditions .sb-panel")).to_contain_text(
        "segments, coupon, days and minimum subtotal are not counted"
    )
    page.select_option("#id_action", "percent")
    page.fill("#id_value", "10")
    # A new rule is off.
    page.check("#id_is_active")
    # What the action does not use is out of sight.
    expect(page.locator("#id_buy")).to_be_hidden()
    lines, shopper = page.locator(".field-items"), page.locator(".field-conditions")
    for where, words, value in ((lines, "SKU", "A"), (shopper, "Subtotal", "5")):
        field = where.get_by_role("combobox", name="All conditions: add a condition", exact=True)
        field.click()
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    rule = CartPriceRule.objects.get(code="ten-off")
    (line,) = rule.items["conditions"]
    assert (line["attribute"], line["value"]) == ("cart_item.sku", "A")
    # About many rows it is asked by a relation group.
    (orders,) = rule.conditions["conditions"]
    assert orders["conditions"][0]["value"] == "5"
    # Beside the form stands a cart to try, already filled for the rule.
    beside = page.locator(".price-try")
    for name, value in (("sku", "A"), ("quantity", "2"), ("price", "10")):
        beside.locator(f"#id_lines-0-{name}").fill(value)
    beside.get_by_role("button", name="Try", exact=True).click()
    verdict = beside.locator(".price-verdict")
    expect(verdict).to_be_focused()
    expect(verdict).to_contain_text("Not applied to this cart: The shopper is not among these")
    # When the server is gone, the cart stays as it was typed, and a second try works.
    failed, again = beside.get_by_role("alert"), beside.get_by_role("button", name="Try again")
    unreachable = failed.get_by_text("the server cannot be reached")
    page.route(f"**{address('try')}*", lambda route: route.abort())
    beside.locator("#id_lines-0-quantity").fill("3")
    beside.get_by_role("button", name="Try", exact=True).click()
    expect(unreachable).to_be_visible()
    page.unroute(f"**{address('try')}*")
    # A reply that breaks off is none.
    page.evaluate(CUT_OFF)
    again.click()
    expect(beside).not_to_have_attribute("aria-busy", "true")
    expect(unreachable).to_be_visible()
    # What was typed since then is tried.
    beside.locator("#id_lines-0-quantity").fill("4")
    again.click()
    expect(failed).to_be_hidden()
    expect(verdict).to_be_focused()
    expect(beside.locator("#id_lines-0-quantity")).to_have_value("4")
    # Nothing was typed where the cart never appeared.
    page.route(f"**{address('try')}*", lambda route: route.abort())
    page.reload()
    expect(failed.get_by_text("A cart cannot be tried here at present")).to_be_visible()
    expect(unreachable).to_be_hidden()
    page.unroute(f"**{address('try')}*")
    again.click()
    expect(failed).to_be_hidden()
    expect(beside.locator("#id_lines-0-sku")).to_be_visible()
    make_rule("beside")
    visitor.open(address("try"))
    for name, value in (("sku", "A"), ("quantity", "2"), ("price", "10")):
        page.fill(f"#id_lines-0-{name}", value)
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_text("applied: −€2.00")).to_be_visible()
    expect(
        page.get_by_text("not applied: The shopper is not among these: Customers")
    ).to_be_visible()


def test_coupons_are_watched_while_they_are_made(visitor, make_rule):
    rule = make_rule(coupon="generated")
    batch = begin_batch(rule, Wanted(3), author=None)
    visitor.open(address("coupons", rule.pk))
    made = visitor.page.get_by_role("region", name="Generated so far")
    expect(made).to_contain_text("0 / 3")

    make_coupons(batch)

    expect(made).not_to_contain_text("0 / 3")
    expect(visitor.page.locator(".segment-figures")).to_contain_text("3")
    assert visitor.complaints == []


def test_the_count_of_a_rule_says_whom_it_counts(visitor, make_rule, make_customer):
    """Guests use rules too; what the count leaves out stands beside it."""
    make_customer("registered")
    make_customer("guest", kind="guest")
    visitor.open(address("change", make_rule().pk))
    visitor.page.get_by_text("Only under certain conditions", exact=True).click()
    panel = visitor.page.get_by_role("region", name="Who meets these conditions")
    expect(panel).to_contain_text("2 customers")
    expect(panel).to_contain_text("segments, coupon, days and minimum subtotal are not counted")
