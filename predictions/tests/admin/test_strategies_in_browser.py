"""The pages of strategies in a browser: nothing is inaccessible, and all of it fits."""

import pytest
from django.urls import reverse

from conditions.tests.examples.shops import awkward_shop
from predictions.models import Strategy
from predictions.tests.strategy_shop import add_scores

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADD = reverse("admin:predictions_strategy_add")
# Whether an element has the colour of a token, whose contrast is enough in light and dark.
HAS_COLOUR = """(element, token) => {
    const probe = element.parentElement.appendChild(document.createElement("span"));
    probe.style.color = `var(${token})`;
    const isSame = getComputedStyle(element).color === getComputedStyle(probe).color;
    probe.remove();
    return isSame;
}"""


def test_the_pages_of_strategies_are_accessible_and_fit(visitor, make_segment):
    awkward_shop(1).store()
    add_scores(1)
    # A long name would widen the choice of a campaign's segment.
    make_segment("Everybody in the shop " * 10, [], applies_to="both", code="all")
    page, faults = visitor.page, []

    def look(address, **entered):
        visitor.open(address)
        for name, text in entered.items():
            field = page.locator(f"[name='{name}']")
            is_choice = field.evaluate("field => field.tagName") == "SELECT"
            field.select_option(text) if is_choice else field.fill(text)
        if entered:
            page.get_by_role("button", name="Show the result").click()
            page.wait_for_load_state("networkidle")
        faults.extend(visitor.faults())

    for code in ("", "?strategy=retention", "?strategy=budget"):
        look(f"{ADD}{code}")
    # On a telephone the fields of a campaign stand below one another, all within the page.
    fields = page.locator("[name^='campaign-0-']").all()
    boxes = [one.bounding_box() for one in fields]
    width = page.viewport_size["width"]
    assert all(box["x"] + box["width"] <= width for box in boxes)
    assert len({box["y"] for box in boxes}) == (5 if width < 600 else 1)
    filled = {"budget": "2", "cost_per_contact": "0.5"}
    look(f"{ADD}?strategy=win_back", **filled)
    look(f"{ADD}?strategy=retention", **filled, uplift="1,000")
    look(f"{ADD}?strategy=retention", **filled, uplift="0.05")
    look(f"{ADD}?strategy=loyalty", benefit_percent="2")
    look(f"{ADD}?strategy=pricing", price_cut="0.1")
    lines = {
        f"campaign-{number}-{name}": text
        for number in (0, 1)
        for name, text in (
            *(("code", f"mail {number}"), ("segment", "all"), ("cost_per_contact", "0.5")),
            *(("uplift", "0.1"), ("value", "clv")),
        )
    }
    look(f"{ADD}?strategy=budget", budget="2", **lines)
    # It is kept by its button, and stands in the list.
    page.locator("[name=name]").fill("Shared")
    page.get_by_role("button", name="Keep this plan").click()
    page.wait_for_load_state("networkidle")
    row = Strategy.objects.get(name="Shared")
    look(reverse("admin:predictions_strategy_change", args=[row.pk]))
    # Its icon is a background, before which no contrast is measured.
    assert page.locator("a.deletelink").evaluate(HAS_COLOUR, "--danger")
    look(reverse("admin:predictions_strategy_delete", args=[row.pk]))
    look(reverse("admin:predictions_strategy_changelist"))
    assert [*faults, *visitor.complaints] == []
