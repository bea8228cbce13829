"""`manage.py export_scores`: the stored scores as CSV."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from core.commands import write_out
from core.figures.table import csv_text
from core.text.formulas import guard_formula
from predictions.models import CustomerPrediction
from predictions.scores import CALLED, plain

# The columns of the contract, in its order.
NAMES = (
    *("recency_score", "frequency_score", "monetary_score", "rfm_segment", "journey_stage"),
    *("clv", "expected_orders", "expected_order_value", "clv_top_percent", "value_band"),
    *("churn_risk", "churn_risk_rise", "next_order_on", "next_order_from", "next_order_to"),
    *("anomaly_score", "is_anomaly", "cluster", "retail_cluster"),
)
ROWS = 1_000


class Command(BaseCommand):
    help = _("Write the stored scores as CSV, by internal key.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", metavar="FILE", help=_("default: standard output"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the CSV file."""
        write_out(_lines(), options["output"], self.stdout)


def _lines() -> Iterator[bytes]:
    yield csv_text([["id", *(CALLED.get(name, name) for name in NAMES)]], end="\n").encode()
    rows = CustomerPrediction.objects.order_by("pk").values_list("customer__external_id", *NAMES)
    written: list[list[Any]] = []
    for number, *values in rows.iterator(ROWS):
        written.append([guard_formula(number), *map(_cell, values)])
        if len(written) == ROWS:
            yield csv_text(written, end="\n").encode()
            written = []
    yield csv_text(written, end="\n").encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    # A number below 0, which is no text yet, is no formula.
    return guard_formula(value) if isinstance(value, str) else plain(value)
