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
from conditions.registry import Family
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from predictions.conditions import FAMILIES, ScoreColumn
from predictions.kinds import KINDS
from predictions.models import CustomerPrediction, PredictionModel


@dataclass(frozen=True)
class Shown:
    """A score: what it is called, its value (None: there is none), and as of when it holds."""

    label: Words
    value: Any
    as_of: datetime | None


def scores_page(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> HttpResponse:
    """Show the stored scores of `customer`, each with as of when it holds."""
    row = CustomerPrediction.objects.filter(customer=customer).first()
    context |= {
        "page_name": _("Predictions"),
        "is_refused": refuses(customer, Purpose.PERSONALIZATION),
        "families": [] if row is None else list(_families(row)),
        "is_buyer": row is not None and bool(row.rfm_segment),
    }
    return TemplateResponse(request, "admin/predictions/customer.html", context)


def _families(row: CustomerPrediction) -> Iterator[tuple[Family, list[Shown]]]:
    confirmed = dict(PredictionModel.objects.values_list("code", "as_of"))
    for family in FAMILIES:
        columns = [one for one in family.attributes if isinstance(one, ScoreColumn)]
        yield family, [_shown(one, row, confirmed) for one in columns]


def _shown(
    attribute: ScoreColumn, row: CustomerPrediction, confirmed: dict[str, datetime | None]
) -> Shown:
    (value,) = attribute.of(row) or (None,)
    if value is not None and attribute.choices is not None:
        value = attribute.choices.labels([value]).get(value, value)
    if isinstance(value, Decimal):
        value = Decimal(f"{value.normalize():f}")  # 0.5 and 40, not 0.5000 and 4E+1.
    kind = next(kind for kind in KINDS.values() if attribute.column in kind.columns)
    # Written when it changed; whoever scored everybody later has found the same.
    known = (getattr(row, kind.as_of_column), confirmed.get(kind.code))
    times = [time for time in known if time is not None]
    return Shown(attribute.label, value, max(times, default=None))
