"""Each customer's own uplift by a deployed model, in place of a single assumed uplift.

The model is that of the campaign whose code is the strategy's; for `budget`, that of each campaign.
Customers without an uplift above 0 are never contacted.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice

from predictions.history.raw_columns import Units
from predictions.kinds.uplift.declaration import UPLIFT, VISIT
from predictions.models import PredictionModel, UpliftScore
from predictions.models.scores.uplift import UPLIFT_PREFIX
from predictions.strategies.assumptions.numbers import UNITS
from predictions.strategies.selection import Candidate, place
from predictions.strategies.strategy import ROWS

# The warning of a plan whose uplift is of visits, not of purchases.
OF_VISITS = "uplift_of_visits"
# The uplift in the terms of candidates whose value already includes their own uplift.
WHOLE = Fraction(1)


def uplift_model(campaign: str) -> PredictionModel | None:
    """Return the uplift model of a campaign if a version of it is deployed; else None."""
    found = PredictionModel.objects.filter(
        code=f"{UPLIFT_PREFIX}{campaign}", kind=UPLIFT.code, deployed__isnull=False
    )
    return found.select_related("deployed").first()


def is_of_visits(model: PredictionModel) -> bool:
    """Return whether the deployed version predicts the uplift of visits, not of purchases."""
    return model.deployed is not None and model.deployed.parameters.get("outcome") == VISIT


def weigh(candidates: Iterable[Candidate], model: PredictionModel) -> Iterator[Candidate]:
    """Yield candidates with an uplift above 0, their value times the uplift, in the same order."""
    rows = iter(candidates)
    scores = UpliftScore.objects.filter(model=model, uplift__gt=0)
    while some := list(islice(rows, ROWS)):
        found = scores.filter(customer__in=[one.key for one in some])
        uplifts = dict(found.values_list("customer_id", Units("uplift")))
        for one in some:
            if one.key in uplifts:
                numerator = one.numerator * uplifts[one.key]
                yield Candidate(one.key, numerator, one.denominator * UNITS)


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates by descending value, then by key."""
    return sorted(candidates, key=place)
