"""A customer's scores, on a page beside their profile."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from conditions.language.operators import Words
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from predictions.conditions import FAMILIES, ScoreColumn
from predictions.kinds import KINDS, Kind
from predictions.models import CustomerPrediction
from predictions.scores import Stand, stored_of


@dataclass(frozen=True)
class Scores:
    """Scores of one model: labels with values (None: there is none), as of when, by what."""

    label: Words
    stand: Stand
    values: list[tuple[Words, Any]]


def scores_page(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> HttpResponse:
    """Show the stored scores of `customer`, with as of when they hold."""
    row = CustomerPrediction.objects.filter(customer=customer).select_related("customer").first()
    context |= {
        "page_name": _("Predictions"),
        "is_refused": refuses(customer, Purpose.PERSONALIZATION),
        "families": [] if row is None else list(_by_model(row)),
        "is_buyer": row is not None and bool(row.rfm_segment),
    }
    return TemplateResponse(request, "admin/predictions/customer.html", context)


def _by_model(row: CustomerPrediction) -> Iterator[Scores]:
    stands = stored_of(row.customer).stands
    for code, kind in KINDS.items():
        values = [(one.label, shown(one, row)) for one in attributes_of(kind)]
        yield Scores(kind.label, stands[code], values)


def attributes_of(kind: Kind) -> list[ScoreColumn]:
    """Return what conditions may ask of the columns of a kind."""
    return [
        attribute
        for family in FAMILIES
        for attribute in family.attributes
        if isinstance(attribute, ScoreColumn) and attribute.column in kind.columns
    ]


def shown(attribute: ScoreColumn, row: CustomerPrediction) -> Any:
    """Return a score as people read it, None where there is none."""
    (value,) = attribute.of(row) or (None,)
    if value is not None and attribute.choices is not None:
        return attribute.choices.labels([value]).get(value, value)
    if isinstance(value, Decimal):
        return Decimal(f"{value.normalize():f}")  # 0.5 and 40, not 0.5000 and 4E+1.
    return value
