"""A customer's scores, on a page beside their profile."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from conditions.language.operators import Words
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from predictions.conditions import FAMILIES, ScoreColumn
from predictions.kinds import KINDS, as_of_column
from predictions.models import CustomerPrediction, PredictionModel


@dataclass(frozen=True)
class Scores:
    """Scores that stand together: labels with values (None: there is none), and as of when."""

    label: Words
    as_of: datetime | None
    values: list[tuple[Words, Any]]


def scores_page(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> HttpResponse:
    """Show the stored scores of `customer`, with as of when they hold."""
    row = CustomerPrediction.objects.filter(customer=customer).first()
    context |= {
        "page_name": _("Predictions"),
        "is_refused": refuses(customer, Purpose.PERSONALIZATION),
        "families": [] if row is None else list(_families(row)),
        "is_buyer": row is not None and bool(row.rfm_segment),
    }
    return TemplateResponse(request, "admin/predictions/customer.html", context)


def _families(row: CustomerPrediction) -> Iterator[Scores]:
    confirmed = dict(PredictionModel.objects.values_list("code", "as_of"))
    for family in FAMILIES:
        columns = [one for one in family.attributes if isinstance(one, ScoreColumn)]
        names = {one.column for one in columns}
        kind = next(kind for kind in KINDS.values() if names <= set(kind.columns))
        # Written when they changed; whoever scored everybody later has found the same.
        times = [getattr(row, as_of_column(kind)), confirmed.get(kind.code)]
        as_of = max((time for time in times if time is not None), default=None)
        yield Scores(family.label, as_of, [(one.label, _shown(one, row)) for one in columns])


def _shown(attribute: ScoreColumn, row: CustomerPrediction) -> Any:
    (value,) = attribute.of(row) or (None,)
    if value is not None and attribute.choices is not None:
        return attribute.choices.labels([value]).get(value, value)
    if isinstance(value, Decimal):
        return Decimal(f"{value.normalize():f}")  # 0.5 and 40, not 0.5000 and 4E+1.
    return value
