"""The page of a customer's scores: each with its reasons, version and age."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conditions.language import types
from conditions.language.operators import Words
from conditions.language.windows import local_date
from core.clock import now
from core.figures.lines import lines_chart, stretches
from core.text.formats import day_shown, money_shown, number_shown, share_shown
from customers.admin.overview import Figure, PanelContents
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from predictions.admin.models.versions.definitions import measures_sentence
from predictions.admin.models.versions.figures import format_days, window_of
from predictions.admin.models.versions.sentences import warning_in_words
from predictions.conditions.families import FAMILIES, ScoreColumn
from predictions.kinds import Kind, family_of, kinds_of_columns
from predictions.kinds.churn.declaration import CHURN
from predictions.kinds.reasons import Reason, sorted_reasons
from predictions.kinds.uplift.declaration import trial_code_of
from predictions.models import CustomerPrediction, JourneyStage, ModelVersion, RiskHistory
from predictions.scores import ONLY_SHOWN, Stand, stored_of
from predictions.scoring.customer_panel import reasons_of, risks_of, version_of, warnings_of

# The reasons of a score on the page “Overview”.
MAIN_REASONS = 3
CENT, TENTH = Decimal("0.01"), Decimal("0.1")
# Labels that differ from those of conditions, since the page formats the values differently.
LABELS: Mapping[str, Words] = {
    "churn_risk": gettext_lazy("Churn risk"),
    "discount_share": gettext_lazy("Share of orders with a discount"),
    "clv_top_percent": gettext_lazy("Rank by lifetime value"),
}
# Features that are shown once where their values are equal: those that differ only in their number
# of days, and those with another name.
SPAN = re.compile(r"_\d+d$")
SAME_FIGURE = {"purchase_days": "frequency"}

# The explanation of a kind's reasons; the reasons of other kinds change one figure at a time.
COMPARED: Mapping[str, Words] = {
    "anomaly": gettext_lazy(
        "The figures that are farthest from the mean of all buyers. What is unusual is that they "
        "come together."
    ),
    "clusters": gettext_lazy(
        "Each figure is compared with the mean of the own cluster and with that of the next one. A "
        "customer belongs to the cluster that is nearest in all figures together."
    ),
}
WITH_THE_USUAL = gettext_lazy(
    "Each figure is compared with that of a usual customer of this shop, all others left as they "
    "are: they do not add up to the score. So two that say nearly the same may point in opposite "
    "directions: what one says too much the other takes back."
)


@dataclass(frozen=True)
class Scores:
    """The scores of one model: labels with values (None: missing), and a `Stand`.

    `measures` explains what the scores measure. `why` explains a missing score, or that an expected
    day has passed. `warnings` are sentences about the version, `reasons` are sentences too, and
    `compared` explains what they compare the customer with. `risks` are (instant, risk, version)
    and `spans` describe which version wrote which of them.
    """

    label: Words
    stand: Stand
    values: list[tuple[Words, Any]]
    measures: str
    why: str
    warnings: list[str]
    reasons: list[str]
    compared: Words
    risks: Sequence[tuple[datetime, str, int]] = ()
    spans: Sequence[str] = ()
    chart: SafeString | None = None

    @property
    def age(self) -> str:
        """The time since the scores' as-of time, in words; "" without one."""
        return "" if self.stand.as_of is None else timesince(self.stand.as_of, now())


def scores_page(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> HttpResponse:
    """Show the stored scores of `customer` with their as-of times."""
    row = CustomerPrediction.objects.filter(customer=customer).select_related("customer").first()
    is_refused = refuses(customer, Purpose.PERSONALIZATION)
    context |= {
        "page_name": _("Predictions"),
        "is_refused": is_refused,
        "is_active": customer.is_active,
        "is_live": bool(settings.PREDICTIONS_LIVE_MINUTES),
        "families": [] if row is None or is_refused else list(_by_model(row)),
        "is_buyer": row is not None and bool(row.rfm_segment),
    }
    return TemplateResponse(request, "admin/predictions/customer.html", context)


def scores_panel(_request: HttpRequest, customer: Customer, _at: datetime) -> PanelContents:
    """Return the score that each model has of `customer`, with its main reasons."""
    row = CustomerPrediction.objects.filter(customer=customer).select_related("customer").first()
    if row is None or refuses(customer, Purpose.PERSONALIZATION):
        return PanelContents()
    stands, reasons = stored_of(customer).stands, reasons_of(customer)
    scores, figures = [], []
    for code, kind in kinds_of_columns().items():
        found = {one.column: one for one in attributes_of(kind)}
        if getattr(row, kind.plain) in (None, "") or kind.plain not in found:
            continue
        value = score_in_words(found[kind.plain], row)
        label = LABELS.get(kind.plain, found[kind.plain].label)
        stand = stands[code]
        why = [] if stand.is_stale else _sentences(reasons.get(code, ()))[:MAIN_REASONS]
        scores.append((label, value, why, stand.as_of))
        if kind.plain == "clv":
            rank = row.clv_top_percent
            figures.append(Figure(label, value, "" if rank is None else _among(rank)))
    if not scores:
        return PanelContents()
    return PanelContents(
        figures,
        "admin/predictions/customer_panel.html",
        {
            "scores": scores,
            "as_of": min((at for *_rest, at in scores if at), default=None),
            "all_url": reverse("admin:customers_customer_scores", args=[customer.pk]),
        },
    )


def _by_model(row: CustomerPrediction) -> Iterator[Scores]:
    stored, reasons = stored_of(row.customer), reasons_of(row.customer)
    stands = stored.stands
    for code, kind in kinds_of_columns().items():
        stand = stands[code]
        version = stand.model.deployed if stand.model else None
        is_missing = getattr(row, kind.plain) in (None, "")
        risks = risks_of(row.customer) if "churn_risk" in kind.columns else []
        yield Scores(
            kind.label,
            stand,
            list(_values(kind, row)),
            "" if is_missing else measures_sentence(version_of(stand)),
            _why_missing(kind, row, stand) or _how_late(kind, row),
            [] if is_missing else [warning_in_words(one) for one in warnings_of(version)],
            # Reasons of the deployed version do not explain a score that another version wrote.
            [] if stand.is_stale else _sentences(reasons.get(code, ())),
            COMPARED.get(family_of(code), WITH_THE_USUAL),
            [(one.at, share_shown(one.churn_risk), one.version) for one in risks],
            _spans(risks),
            _chart(risks),
        )
    for code, uplift in stored.uplifts.items():
        stand = stands[code]
        campaign = trial_code_of(code)
        yield Scores(
            _("Uplift: %(campaign)s") % {"campaign": campaign},
            stand,
            [(_("Uplift"), _points(uplift))],
            measures_sentence(version_of(stand)),
            _("A contact would keep them from it: they are never contacted.") if uplift < 0 else "",
            [],
            [] if stand.is_stale else _sentences(reasons.get(code, ())),
            WITH_THE_USUAL,
        )


def _values(kind: Kind, row: CustomerPrediction) -> Iterator[tuple[Words, Any]]:
    found = attributes_of(kind)
    for attribute in found:
        yield LABELS.get(attribute.column, attribute.label), score_in_words(attribute, row)
    for column in kind.columns:
        if column not in {one.column for one in found}:
            label = capfirst(str(label_for_field(column, CustomerPrediction)))
            if column in ONLY_SHOWN:
                label = _("%(score)s (shown only: nothing is decided by it)") % {"score": label}
            yield label, _readable(column, getattr(row, column))


def _why_missing(kind: Kind, row: CustomerPrediction, stand: Stand) -> str:
    """Return why a customer lacks a score of a kind, or a part of it; "" if nothing is missing."""
    if getattr(row, kind.plain) in (None, ""):
        if not row.rfm_segment:
            return _("Only customers who have bought have this score.")
        if kind.plain == "cluster" and stand.version is not None:
            return _("A feature that the clusters were found by is missing.")
        if kind.plain == "next_order_on":
            return _("It takes purchases on two days or more.")
        if stand.version is None:
            return _("Not scored by this model yet.")
        return _("There is too little to predict it from.")
    if "probability_alive" in kind.columns and row.probability_alive is None:
        return warning_in_words("no_dropout_visible")
    if "churn_risk_rise" in kind.columns and row.churn_risk_rise is None:
        return _("There is no rise before a risk is stored that is 30 days older.")
    return ""


def _how_late(kind: Kind, row: CustomerPrediction) -> str:
    """Return a sentence about an expected day that has passed; "" for all other scores.

    A customer is late once the last day of the range has passed without an order, unless the
    journey stage is already `lost`.
    """
    day = getattr(row, kind.plain)
    today = local_date(now(), row.customer.website.timezone)
    if not isinstance(day, date) or today <= day:
        return ""
    last = max(row.next_order_to or day, day)
    if today <= last:
        text = _("The expected day has passed, but the range goes on until %(day)s.")
        return text % {"day": day_shown(last)}
    days = (today - last).days
    if row.journey_stage == JourneyStage.LOST:
        text = ngettext(
            "The range ended %(days)s day ago. By the journey stage this customer is lost.",
            "The range ended %(days)s days ago. By the journey stage this customer is lost.",
            days,
        )
    else:
        text = ngettext(
            "The range ended %(days)s day ago: this customer is late.",
            "The range ended %(days)s days ago: this customer is late.",
            days,
        )
    return text % {"days": number_shown(days)}


def _sentences(reasons: Sequence[Reason]) -> list[str]:
    """Return the sentences of the reasons with the largest effects, each figure only once."""
    found = dict[tuple[str, Any], Reason]()
    for one in sorted_reasons(reasons, all_of_them=True):
        name = SPAN.sub("", one.feature)
        found.setdefault((SAME_FIGURE.get(name, name), one.value), one)
    return [str(one.sentence) for one in sorted_reasons(list(found.values()))]


def _spans(risks: Sequence[RiskHistory]) -> list[str]:
    """Return a sentence per version on its span of risks, the newest first.

    Return an empty list if a single version wrote all risks.
    """
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
            "days": format_days(windows.get(group[0].version)),
            "first": _day(group[-1]),
            "last": _day(group[0]),
        }
        for group in found
    ]


def _chart(risks: Sequence[RiskHistory]) -> SafeString | None:
    """Return the line chart of `risks`, which are ordered newest first; None below two risks.

    The lines of two versions are not connected.
    """
    if len(risks) < 2:
        return None
    newest, oldest = risks[0], risks[-1]
    text = (
        _("churn risk from %(first)s to %(last)s")
        if len({one.version for one in risks}) == 1
        else _("churn risk by several versions of the model, from %(first)s to %(last)s")
    )
    words = {"first": share_shown(oldest.churn_risk), "last": share_shown(newest.churn_risk)}
    return lines_chart(
        stretches(
            [float(one.churn_risk) for one in reversed(risks)],
            [one.version for one in reversed(risks)],
            "chart-line",
        ),
        text % words,
        ends=(_day(oldest), _day(newest)),
        limits=(0.0, 1.0),
        written=(share_shown(0), share_shown(1)),
        places=[one.at.timestamp() for one in reversed(risks)],
    )


def _day(risk: RiskHistory) -> str:
    return day_shown(timezone.localtime(risk.at).date())


def attributes_of(kind: Kind) -> list[ScoreColumn]:
    """Return the attributes of conditions that read the columns of a kind."""
    return [
        attribute
        for family in FAMILIES
        for attribute in family.attributes
        if isinstance(attribute, ScoreColumn) and attribute.column in kind.columns
    ]


def score_in_words(attribute: ScoreColumn, row: CustomerPrediction) -> Any:
    """Return a score formatted for people; None for a missing score."""
    (value,) = attribute.of(row) or (None,)
    if value is not None and attribute.choices is not None:
        return attribute.choices.labels([value]).get(value, value)
    if value is not None and attribute.type is types.MONEY:
        return money_shown(value.quantize(CENT, ROUND_HALF_UP))
    return _readable(attribute.column, value)


def _readable(column: str, value: Any) -> Any:
    if value is not None and column in WRITTEN:
        return WRITTEN[column](value)
    if isinstance(value, Decimal):
        return number_shown(value.quantize(CENT, ROUND_HALF_UP))
    return value


def _points(rise: Decimal) -> str:
    points = number_shown((rise * 100).quantize(TENTH, ROUND_HALF_UP))
    return _("%(points)s percentage points") % {"points": f"+{points}" if rise > 0 else points}


def _yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")


def _among(percent: int) -> str:
    return _("among the top %(part)s") % {"part": share_shown(Decimal(percent) / 100)}


# The formatters of columns whose values are not plain numbers.
WRITTEN: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(
        ("churn_risk", "probability_alive", "discount_share", "refund_share"), share_shown
    ),
    "churn_risk_rise": _points,
    "clv_top_percent": _among,
    "is_anomaly": _yes_or_no,
}
