"""A customer's scores, on a page beside their profile: each with its reasons, version and age."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.language import types
from conditions.language.operators import Words
from conditions.language.windows import local_date
from customers.clock import now
from customers.formats import day_shown, money_shown, number_shown
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from predictions.admin.lines import lines_chart, stretches
from predictions.admin.models.figures import days_shown, window_of
from predictions.admin.models.sentences import said
from predictions.conditions import FAMILIES, ScoreColumn
from predictions.kinds import KINDS, Kind
from predictions.kinds.churn import CHURN
from predictions.kinds.reasons import Reason, told
from predictions.models import CustomerPrediction, ModelVersion, RiskHistory
from predictions.panel import reasons_of, risks_of, warnings_of
from predictions.scores import ONLY_SHOWN, Stand, stored_of

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Scores:
    """Scores of one model: labels with values (None: there is none), as of when, by what.

    `why` says why one is missing, or that a day has passed, `warnings` what has to be known,
    `reasons` what it owes to what, `spans` which version which of the `risks` are by.
    """

    label: Words
    stand: Stand
    values: list[tuple[Words, Any]]
    why: str
    warnings: list[str]
    reasons: list[str]
    risks: Sequence[RiskHistory] = ()
    spans: Sequence[str] = ()
    chart: SafeString | None = None

    @property
    def age(self) -> str:
        """For how long they have stood."""
        return "" if self.stand.as_of is None else timesince(self.stand.as_of, now())


def scores_page(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> HttpResponse:
    """Show the stored scores of `customer`, with as of when they hold."""
    row = CustomerPrediction.objects.filter(customer=customer).select_related("customer").first()
    is_refused = refuses(customer, Purpose.PERSONALIZATION)
    context |= {
        "page_name": _("Predictions"),
        "is_refused": is_refused,
        "families": [] if row is None or is_refused else list(_by_model(row)),
        "is_buyer": row is not None and bool(row.rfm_segment),
    }
    return TemplateResponse(request, "admin/predictions/customer.html", context)


def _by_model(row: CustomerPrediction) -> Iterator[Scores]:
    stands, reasons = stored_of(row.customer).stands, reasons_of(row.customer)
    for code, kind in KINDS.items():
        stand = stands[code]
        version = stand.model.deployed if stand.model else None
        is_missing = getattr(row, kind.plain) in (None, "")
        risks = risks_of(row.customer) if "churn_risk" in kind.columns else []
        yield Scores(
            kind.label,
            stand,
            list(_values(kind, row)),
            _why_missing(kind, row, stand) or _how_late(kind, row),
            [] if is_missing else [said(one) for one in warnings_of(version)],
            # Those of the deployed version say nothing of a score that another one wrote.
            [] if stand.is_stale else _sentences(reasons.get(code, ())),
            risks,
            _spans(risks),
            _chart(risks),
        )


def _values(kind: Kind, row: CustomerPrediction) -> Iterator[tuple[Words, Any]]:
    found = attributes_of(kind)
    for attribute in found:
        yield attribute.label, shown(attribute, row)
    for column in kind.columns:
        if column not in {one.column for one in found}:
            label = capfirst(str(label_for_field(column, CustomerPrediction)))
            if column in ONLY_SHOWN:
                label = _("%(score)s (shown only: nothing is decided by it)") % {"score": label}
            yield label, _readable(getattr(row, column))


def _why_missing(kind: Kind, row: CustomerPrediction, stand: Stand) -> str:
    """Return why a customer has no such score, or not all of it; "" where nothing is missing."""
    if getattr(row, kind.plain) in (None, ""):
        if not row.rfm_segment:
            return _("Only customers who have bought have this score.")
        if kind.plain == "next_order_on":
            return _("It takes purchases on two days or more.")
        if stand.version is None:
            return _("Not scored by this model yet.")
        return _("There is too little to predict it from.")
    if "probability_alive" in kind.columns and row.probability_alive is None:
        return said("no_dropout_visible")
    if "churn_risk_rise" in kind.columns and row.churn_risk_rise is None:
        return _("There is no rise before a risk is stored that is 30 days older.")
    return ""


def _how_late(kind: Kind, row: CustomerPrediction) -> str:
    """Return how long ago the expected day was; "" where it is still to come, or no day."""
    day = getattr(row, kind.plain)
    if not isinstance(day, date):
        return ""
    days = (local_date(now(), row.customer.website.timezone) - day).days
    text = ngettext(
        "That day has passed %(days)s day ago: this customer is late.",
        "That day has passed %(days)s days ago: this customer is late.",
        days,
    )
    return text % {"days": number_shown(days)} if days > 0 else ""


def _sentences(reasons: Sequence[Reason]) -> list[str]:
    return [str(one.sentence) for one in told(reasons)]


def _spans(risks: Sequence[RiskHistory]) -> list[str]:
    """Return from when to when risks are by which version, the newest first; none of one alone."""
    found = [list(group) for _version, group in groupby(risks, key=lambda one: one.version)]
    if len(found) < 2:
        return []
    rows = ModelVersion.objects.filter(model__code=CHURN.code).defer("artifact")
    windows = {one.number: window_of(one) for one in rows}
    text = _("Version %(number)d (window: %(days)s): from %(first)s to %(last)s")
    return [
        text
        % {
            "number": group[0].version,
            "days": days_shown(windows.get(group[0].version)),
            "first": _day(group[-1]),
            "last": _day(group[0]),
        }
        for group in found
    ]


def _chart(risks: Sequence[RiskHistory]) -> SafeString | None:
    """Return the line of the risks, which come the newest first; None below two of them.

    Those of two versions are not joined.
    """
    if len(risks) < 2:
        return None
    newest, oldest = risks[0], risks[-1]
    text = (
        _("churn risk from %(first)s to %(last)s")
        if len({one.version for one in risks}) == 1
        else _("churn risk by several versions of the model, from %(first)s to %(last)s")
    )
    words = {"first": _readable(oldest.churn_risk), "last": _readable(newest.churn_risk)}
    return lines_chart(
        stretches(
            [float(one.churn_risk) for one in reversed(risks)],
            [one.version for one in reversed(risks)],
            "chart-line",
        ),
        text % words,
        ends=(_day(oldest), _day(newest)),
        limits=(0.0, 1.0),
        written=(number_shown(0), number_shown(1)),
        places=[one.at.timestamp() for one in reversed(risks)],
    )


def _day(risk: RiskHistory) -> str:
    return day_shown(timezone.localtime(risk.at).date())


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
    if value is not None and attribute.type is types.MONEY:
        return money_shown(value.quantize(CENT, ROUND_HALF_UP))
    return _readable(value)


def _readable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal(f"{value.normalize():f}")  # 0.5 and 40, not 0.5000 and 4E+1.
    return value
