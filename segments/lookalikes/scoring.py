"""Scores the similarity of customers to the seeds, and back-tests it with hidden seeds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from segments.lookalikes.purchase_vectors import Places

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DECIMALS = 6
Floats = NDArray[np.float64]


def similarity(rows: "csr_matrix", seeds: Places) -> Floats:
    """Return x_u · (mean of the seeds' x - mean of all x) for each row, to 6 decimals."""
    everybody: Any = np.asarray(rows.mean(axis=0)).ravel()
    direction = np.asarray(rows[seeds].mean(axis=0)).ravel() - everybody
    # + 0.0 turns -0.0 into 0.0.
    scores: Floats = np.round(rows @ direction, DECIMALS) + 0.0
    return scores


def ranking(scores: Floats) -> Places:
    """Return the indices by descending score; equal scores keep their order, which is by id."""
    order: Places = np.argsort(-scores, kind="stable")
    return order


@dataclass(frozen=True)
class Backtest:
    """The result of finding the hidden half of the seeds by the visible half.

    The candidates are all customers but the visible seeds. `auc` is the area under the ROC curve,
    `precision` the share of hidden seeds among the first n by score (n: the number of hidden
    seeds), `chance` their share among all candidates. `hits[i]` is the number of hidden seeds among
    the first i + 1 candidates.
    """

    auc: float
    precision: float
    chance: float
    hits: Places

    def precision_at(self, count: int) -> float:
        """Return the share of hidden seeds among the first `count` (1 to the number of others)."""
        return float(self.hits[count - 1] / count)


def backtest(rows: "csr_matrix", seeds: Places) -> Backtest:
    """Hide the 2nd, 4th, ... of the `seeds` (at least two, by id), and look for them."""
    from scipy.stats import rankdata

    visible, hidden = seeds[0::2], seeds[1::2]
    scores = similarity(rows, visible)
    others = np.ones(len(scores), dtype=bool)
    others[visible] = False
    is_hidden = np.zeros(len(scores), dtype=bool)
    is_hidden[hidden] = True
    scores, is_hidden = scores[others], is_hidden[others]
    count, rest = len(hidden), len(scores) - len(hidden)
    hits = np.cumsum(is_hidden[ranking(scores)]).astype(np.int64)
    auc = 0.5
    if rest:
        ranks = float(rankdata(scores)[is_hidden].sum())
        auc = (ranks - count * (count + 1) / 2) / (count * rest)
    return Backtest(auc, float(hits[count - 1] / count), count / len(scores), hits)
