"""A generated shop of any size from a seed, and the duration of its fit and of one list."""

import resource
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from personalization.lists.scored import best_places
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import ALGORITHMS
from personalization.recommend.evaluation.parameter_choice import USUAL
from personalization.recommend.history.purchases import History, Purchases
from personalization.recommend.sources.fit import FromFit, fitted_content

SEED = 20_261_129
# Before any order that a shop has, so that nothing of the database's own enters the fit.
AS_OF = datetime(1971, 1, 1, tzinfo=UTC)
REPEAT_SHARE, SKUS_PER_ORDER, LISTS = 0.3, 3, 100
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Measured:
    """Seconds of the fit, its stored size, the peak of resident memory of the process, and the
    median and the 95th percentile of milliseconds for one customer's list.
    """

    customers: int
    skus: int
    pairs: int
    fit_seconds: float
    stored_megabytes: float
    resident_megabytes: float
    list_ms_median: float
    list_ms_p95: float

    def as_json(self) -> dict[str, Any]:
        """Return the figures, rounded to one decimal."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


def made_history(customers: int, skus: int, pairs: int) -> History:
    """Return a history of about `pairs` customer-SKU pairs, the same for the same sizes.

    SKUs sell by a power law; each order has about three SKUs.
    """
    dice = np.random.default_rng(SEED)
    popularity = 1 / np.arange(1, skus + 1) ** 0.7
    columns = np.searchsorted(np.cumsum(popularity / popularity.sum()), dice.random(pairs))
    columns = np.minimum(columns, skus - 1)
    rows = np.sort(dice.integers(0, customers, pairs))
    counts = csr_matrix((np.ones(pairs), (rows, columns)), shape=(customers, skus))
    faded = counts.copy()
    faded.data *= dice.random(faded.nnz)
    # Purchases of one customer lie together, so that an order is of one customer but at its ends.
    orders = csr_matrix(
        (np.ones(pairs), (np.arange(pairs) // SKUS_PER_ORDER, columns)),
        shape=(pairs // SKUS_PER_ORDER + 1, skus),
    ).sign()
    names = [f"S{number:07}" for number in range(skus)]
    lately = np.asarray(counts.sign().sum(axis=0)).ravel() // 10
    return History(names, np.arange(customers), Purchases(counts, faded), orders, lately)


def measure_lists(customers: int, skus: int, pairs: int) -> Measured:
    """Make such a history, fit everything of it, and make lists of it."""
    history = made_history(customers, skus, pairs)
    start = time.perf_counter()
    content = fitted_content(history, AS_OF, USUAL, REPEAT_SHARE)
    seconds = time.perf_counter() - start
    source = FromFit(AS_OF, content)
    algorithm = ALGORITHMS["next_basket"]
    milliseconds = []
    for row in range(min(LISTS, customers)):
        start = time.perf_counter()
        purchases = history.purchases.select_rows([row])
        scores = algorithm.scores(source.fitted(algorithm.name), purchases, source.chosen)
        best_places(scores.ravel(), 10)
        milliseconds.append((time.perf_counter() - start) * 1_000)
    # The first list loads the arrays of the fit.
    median, late = np.percentile(milliseconds[1:] or milliseconds, [50, 95])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kilobytes, macOS bytes.
    resident = peak / (MEGABYTE if sys.platform == "darwin" else 1_000)
    return Measured(
        *(customers, skus, history.counts.nnz, seconds, len(content) / MEGABYTE),
        *(resident, float(median), float(late)),
    )
