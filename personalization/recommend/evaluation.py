"""How good recommendations would have been: fitted on what was, measured on what came then.

NDCG@k = (sum of rel_r / log2(r + 1) over the first k) / (the same of the best order), the mean over
customers who bought before and after; fewer than k recommendations are misses. *repeats*: every SKU
may be recommended; *new*: what was bought before counts on neither side, and customers without a
new SKU are left out (K. Jarvelin, J. Kekalainen, Cumulated Gain-Based Evaluation of IR Techniques,
2002).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log2
from typing import Any

import numpy as np

from personalization.lists.scored import Floats, positive
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import ALGORITHMS
from personalization.recommend.history import History, history, lines_before, popularity

K = 10
POPULAR, POPULAR_LATELY = "popular", "popular_30d"
CANDIDATES = (POPULAR, POPULAR_LATELY, *ALGORITHMS)
# So many customers are scored at a time.
TOGETHER = 500

Scores = Callable[[csr_matrix], Floats]


@dataclass(frozen=True)
class Figures:
    """The mean NDCG@k, and the share of customers with a hit; None without customers."""

    ndcg: float | None
    hit: float | None


@dataclass(frozen=True)
class Result:
    """How an algorithm did."""

    algorithm: str
    repeats: Figures
    new: Figures


@dataclass(frozen=True)
class Evaluation:
    """How algorithms did, on so many customers and SKUs before the split, and users after it."""

    split: datetime
    until: datetime | None
    k: int
    customers: int
    skus: int
    users: int
    new_users: int
    results: Sequence[Result]


def evaluate(
    split: datetime,
    until: datetime | None = None,
    *,
    k: int = K,
    algorithms: Sequence[str] = CANDIDATES,
    with_refusing: bool = True,
) -> Evaluation:
    """Return how `algorithms`, of `CANDIDATES`, fitted before `split` do from then until `until`.

    Both are aware; None: whatever came later. Consent counts only without `with_refusing`.
    """
    known = history(lines_before(split, with_refusing=with_refusing))
    last = datetime.max.replace(tzinfo=split.tzinfo) if until is None else until
    later = history(lines_before(last, split, with_refusing=with_refusing))
    users, rows, later_rows = np.intersect1d(known.customers, later.customers, return_indices=True)
    counts = known.counts[rows]
    bought = [_skus(known, counts, row) for row in range(len(users))]
    wanted = [_skus(later, later.counts, row) for row in later_rows.tolist()]
    tries = [_Try(before, after) for before, after in zip(bought, wanted, strict=True)]
    results = []
    for name in algorithms:
        scores = _scores(name, known, split, with_refusing)
        results.append(_measured(name, scores, known.skus, counts, tries, k))
    new_users = sum(bool(one.new) for one in tries)
    sizes = len(known.customers), len(known.skus), len(users), new_users
    return Evaluation(split, until, k, *sizes, results)


def as_json(found: Evaluation) -> dict[str, Any]:
    """Return an evaluation as the command prints it."""
    return {
        "split": found.split,
        "until": found.until,
        "k": found.k,
        "customers": found.customers,
        "skus": found.skus,
        "users": found.users,
        "new_users": found.new_users,
        "results": [{"algorithm": one.algorithm, **figures_as_json(one)} for one in found.results],
    }


def figures_as_json(result: Result) -> dict[str, Any]:
    """Return the figures of an algorithm."""
    return {"repeats": vars(result.repeats).copy(), "new": vars(result.new).copy()}


class _Try:
    """What a customer bought before, and after."""

    def __init__(self, before: frozenset[str], after: frozenset[str]) -> None:
        self.before, self.wanted, self.new = before, after, after - before


def _skus(of: History, counts: csr_matrix, row: int) -> frozenset[str]:
    columns = counts.indices[counts.indptr[row] : counts.indptr[row + 1]]
    return frozenset(of.skus[column] for column in columns.tolist())


def _scores(name: str, known: History, split: datetime, with_refusing: bool) -> Scores:
    if name in ALGORITHMS:
        algorithm = ALGORITHMS[name]
        fitted = algorithm.fit(known)
        return lambda counts: algorithm.scores(fitted, counts)
    if name == POPULAR:
        each = np.asarray(known.bought.sum(axis=0)).ravel()
    else:
        lately = popularity(split, with_refusing=with_refusing)
        each = np.array([lately.get(sku, 0) for sku in known.skus], dtype=np.float64)
    return lambda counts: np.tile(each, (counts.shape[0], 1))


def _measured(
    name: str,
    scores: Scores,
    skus: Sequence[str],
    counts: csr_matrix,
    tries: Sequence[_Try],
    k: int,
) -> Result:
    found: Mapping[str, list[tuple[float, bool]]] = defaultdict(list)
    for start in range(0, len(tries), TOGETHER):
        some = counts[start : start + TOGETHER]
        each = scores(some)
        for row, one in enumerate(tries[start : start + TOGETHER]):
            best = [skus[place] for place in positive(each[row])[: k + len(one.before)].tolist()]
            found["repeats"].append(_gain(best, one.wanted, k))
            if one.new:
                fresh = [sku for sku in best if sku not in one.before]
                found["new"].append(_gain(fresh, one.new, k))
    return Result(name, _mean(found["repeats"]), _mean(found["new"]))


def _gain(best: Sequence[str], wanted: frozenset[str], k: int) -> tuple[float, bool]:
    ranks = [rank for rank, sku in enumerate(best[:k], 1) if sku in wanted]
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))
    return sum(1 / log2(rank + 1) for rank in ranks) / ideal, bool(ranks)


def _mean(found: Sequence[tuple[float, bool]]) -> Figures:
    if not found:
        return Figures(None, None)
    return Figures(
        sum(ndcg for ndcg, _hit in found) / len(found),
        sum(hit for _ndcg, hit in found) / len(found),
    )
