"""A question to a strategy, and its validation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from predictions.strategies.assumptions.values import PRICE_CUT
from segments.models import Segment

LEAST_CAMPAIGNS, MOST_CAMPAIGNS = 2, 20
BUDGET = "budget"
# The value of a customer in a campaign: lifetime value, or the value of an order.
CLV, ORDER = "clv", "order"


@dataclass(frozen=True)
class Campaign:
    """A campaign of the strategy `budget`; `segment` is a code, `uplift` is None if not given."""

    code: str
    segment: str
    cost_per_contact: Decimal
    uplift: Decimal | None
    value: str


@dataclass(frozen=True)
class Question:
    """A strategy, by code, and its parameters; amounts are in the base currency.

    `assumptions` are only those given. `segment` is the code of a segment that limits the
    customers. `campaigns` are for the strategy `budget`.
    """

    strategy: str
    budget: Decimal | None = None
    cost_per_contact: Decimal = Decimal(0)
    assumptions: Mapping[str, Decimal] = field(default_factory=dict)
    segment: str | None = None
    campaigns: Sequence[Campaign] = ()

    def check(self) -> None:
        """Raise `Invalid` with all problems and their paths."""
        problems = list(self._of_campaigns() if self.strategy == BUDGET else self._of_one())
        costs = [self.cost_per_contact, *(one.cost_per_contact for one in self.campaigns)]
        if self.budget is None and any(costs):
            text = _("What costs something needs a budget.")
            problems.append(Problem(BUDGET, "required", text))
        problems += self._of_segments()
        if problems:
            raise Invalid(problems)

    def _of_one(self) -> Iterator[Problem]:
        if self.campaigns:
            text = _("Campaigns are for the plan “budget”.")
            yield Problem("campaigns", "not_for_strategy", text)

    def _of_campaigns(self) -> Iterator[Problem]:
        text = _("In the plan “budget” each campaign says it for itself.")
        if self.segment is not None:
            yield Problem("segment", "not_for_strategy", text)
        if self.cost_per_contact:
            yield Problem("cost_per_contact", "not_for_strategy", text)
        if not LEAST_CAMPAIGNS <= len(self.campaigns) <= MOST_CAMPAIGNS:
            said = _("From %(least)d to %(most)d campaigns are needed.")
            words = {"least": LEAST_CAMPAIGNS, "most": MOST_CAMPAIGNS}
            yield Problem("campaigns", "out_of_range", said % words)
        codes = [one.code for one in self.campaigns]
        for number, code in enumerate(codes):
            if code in codes[:number]:
                said = _("Two campaigns are called “%(code)s”.")
                yield Problem(f"campaigns[{number}].code", "duplicate", said % {"code": code})

    def _of_segments(self) -> Iterator[Problem]:
        asked = [] if self.segment is None else [("segment", self.segment)]
        asked += [
            (f"campaigns[{number}].segment", one.segment)
            for number, one in enumerate(self.campaigns)
        ]
        codes = {code for _path, code in asked}
        known = set(Segment.objects.filter(code__in=codes).values_list("code", flat=True))
        for path, code in asked:
            if code not in known:
                text = _("There is no segment “%(code)s”.")
                yield Problem(path, "unknown_segment", text % {"code": code})


def discount_exceeds_margin() -> Problem:
    """Return the problem of a price reduction that is not below the margin."""
    text = _("The price reduction must be less than the margin: nothing would be left.")
    return Problem(f"assumptions.{PRICE_CUT}", "discount_exceeds_margin", text)
