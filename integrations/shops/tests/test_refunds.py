"""Refunds that files have brought, on both databases: SQL compares their numbers with orders'."""

import pytest

from customers.models import Refund
from integrations.shops.tests.bringing import ORDERS, order

pytestmark = pytest.mark.both


@pytest.mark.parametrize("options", [(), ("--prefix", "P")])
def test_refund_that_the_shop_takes_back_goes(bring, tmp_path, options):
    """Catches a customer whose returned goods count for ever; other orders keep their refunds."""
    header = ORDERS.strip() + ",Refunded Amount\n"

    def export(*amounts):
        rows = (order(f"#{number}").strip() + f",{one}\n" for number, one in enumerate(amounts))
        return {"o.csv": header + "".join(rows)}

    bring(export("5.00", "5.00", "5.00"), *options)
    kept = bring({"o.csv": ORDERS + order("#0")})  # Without the column nothing is known of them.
    assert "refunds" not in kept["tables"]
    assert Refund.objects.count() == 3
    for mode in (["--dry-run"], []):
        report = bring(export("0.00", "4.00"), *mode)
        assert report["tables"]["refunds"]["deleted"] == report["tables"]["refunds"]["updated"] == 1
    report = bring(export("0.00", "0.00"))
    assert report["tables"]["refunds"] == dict.fromkeys(report["tables"]["refunds"], 0) | {
        "deleted": 1
    }
    # An order that is left out keeps its refund.
    bad = {"o.csv": header + order("#2", total="bad").strip() + ",0.00\n"}
    bring(bad, "--skip-bad-rows", "--refused", str(tmp_path / "refused.csv"))
    assert Refund.objects.get().number.endswith("#2-R")
