"""Counts of customers by churn risk and value, and the segment conditions of each part."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from core.text.formats import money_shown
from predictions.analytics.parts.selection import Condition, lacks_value, of_band, of_risk
from predictions.models import CustomerPrediction, ValueBand

TENTHS = 10
# The rise in 30 days from which on a risk counts as rising.
NOTED_RISE = Decimal("0.1")
# The code for all value bands, and the band of customers without a lifetime value.
ANY, NO_VALUE = "", "none"


@dataclass(frozen=True)
class Risk:
    """A band of churn risk: from `low` to below `high`, in tenths; the last band includes 1."""

    code: str
    label: Words
    low: int
    high: int

    @property
    def ends(self) -> tuple[Decimal | None, Decimal | None]:
        """The lower bound and the exclusive upper bound as shares; None without a bound."""
        low = Decimal(self.low) / TENTHS if self.low else None
        return low, Decimal(self.high) / TENTHS if self.high < TENTHS else None


RISKS: Mapping[str, Risk] = {
    one.code: one
    for one in (
        Risk("high", _("High risk"), 7, TENTHS),
        Risk("medium", _("Medium risk"), 4, 7),
        Risk("low", _("Low risk"), 0, 4),
    )
}
HIGH = RISKS["high"]
VALUES: Mapping[str, Words] = {
    ValueBand.LOW: _("Low value"),
    ValueBand.MIDDLE: _("Middle value"),
    ValueBand.HIGH: _("High value"),
    ValueBand.TOP: _("Top value"),
    NO_VALUE: _("No lifetime value yet"),
}


@dataclass(frozen=True)
class Part:
    """The customers of a risk band and a value band; `value` may be `ANY`."""

    risk: Risk
    value: str = ANY

    def conditions(self) -> list[Condition]:
        """Return the segment conditions that select the customers of the part."""
        chosen = of_risk(*self.risk.ends)
        if self.value == NO_VALUE:
            return [*chosen, lacks_value("prediction.value_band")]
        return chosen if self.value == ANY else [*chosen, *of_band(self.value)]

    def customers(self) -> QuerySet[CustomerPrediction]:
        """Return the score rows of the customers of the part."""
        low, high = self.risk.ends
        found = scored_customers()
        if low is not None:
            found = found.filter(churn_risk__gte=low)
        if high is not None:
            found = found.filter(churn_risk__lt=high)
        if self.value == ANY:
            return found
        return found.filter(value_band="" if self.value == NO_VALUE else self.value)

    @property
    def label(self) -> str:
        """The label of the part."""
        words = [str(self.risk.label)]
        if self.value != ANY:
            words.append(str(VALUES[self.value]))
        return ", ".join(words)


def part_of(risk: str, value: str) -> Part:
    """Return the part for parameters of a URL; unknown codes count as high risk and any value."""
    return Part(RISKS.get(risk, HIGH), value if value in VALUES else ANY)


def scored_customers() -> QuerySet[CustomerPrediction]:
    """Return the score rows of customers who have a churn risk and can be in a segment (active)."""
    return CustomerPrediction.objects.filter(churn_risk__isnull=False, customer__is_active=True)


@dataclass(frozen=True)
class Counted:
    """A number of customers, and the sum of their lifetime values."""

    customers: int = 0
    value: Decimal = Decimal(0)

    @property
    def worth(self) -> str:
        """The sum formatted for the reader, without cents."""
        return money_shown(self.value.quantize(Decimal(1), ROUND_HALF_UP))

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.customers + other.customers, self.value + other.value)


@dataclass(frozen=True)
class Risks:
    """All customers with a risk, counted by tenth of the risk (0 to 9) and value band.

    `rising` is the number of customers whose risk rose by `NOTED_RISE` or more in 30 days.
    """

    cells: Mapping[tuple[int, str], Counted]
    rising: int

    @property
    def customers(self) -> int:
        """The number of customers with a risk."""
        return sum(one.customers for one in self.cells.values())

    @property
    def has_values(self) -> bool:
        """Whether any customer with a risk has a lifetime value."""
        return any(value != NO_VALUE for _tenth, value in self.cells)

    @property
    def values(self) -> list[str]:
        """The value bands that have customers, in the order of `VALUES`."""
        there = {value for _tenth, value in self.cells}
        return [one for one in VALUES if one in there]

    def tenths(self) -> list[int]:
        """Return the number of customers in each tenth of the risk."""
        found = [0] * TENTHS
        for (tenth, _value), one in self.cells.items():
            found[tenth] += one.customers
        return found

    def counts_of(self, part: Part) -> Counted:
        """Return the counts of a part."""
        chosen = (
            one
            for (tenth, value), one in self.cells.items()
            if part.risk.low <= tenth < part.risk.high and part.value in {ANY, value}
        )
        return sum(chosen, Counted())


def risks() -> Risks:
    """Count all customers with a churn risk in a single query."""
    last = TENTHS - 1
    tenth = Case(
        *(When(churn_risk__lt=Decimal(one + 1) / TENTHS, then=one) for one in range(last)),
        default=last,
    )
    rows = scored_customers().annotate(tenth=tenth).values_list("tenth", "value_band").order_by()
    counted = rows.annotate(
        customers=Count("pk"),
        value=Sum("clv"),
        rose=Count("pk", filter=Q(churn_risk_rise__gte=NOTED_RISE)),
    )
    cells = dict[tuple[int, str], Counted]()
    rising = 0
    for place, band, customers, value, rose in counted:
        cells[place, band or NO_VALUE] = Counted(customers, value or Decimal(0))
        rising += rose
    return Risks(cells, rising)
