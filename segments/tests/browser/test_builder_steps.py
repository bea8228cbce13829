"""An order of events, and groups of a rank or of last rows: begun, changed, and read again."""

import pytest

from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_order_of_events_is_begun_and_changed(builder):
    """Catches rows of steps that are not drawn, or that write another tree than they show."""
    builder.open()
    builder.add("ordered again within")
    expect(builder.page.locator(".sb-join").first).to_have_text("then")
    assert builder.conditions == [
        {
            "steps": [
                {"relation": "sales", "only": "first"},
                {"relation": "sales", "within_days": 30},
            ]
        }
    ]
    builder.settled()
    builder.count_is("0 customers")
    builder.combobox("Condition 1.2: Orders: then").select_option("not")
    builder.textbox("Condition 1.2: Orders: within … days").fill("5")
    assert builder.conditions[0]["steps"][1] == {"relation": "sales", "not": True, "within_days": 5}
    builder.settled()
    expect(builder.page.locator(".sb-sentence")).to_have_text(
        "Customers who ordered (the first time) and did not order within 5 days."
    )
    builder.count_is("6 customers")
    builder.combobox("Condition 1: In this order: add a condition").click()
    builder.page.keyboard.type("log-ins")
    builder.page.keyboard.press("Enter")
    assert [one["relation"] for one in builder.conditions[0]["steps"]] == [
        "sales",
        "sales",
        "logins",
    ]
    expect(builder.page.locator(".sb-problems")).to_contain_text("Only the last step")
    builder.complaints.clear()


def test_groups_of_a_rank_and_of_last_rows_are_edited_and_counted(builder, shop):
    """Catches groups that the page draws but does not write, count, undo or mark as wrong."""
    page = builder.page
    builder.open()
    builder.add("Lifetime sales")
    name = "Condition 1: Lifetime sales"
    builder.combobox(f"{name}, operator").select_option("in_top")
    builder.textbox(f"{name}, value").fill("5")
    builder.combobox(f"{name}, compared with").select_option("customers")
    expect(page.locator(".sb-missing")).to_have_count(1)
    builder.add("Country", "France", group="Group 1a")
    page.keyboard.press("Enter")
    builder.settled()
    builder.count_is("3 customers")
    assert builder.conditions[0]["among"]["conditions"][0]["value"] == ["FR"]
    builder.button("Remove: Group 1a").click()
    assert "among" not in builder.conditions[0]
    builder.button("Undo").click()
    assert builder.conditions[0]["among"]["conditions"][0]["value"] == ["FR"]

    builder.add("orders number sum none")
    builder.choose("Condition 2: Orders", "Only the last or the first ones")
    expect(page.locator("select[data-key$=':aggregate']")).to_have_value("count")
    builder.add("Coupon code", "SAVE10", group="Group 2a")
    page.keyboard.press("Enter")
    builder.settled()
    builder.count_is("1 customer")
    limit = builder.conditions[1]["last"]
    assert (limit["rows"], limit["conditions"][0]["value"]) == (1, "SAVE10")
    builder.combobox("Condition 1a.1: Country, operator").select_option("is_empty")
    builder.settled()
    assert builder.conditions[0]["among"]["conditions"][0]["operator"] == "is_empty"
    builder.complaints.clear()
