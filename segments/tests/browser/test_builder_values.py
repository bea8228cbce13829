"""The controls for values: each type's own, and what they write into the tree."""

import re

import pytest

from customers.models import Category, CustomerTag, Order, OrderItem, Product
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def one(builder):
    """Return a function that adds one condition and gives what the tree then says of it."""

    def add(words, value=""):
        builder.open()
        builder.add(words, value)
        return builder.conditions[0]

    return add


def test_numbers_have_their_unit_and_take_a_decimal_comma(one, builder):
    node = one("lifetime sales", "499,50")

    assert node["value"] == "499.50"
    expect(builder.page.locator(".sb-value")).to_contain_text("EUR")


def test_a_pair_is_kept_when_one_number_becomes_two(one, builder):
    one("number of orders", "2")
    builder.combobox("Condition 1: Number of orders, operator").select_option("between")
    builder.textbox("Condition 1: Number of orders, to").fill("5")

    assert builder.conditions[0]["value"] == [2, 5]


def test_the_last_days_show_their_first_date(one, builder):
    node = one("customer since", "0")

    assert node == {"attribute": "customer.registered_at", "operator": "in_last_days", "value": 0}
    expect(builder.page.locator(".sb-notes").first).to_contain_text("Since ")


def test_a_date_is_fixed_or_a_period(one, builder):
    one("customer since")
    operator = builder.combobox("Condition 1: Customer since, operator")
    operator.select_option("on_or_after")
    builder.page.get_by_label("Condition 1: Customer since, value").fill("2026-04-10")
    assert builder.conditions[0]["value"] == "2026-04-10"
    operator.select_option("in_period")
    builder.combobox("Condition 1: Customer since, value").select_option("last_month")
    assert builder.conditions[0]["value"] == "last_month"


def test_choices_are_named_and_stored_by_their_codes(one, builder):
    one("customer group")
    builder.combobox("Condition 1: Customer group, operator").select_option("is")
    builder.combobox("Condition 1: Customer group, value").select_option(label="General")

    assert builder.conditions[0] == {
        "attribute": "customer.group",
        "operator": "is",
        "value": "general",
    }


def test_many_values_are_searched_for_added_and_taken_out(one, builder, shop):
    CustomerTag.objects.create(customer=shop["GB"], tag="vip")
    CustomerTag.objects.create(customer=shop["GC"], tag="press")
    one("tags")
    builder.combobox("Condition 1: Tags, operator").select_option("has_any_of")
    box = builder.combobox("Condition 1: Tags, value")
    box.fill("vi")
    builder.page.get_by_role("option", name="vip").click()
    box.fill("press")
    builder.page.get_by_role("listbox").get_by_role("option", name="press").click()
    assert builder.conditions[0]["value"] == ["vip", "press"]
    assert builder.focused == "Condition 1: Tags, value"

    builder.button("Condition 1: Tags: take out vip").click()
    assert builder.conditions[0]["value"] == ["press"]


def test_texts_are_chosen_from_the_data_with_how_many_customers_have_each(one, builder):
    one("city")
    box = builder.combobox("Condition 1: City, value")
    expect(builder.page.get_by_role("option", name="Berlin")).to_contain_text("8 customers")
    box.press_sequentially("Be")
    builder.page.get_by_role("option", name="Berlin").click()

    assert builder.conditions[0]["value"] == "Berlin"


def test_categories_are_looked_up_by_name(one, builder, shop):
    category = Category.objects.create(code="c-17", name="Running shoes")
    product = Product.objects.create(sku="S", name="Shoe", price="50")
    product.product_categories.create(category=category)
    OrderItem.objects.create(
        order=Order.objects.get(number="O-GB"), line="1", product=product, sku="S", quantity=1
    )
    one("bought from a category")
    box = builder.combobox("Condition 1.1: Category, value")
    box.fill("running")
    builder.page.get_by_role("option", name="Running shoes").click()

    assert builder.conditions[0]["conditions"][0]["value"] == ["c-17"]
    builder.count_is("1 customer")


def test_a_field_is_compared_with_another(one, builder):
    one("lifetime sales")
    builder.page.get_by_label("More: Condition 1: Lifetime sales").click()
    builder.button("Compare with another field").click()
    assert builder.focused == "Condition 1: Lifetime sales, other field"
    builder.combobox("Condition 1: Lifetime sales, other field").select_option("lifetime.profit")
    builder.textbox("Condition 1: Lifetime sales, factor").fill("0.5")

    assert builder.conditions[0]["value"] == {"attribute": "lifetime.profit", "times": "0.5"}
    builder.count_is("8 customers")


def test_figures_of_rows_are_read_as_a_sentence(one, builder):
    one("orders number sum none", "")
    builder.combobox("Condition 1: Orders, what is asked").select_option("sum")
    builder.combobox("Condition 1: Orders, of which field").select_option("order.grand_total")
    builder.textbox("Condition 1: Orders, value").fill("600")

    assert builder.conditions[0] == {
        "relation": "sales",
        "aggregate": "sum",
        "of": "order.grand_total",
        "operator": "gte",
        "value": "600",
    }
    builder.count_is("6 customers")


def test_what_begins_with_the_words_comes_first(builder):
    for name in ("Running shoes", "Shoes"):
        Category.objects.create(code=name.lower().replace(" ", "-"), name=name)
    builder.open()
    builder.add("bought from a category")
    builder.page.keyboard.type("shoes")
    expect(builder.page.locator(".sb-option").first).to_have_text(re.compile("^Shoes"))
    builder.page.keyboard.press("Enter")

    expect(builder.page.locator(".sb-value-chip")).to_have_text(["Shoes"])
    assert builder.conditions[0]["conditions"][0]["value"] == ["shoes"]


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Days since last log-in", "Days since last log-in"),
        ("since last login", "Days since last log-in"),
        ("log in time", "Log-in time"),
        ("login time", "Log-in time"),
        ("state/province", "State/province (name or code)"),
        ("province (name", "State/province (name or code)"),
        ("e-mail domain", "Email domain"),
    ],
)
def test_hyphens_and_slashes_are_no_hindrance(builder, words, label):
    builder.open()
    builder.add(words)

    expect(builder.combobox(f"Condition 1: {label}, field")).to_be_visible()


def test_a_birthday_is_soon(one):
    node = one("days until birthday", "14")

    assert node == {"attribute": "customer.days_until_birthday", "operator": "lte", "value": 14}


def test_the_latest_value_of_rows_is_compared_as_the_field_is(one, builder):
    one("orders number sum none", "")
    builder.combobox("Condition 1: Orders, what is asked").select_option("latest")
    field = builder.combobox("Condition 1: Orders, of which field")
    field.select_option("order.state")
    builder.combobox("Condition 1: Orders, operator").select_option("is")
    builder.combobox("Condition 1: Orders, value").select_option("complete")

    assert builder.conditions[0] == {
        "relation": "sales",
        "aggregate": "latest",
        "of": "order.state",
        "operator": "is",
        "value": "complete",
    }
    # The codes of one field are not those of another.
    field.select_option("order.store")
    assert "value" not in builder.conditions[0]
    field.select_option("order.grand_total")
    builder.textbox("Condition 1: Orders, value").fill("600")
    assert builder.conditions[0]["value"] == "600"


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        # No time of their own, and nothing that has an order.
        ("Addresses", {"exists", "not_exists", "every", "count", "count_distinct"}),
        ("Log-ins", {"exists", "count", "min", "max", "median", "latest", "count_distinct"}),
    ],
)
def test_only_what_can_be_asked_of_the_rows_is_offered(one, builder, rows, asked):
    one(f"{rows} number sum none", "")
    offered = builder.combobox(f"Condition 1: {rows}, what is asked").locator("option")
    names = set(offered.evaluate_all("all => all.map(one => one.value)"))

    assert asked <= names
    assert not names & ({"sum", "avg", "median", "latest"} - asked)


def test_a_figure_is_found_by_its_name_and_says_what_it_is(one, builder):
    one("median value of an order", "80")
    assert builder.conditions[0]["aggregate"] == "median"
    expect(builder.page.get_by_text("of an even number of rows the lower")).to_be_visible()
    builder.add("log-ins newest")
    expect(builder.combobox("Condition 2: Log-ins, what is asked")).to_be_visible()


def test_a_rank_is_chosen_with_its_segment_and_its_part(one, builder, make_segment):
    """The row writes the keys of a rank, offered for customers alone, and is counted."""
    make_segment("Buyers", code="buyers")
    one("lifetime sales")
    name = "Condition 1: Lifetime sales"
    builder.combobox(f"{name}, operator").select_option("in_top_percent")
    builder.textbox(f"{name}, value").fill("10")
    builder.combobox(f"{name}, compared with").select_option("segment")
    builder.combobox(f"{name}, segment").select_option(label="Buyers")
    builder.combobox(f"{name}, within").select_option("customer.website")

    assert builder.conditions[0] == {
        "attribute": "lifetime.sales",
        "operator": "in_top_percent",
        "value": "10",
        "among": {"segment": "buyers"},
        "per": "customer.website",
    }
    builder.settled()
    expect(builder.page.locator(".sb-problem")).to_have_count(0)
    builder.page.set_viewport_size({"width": 375, "height": 900})
    assert builder.page.evaluate("document.documentElement.scrollWidth") <= 375
