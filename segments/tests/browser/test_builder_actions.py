"""Each thing that can be done to conditions and groups, and where the focus is afterwards."""

import pytest

from segments.tests.browser.axe import violations
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two(builder):
    """The builder with two conditions, Lifetime sales and Number of orders."""
    builder.open()
    builder.add("lifetime sales", "500")
    builder.add("number of orders", "2")
    return builder


def attributes(builder):
    return [node.get("attribute") for node in builder.conditions]


def test_adding_leads_to_the_value_and_enter_back_to_adding(builder):
    builder.open()
    builder.adding().click()
    builder.page.keyboard.type("lifetime sales")
    builder.page.keyboard.press("Enter")
    assert builder.focused == "Condition 1: Lifetime sales, value"

    builder.page.keyboard.type("500")
    builder.page.keyboard.press("Enter")
    assert builder.focused == "All conditions: add a condition"


def test_removing_leads_to_the_next_then_the_previous_then_to_adding(two):
    two.add("email domain", "b.example")

    two.button("Remove: Condition 2: Number of orders").click()
    assert two.focused == "Remove: Condition 2: Email domain"
    two.page.keyboard.press("Enter")
    assert two.focused == "Remove: Condition 1: Lifetime sales"
    two.page.keyboard.press("Enter")
    assert two.focused == "All conditions: add a condition"
    assert two.conditions == []


def test_moving_keeps_the_focus_on_the_same_control(two):
    two.choose("Condition 1: Lifetime sales", "Move down")

    assert two.focused == "More: Condition 2: Lifetime sales"
    assert attributes(two) == ["lifetime.number_of_orders", "lifetime.sales"]
    two.page.keyboard.press("Alt+ArrowUp")
    assert two.focused == "More: Condition 1: Lifetime sales"
    two.textbox("Condition 2: Number of orders, value").focus()
    two.page.keyboard.press("Alt+ArrowUp")
    assert two.focused == "Condition 1: Number of orders, value"
    two.page.keyboard.press("Alt+ArrowUp")
    expect(two.page.locator("segment-builder > [role=status]")).to_have_text(
        "It cannot be moved further."
    )


def test_undo_and_redo_lead_to_the_changed_row(two):
    two.button("Remove: Condition 1: Lifetime sales").click()

    two.page.keyboard.press("Control+z")
    assert two.focused == "Condition 1: Lifetime sales, field"
    assert attributes(two) == ["lifetime.sales", "lifetime.number_of_orders"]
    two.button("Redo").click()
    assert attributes(two) == ["lifetime.number_of_orders"]
    two.button("Undo").focus()
    two.page.keyboard.press("Control+z")
    two.combobox("Condition 1: Lifetime sales, operator").focus()
    two.page.keyboard.press("Control+Shift+z")
    assert attributes(two) == ["lifetime.number_of_orders"]


def test_a_value_typed_letter_by_letter_is_one_step(two):
    two.button("Undo").click()
    assert two.conditions[1] == {"attribute": "lifetime.number_of_orders", "operator": "gte"}
    two.button("Undo").click()
    two.button("Undo").click()
    assert two.conditions == [{"attribute": "lifetime.sales", "operator": "gte"}]


def test_fifty_steps_can_be_undone(builder):
    builder.open()
    press = "([name, times]) => { while (times--) document.querySelector(name).click() }"
    builder.page.evaluate(press, ["[aria-label='All conditions: add a group']", 51])
    assert len(builder.conditions) == 51
    builder.page.evaluate(press, ["[aria-label='Undo']", 60])

    assert len(builder.conditions) == 1
    expect(builder.button("Undo")).to_have_attribute("aria-disabled", "true")


def test_a_copy_stands_after_its_original(two):
    two.choose("Condition 1: Lifetime sales", "Duplicate")

    assert attributes(two) == ["lifetime.sales", "lifetime.sales", "lifetime.number_of_orders"]
    assert two.focused == "More: Condition 2: Lifetime sales"


def test_a_condition_is_put_into_a_group_and_the_group_dissolved(two):
    more = two.page.get_by_label("More: Condition 1: Lifetime sales")
    more.click()
    two.button("Put into a group of its own").click()
    assert two.conditions[0]["match"] == "all"
    assert two.focused == "More: Condition 1.1: Lifetime sales"

    two.combobox("Group 1: how many must hold").select_option("none")
    assert two.focused == "Group 1: how many must hold"
    two.page.get_by_label("More: Condition 2: Number of orders").click()
    two.button("Move into: Group 1").click()
    assert [node["attribute"] for node in two.conditions[0]["conditions"]] == [
        "lifetime.sales",
        "lifetime.number_of_orders",
    ]
    two.page.get_by_label("More: Group 1", exact=True).click()
    two.button("Dissolve the group").click()
    assert attributes(two) == ["lifetime.sales", "lifetime.number_of_orders"]


def test_rows_are_limited_to_the_last_and_asked_for_periods(builder, make_segment):
    """What no other test does by hand: the menu's entry, its controls, and a habit's periods."""
    builder.open(make_segment(conditions=[{"relation": "sales", "aggregate": "exists"}]))
    builder.choose("Condition 1: Orders", "Only the last or the first ones")
    assert builder.focused == "Condition 1: Orders, first or last"
    builder.page.get_by_label("Condition 1: Orders, how many", exact=True).fill("3")
    builder.page.keyboard.press("Tab")
    builder.combobox("Condition 1: Orders, first or last").select_option("first")
    builder.combobox("Condition 1: Orders, what is asked").select_option("stopped")
    builder.combobox("Condition 1: Orders, kind of period").select_option("week")
    (limited,) = builder.conditions
    assert (limited["first"], limited["periods"]) == (3, {"unit": "week", "count": 6})
    assert violations(builder.page) == []
    builder.choose("Condition 1: Orders", "All of them, not only the first or last")
    assert "first" not in builder.conditions[0]


def test_escape_closes_the_list_then_the_menu(two):
    two.adding().click()
    expect(two.page.get_by_role("listbox")).to_be_visible()
    two.page.keyboard.press("Escape")
    expect(two.page.get_by_role("listbox")).to_be_hidden()
    assert two.focused == "All conditions: add a condition"
    two.page.get_by_label("More: Condition 1: Lifetime sales").click()
    two.page.keyboard.press("Escape")
    expect(two.button("Put into a group of its own")).to_be_hidden()
    assert two.focused == "More: Condition 1: Lifetime sales"


def test_help_opens_by_button_and_by_key_and_leads_back(two):
    two.button("Undo").focus()
    two.page.keyboard.press("?")
    expect(two.page.get_by_role("dialog")).to_be_visible()
    two.page.keyboard.press("Escape")
    assert two.focused == "Undo"
    two.button("Keys and help").click()
    two.answer_dialog("Close")
    assert two.focused == "Keys and help"


def test_another_field_keeps_what_fits_and_says_what_does_not(two):
    field = two.combobox("Condition 1: Lifetime sales, field")
    field.click()
    two.page.keyboard.type("lifetime profit")
    two.page.keyboard.press("Enter")
    assert two.conditions[0] == {
        "attribute": "lifetime.profit",
        "operator": "gte",
        "value": "500",
    }

    two.combobox("Condition 1: Lifetime profit (sales minus refunds), field").click()
    two.page.keyboard.type("date of birth")
    two.page.keyboard.press("Enter")
    assert two.conditions[0]["value"] == 30
    expect(two.page.locator(".sb-notes").first).to_contain_text("Date of birth")


def test_orders_are_those_that_count_and_two_of_them_are_offered_as_one(builder):
    builder.open()
    builder.add("grand total", "300")
    builder.add("purchase date", "30")
    assert [node["relation"] for node in builder.conditions] == ["sales", "sales"]

    builder.button("They are meant for the same order").click()
    (rows,) = builder.conditions
    assert rows == {
        "relation": "sales",
        "aggregate": "exists",
        "match": "all",
        "conditions": [
            {"attribute": "order.grand_total", "operator": "gte", "value": "300"},
            {"attribute": "order.created_at", "operator": "in_last_days", "value": 30},
        ],
    }
    builder.choose("Condition 1: Orders", "Open in boxes")
    expect(builder.page.locator(".sb-tree")).to_contain_text("of these hold for the same order")
    builder.choose("Condition 1: Orders", "Show in one line")
    expect(builder.page.locator(".sb-box")).to_have_count(1)


def test_siblings_about_addresses_are_offered_as_the_same_address(builder):
    builder.open()
    builder.add("country", "DE")
    builder.page.keyboard.press("Enter")
    builder.page.keyboard.press("Enter")
    builder.add("city", "Paris")
    builder.page.keyboard.press("Escape")
    builder.count_is("0 customers")
    builder.combobox("Condition 2: City, operator").select_option("is_not")
    builder.count_is("4 customers")
    expect(builder.button("They are meant for the same address")).to_have_count(0)
    expect(builder.page.locator(".sb-tree")).to_contain_text(
        "That is: none of “Addresses” has “City is Paris”."
    )


def test_an_example_fills_an_empty_tree_and_asks_before_it_replaces_one(builder):
    builder.open()
    examples = builder.combobox("Start from an example")
    examples.select_option("best-customers")
    assert attributes(builder)[0] == "lifetime.sales"
    assert builder.page.input_value("#id_name") == "Best customers"

    examples.select_option("at-risk")
    builder.answer_dialog("Keep mine")
    assert len(builder.conditions) == 3
    examples.select_option("at-risk")
    builder.answer_dialog("Replace")
    assert len(builder.conditions) == 2
    builder.button("Undo").click()
    assert len(builder.conditions) == 3


def test_join_words_stand_only_between_two(builder):
    builder.open()
    builder.add("lifetime sales", "500")
    expect(builder.page.locator(".sb-join")).to_have_count(0)
    builder.add("number of orders", "2")
    expect(builder.page.locator(".sb-join")).to_have_text(["and"])
    builder.combobox("All conditions: how many must hold").select_option("any")
    expect(builder.page.locator(".sb-join")).to_have_text(["or"])


def test_what_is_turned_off_stays_but_is_not_counted(builder):
    builder.open()
    builder.add("email domain", "other.example")
    builder.add("number of orders", "1")
    builder.settled()
    builder.count_is("0 customers")
    builder.choose("Condition 1: Email domain", "Turn off")

    assert builder.focused == "More: Condition 1: Email domain"
    assert [node["attribute"] for node in builder.conditions] == ["lifetime.number_of_orders"]
    builder.settled()
    builder.count_is("6 customers")
    rows = builder.page.locator(".sb-condition")
    expect(rows.nth(0)).to_contain_text("Turned off: not counted")
    expect(rows.nth(1).locator(".sb-chip")).to_contain_text("6 fit")
    builder.button("Undo").click()
    assert len(builder.conditions) == 2
    builder.button("Redo").click()
    builder.choose("Condition 1: Email domain", "Turn on")
    assert len(builder.conditions) == 2
    assert "off" not in str(builder.tree)


def test_rows_of_which_everything_is_turned_off_are_left_out(builder):
    builder.open()
    builder.add("never used a coupon")
    builder.count_is("6 customers")
    builder.choose("Condition 1: Orders", "Open in boxes")
    builder.choose("Condition 1.1: Coupon code", "Turn off")

    builder.settled()
    builder.count_is("8 customers")
    assert builder.conditions == []


def test_a_group_of_which_everything_is_turned_off_is_left_out(two):
    two.choose("Condition 1: Lifetime sales", "Put into a group of its own")
    two.choose("Condition 1.1: Lifetime sales", "Turn off")

    assert attributes(two) == ["lifetime.number_of_orders"]
    two.settled()
    two.count_is("0 customers")


def test_what_is_turned_off_need_not_be_complete(builder):
    builder.open()
    builder.add("number of orders", "1")
    builder.add("lifetime sales")
    builder.facts_say("Condition 2")
    builder.choose("Condition 2: Lifetime sales", "Turn off")

    builder.settled()
    builder.count_is("6 customers")


def test_a_condition_moves_into_the_rows_that_it_is_about(builder):
    builder.open()
    builder.add("orders number sum none")
    builder.add("payment method", "paypal")
    builder.choose("Condition 2: Orders", "Open in boxes")
    builder.choose("Condition 2.1: Payment method", "Move into: Condition 1: Orders")

    (orders,) = [node for node in builder.conditions if node["aggregate"] == "count"]
    assert [node["attribute"] for node in orders["conditions"]] == ["order.payment_method"]


def test_a_condition_beside_rows_moves_into_them(builder):
    builder.open()
    builder.add("ordered products number sum none")
    builder.add("row total", "5")
    assert len(builder.conditions) == 2
    builder.choose("Condition 2: Row total", "Move into: Condition 1: Ordered products")

    (lines,) = builder.conditions
    assert [node["attribute"] for node in lines["conditions"]] == ["order_item.row_total"]


def test_the_menu_is_walked_by_arrows_and_delete_removes_a_row(two):
    two.page.get_by_label("More: Condition 1: Lifetime sales").focus()
    two.page.keyboard.press("ArrowDown")
    assert two.focused == "Move up"
    two.page.keyboard.press("ArrowDown")
    two.page.keyboard.press("Enter")
    assert attributes(two) == ["lifetime.number_of_orders", "lifetime.sales"]
    assert two.focused == "More: Condition 2: Lifetime sales"

    two.page.keyboard.press("ArrowUp")
    assert two.focused == "Compare with another field"
    two.page.keyboard.press("Escape")
    two.page.keyboard.press("Delete")
    assert attributes(two) == ["lifetime.number_of_orders"]
    assert two.focused == "Remove: Condition 1: Number of orders"


def test_a_group_folds_into_a_line_and_unfolds_for_what_is_wrong_in_it(two):
    two.choose("Condition 1: Lifetime sales", "Put into a group of its own")
    fold = two.button("Fold: Group 1")
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()

    assert two.focused == "Unfold: Group 1"
    expect(two.button("Unfold: Group 1")).to_have_attribute("aria-expanded", "false")
    expect(two.page.locator(".sb-box .sb-box")).to_contain_text("Lifetime sales is at least 500")
    expect(two.textbox("Condition 1.1: Lifetime sales, value")).to_have_count(0)
    assert len(two.conditions) == 2
    two.button("Undo").click()
    two.button("Redo").click()
    expect(two.button("Fold: Group 1")).to_be_visible()
    assert two.focused == "Condition 1.1: Lifetime sales, field"


def test_a_row_says_what_customers_did_and_is_named_for_those_who_hear_it(builder):
    builder.open()
    builder.add("ordered times or more", "3")
    row = builder.page.get_by_role("group", name="Condition 1: Orders", exact=True)

    asked = builder.combobox("Condition 1: Orders, what is asked")
    assert asked.evaluate("one => one.selectedOptions[0].textContent") == "have placed"
    expect(row).to_contain_text("orders")
    builder.combobox("Condition 1: Orders: add a condition").click()
    builder.page.keyboard.type("purchase date")
    builder.page.keyboard.press("Enter")
    assert builder.focused == "Condition 1.1: Purchase date, value"
    expect(builder.page.get_by_role("group", name="Condition 1.1: Purchase date")).to_be_visible()
    assert builder.conditions == [
        {
            "relation": "sales",
            "aggregate": "count",
            "operator": "gte",
            "value": 3,
            "match": "all",
            "conditions": [
                {"attribute": "order.created_at", "operator": "in_last_days", "value": 30}
            ],
        }
    ]
    builder.button("Remove: Condition 1.1: Purchase date").click()
    assert "conditions" not in builder.conditions[0]


def test_the_usual_ways_to_name_a_time_come_before_the_others(builder):
    builder.open()
    builder.add("customer since")
    groups = builder.combobox("Condition 1: Customer since, operator").locator("optgroup")

    labels = groups.evaluate_all("all => all.map(one => [one.label, one.children.length])")
    assert labels == [["Usual", 5], ["More", 17], ["Compared with others", 8]]
