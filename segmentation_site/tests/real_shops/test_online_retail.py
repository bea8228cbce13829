"""The shop "Online Retail": its figures, and its answers to every question in every way.

The data and the answers lie beside the project, not in it; without them there is nothing to ask.
"""

import json
from datetime import datetime
from decimal import Decimal

import pytest
from django.db.models import Sum

from conditions.tests.engines.needed import set_up
from customers.models import Customer, Order, OrderItem, Refund, RefundItem
from segmentation_site.tests.real_shops.answers import (
    check,
    check_by_evaluator,
    check_on_engines,
    needs_data,
)
from tests.factories.shops import DATA

pytestmark = [pytest.mark.exhaustive, needs_data]


def check_figures(said, expected):
    """Compare what the import printed, and what it stored, with the published figures."""
    facts, totals = expected["import"], expected["totals"]
    printed = dict(line.split(": ") for line in said.splitlines() if line.count(": ") == 1)
    assert {name: printed[name] for name in printed} == {
        "rows read": str(expected["raw_file"]["rows"]),
        "duplicates": str(facts["duplicate_rows_dropped"]),
        "rows without a customer": str(facts["rows_without_customer_after"]),
        "credit notes": str(totals["refunds"]),
        "lines of credit notes": str(totals["refund_lines"]),
        "adjustments": str(facts["bad_debt_rows_skipped"]),
        "services": str(totals["service_lines"]),
        "orders": str(totals["orders"]),
        "lines": str(totals["order_lines"]),
        "customers": str(totals["customers"]),
        "revenue": totals["sales_grand_total"],
    }
    assert Customer.objects.count() == totals["customers"]
    assert Order.objects.count() == totals["orders"]
    assert OrderItem.objects.count() == totals["order_lines"]
    assert RefundItem.objects.count() == totals["refund_lines"]
    sums = Order.objects.aggregate(total=Sum("grand_total"), products=Sum("subtotal"))
    assert sums["total"] == Decimal(totals["sales_grand_total"])
    assert sums["products"] == Decimal(totals["sales_subtotal"])
    refunded = Refund.objects.aggregate(total=Sum("amount"))["total"]
    assert refunded == Decimal(totals["refunds_total"])


def test_online_retail_has_its_figures_and_answers_every_question_in_every_way(
    online_retail, db, tmp_path, settings
):
    expected = json.loads((DATA / "online_retail_expected.json").read_text())
    check_figures(online_retail, expected)
    as_of = datetime.fromisoformat(expected["as_of"])
    assert len(expected["questions"]) == 51
    members = check(expected["questions"], as_of)
    set_up(settings, tmp_path)
    check_on_engines(expected["questions"], as_of, tmp_path)
    check_by_evaluator(expected["questions"], members, as_of)
