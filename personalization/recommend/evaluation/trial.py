"""One test of lists: the history before a split, and later purchases of the same customers.

NDCG@k = (sum of rel_r / log2(r + 1) over the first k) / (the same of the best order); fewer than k
recommendations are misses. *repeats*: every SKU may be recommended; *new*: SKUs bought before count
on neither side, and customers without a new SKU are left out (K. Jarvelin, J. Kekalainen, Cumulated
Gain-Based Evaluation of IR Techniques, 2002).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log2

import numpy as np

from customers.purchases import lines_before
from personalization.lists.scored import Floats, Places, best_places
from personalization.lists.sparse import csr_matrix
from personalization.recommend.history.purchases import History, Purchases, history

REPEATS, NEW = "repeats", "new"
MODES = (REPEATS, NEW)
# The number of customers that are scored at a time.
TOGETHER = 500
NOTHING = float("nan")

# Returns the scores of all SKUs, a row for each customer.
Scores = Callable[[Purchases], Floats]


@dataclass(frozen=True, eq=False)
class Gains:
    """The gain of each user from a list: NDCG and whether there was a hit, by mode, in one order.

    NaN for a user without a new SKU.
    """

    ndcg: Mapping[str, Floats]
    hit: Mapping[str, Floats]


@dataclass(frozen=True)
class _User:
    before: frozenset[str]
    wanted: frozenset[str]

    @property
    def new(self) -> frozenset[str]:
        return self.wanted - self.before


class Trial:
    """The history before `split`, and the users who bought before it and until `until`.

    Both are aware; `until` None: everything later. Customers who refuse personalization are left
    out unless `with_refusing`. `most`: at most so many users, evenly over their keys.
    """

    def __init__(
        self,
        split: datetime,
        until: datetime | None,
        *,
        with_refusing: bool,
        most: int | None = None,
    ) -> None:
        self.split = split
        self.known: History = history(lines_before(split, with_refusing=with_refusing), split)
        last = datetime.max.replace(tzinfo=split.tzinfo) if until is None else until
        later = history(lines_before(last, split, with_refusing=with_refusing), last)
        users, rows, later_rows = np.intersect1d(
            self.known.customers, later.customers, return_indices=True
        )
        if most is not None and len(users) > most:
            chosen = np.linspace(0, len(users) - 1, most).astype(np.int64)
            users, rows, later_rows = users[chosen], rows[chosen], later_rows[chosen]
        self.customers: Places = users
        self.purchases = self.known.purchases.select_rows(rows)
        self._users = [
            _User(_skus(self.known, self.purchases.counts, row), _skus(later, later.counts, other))
            for row, other in enumerate(later_rows.tolist())
        ]

    @property
    def new_users(self) -> int:
        """The number of users who bought something new."""
        return sum(bool(one.new) for one in self._users)

    @property
    def repeat_share(self) -> float:
        """The share of different SKUs of the users after the split that they had bought before.

        0 without users.
        """
        pairs = sum(len(one.wanted) for one in self._users)
        return sum(len(one.wanted & one.before) for one in self._users) / pairs if pairs else 0.0

    def gains(self, scores: Scores, k: int) -> Gains:
        """Return the gain of each user from the lists of `k` SKUs by these scores."""
        return self.gains_of_rows(lambda rows: scores(self.purchases.select_rows(rows)), k)

    def gains_of_rows(self, scores: Callable[[slice], Floats], k: int) -> Gains:
        """Return the gains as `gains` does, from a function that scores a slice of the users."""
        count = len(self._users)
        ndcg, hit = ({mode: np.full(count, NOTHING) for mode in MODES} for _figure in range(2))
        skus = self.known.skus
        for start in range(0, count, TOGETHER):
            users = self._users[start : start + TOGETHER]
            each = scores(slice(start, start + len(users)))
            for row, user in enumerate(users):
                places = best_places(each[row], k + len(user.before))
                best = [skus[place] for place in places.tolist()]
                at = start + row
                ndcg[REPEATS][at], hit[REPEATS][at] = _gain(best, user.wanted, k)
                if user.new:
                    fresh = [sku for sku in best if sku not in user.before]
                    ndcg[NEW][at], hit[NEW][at] = _gain(fresh, user.new, k)
        return Gains(ndcg, hit)


def mean_of(figures: Floats) -> float | None:
    """Return the mean over the users with a figure; None without any."""
    known = figures[~np.isnan(figures)]
    return float(known.mean()) if len(known) else None


def _skus(of: History, counts: csr_matrix, row: int) -> frozenset[str]:
    columns = counts.indices[counts.indptr[row] : counts.indptr[row + 1]]
    return frozenset(of.skus[column] for column in columns.tolist())


def _gain(best: Sequence[str], wanted: frozenset[str], k: int) -> tuple[float, bool]:
    ranks = [rank for rank, sku in enumerate(best[:k], 1) if sku in wanted]
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))
    return sum(1 / log2(rank + 1) for rank in ranks) / ideal, bool(ranks)
