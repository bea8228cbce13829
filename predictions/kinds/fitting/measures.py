"""How good risks are beside what happened: pure functions of arrays, of one length, not empty."""

import numpy as np
from sklearn.metrics import roc_auc_score

from predictions.kinds.fitting.matrix import Matrix, Outcomes

BINS = 10


def auc(happened: Outcomes, risks: Matrix) -> float | None:
    """Return the area under the ROC curve; None if the event happened to all or to nobody."""
    if happened.all() or not happened.any():
        return None
    return float(roc_auc_score(happened, risks))


def brier(happened: Outcomes, risks: Matrix) -> float:
    """Return the mean squared distance of risk and outcome (Brier 1950)."""
    return float(np.mean((risks - happened) ** 2))


def ece(happened: Outcomes, risks: Matrix) -> float:
    """Return the expected calibration error over ten bins of equal width.

    The error is the mean distance of mean risk and share in a bin, weighted by the size of the bins
    (Naeini et al. 2015). A risk on an edge belongs to the bin above; 1 belongs to the last bin.
    """
    bins = np.minimum((risks * BINS).astype(np.int64), BINS - 1)
    distances = np.bincount(bins, weights=happened - risks, minlength=BINS)
    return float(np.abs(distances).sum() / len(risks))
