"""The test for a sample ratio mismatch over the batches of a bandit."""

from collections.abc import Sequence

from personalization.experiments.bandits.outcomes import Outcomes, totals
from personalization.models import BanditBatch
from personalization.statistics import Srm, srm


def split_of(outcomes: Outcomes, batches: Sequence[BanditBatch]) -> Srm:
    """Return the test of all assigned customers against the weights of their batches.

    A variant's expected number is the sum over batches of the batch's customers times its weight.
    """
    counts = outcomes.assigned[: len(batches)]
    rows = [
        [sum(one) * weight for weight in batch.weights]
        for one, batch in zip(counts, batches, strict=False)
    ]
    expected = totals(rows) if rows else []
    if not any(expected):
        return srm([0] * len(outcomes.pending), [1] * len(outcomes.pending))
    return srm(totals(counts), expected)
