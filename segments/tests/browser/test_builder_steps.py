"""An order of events in the builder: begun, opened, changed, and read again."""

import pytest
from playwright.sync_api import expect

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
