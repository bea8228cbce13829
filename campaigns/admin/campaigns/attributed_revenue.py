"""Orders and revenue attributed to mail, formatted for the reader's language."""

from decimal import Decimal
from typing import Any

from core.text.formats import CENTS, money_shown


def attributed_revenue_for_page(report: dict[str, Any]) -> dict[str, Any] | None:
    """Return a report's orders and revenue as a page shows them; None if the report has none."""
    if report["orders"] is None:
        return None
    incremental = report["incremental_revenue"]
    return {
        "orders": report["orders"],
        "revenue": _money(report["revenue"]),
        "incremental": incremental
        and {
            "value": incremental["value"] and _money(incremental["value"]),
            "interval": [_money(one) for one in incremental["interval"] or ()],
            "sentence": incremental["sentence"],
            "recipients": incremental["treated"]["n"],
            "held_out": incremental["holdout"]["n"],
        },
    }


def _money(amount: str) -> str:
    """Return an amount in the base currency, in cents."""
    return money_shown(round(Decimal(amount), CENTS))
