"""Customers as rows to fit on: all of them, or a sample that is the same in whatever order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from predictions.features.subjects import Subjects
from predictions.history.columns import Mask
from predictions.kinds.fitting.matrix import Matrix
from predictions.kinds.fitting.rows import buyers, hash_rows
from predictions.kinds.fitting.sample import Sample
from predictions.kinds.inputs import need_lines
from predictions.kinds.trained import Input, Wanted

# The most rows to fit on.
MOST = 100_000


@dataclass(frozen=True)
class Rows:
    """Features of customers, in the order of their numbers: (rows, features), none missing.

    `known`: how many customers have some feature, `whole`: how many have all, which is more than
    rows where these are a sample.
    """

    numbers: Sequence[str]
    values: Matrix
    known: int
    whole: int

    def data_hash(self) -> str:
        """Return the sha256 of the rows."""
        rows = zip(self.numbers, self.values.tolist(), strict=True)
        return hash_rows((number, list(map(repr, row))) for number, row in rows)


def rows_of(
    wanted: Wanted,
    inputs: Sequence[Input],
    note: Callable[[int, int | None], None],
    which: Callable[[Subjects], Mask] = lambda them: them.buyers,
) -> Rows:
    """Return the features `inputs` of those `which` of the population, who have all of them."""
    with_lines = need_lines(inputs)
    shop, everybody = buyers(wanted.as_of, wanted.segment, with_lines=with_lines)
    sample, known, whole, done = Sample[Matrix](MOST), 0, 0, 0
    for them in everybody:
        note(done, shop.buyers)
        done += int(them.buyers.sum())
        found = np.column_stack([feature.of(them).floats() for feature in inputs])
        missing, asked = np.isnan(found), which(them)
        known += int((asked & ~missing.all(axis=1)).sum())
        chosen = np.flatnonzero(asked & ~missing.any(axis=1)).tolist()
        whole += len(chosen)
        for place in chosen:
            number = them.batch.numbers[place]
            if sample.wants(number):
                sample.add(number, found[place].copy())
    rows = sample.rows()
    return Rows(
        [number for number, _row in rows],
        np.array([row for _number, row in rows]).reshape(len(rows), len(inputs)),
        known,
        whole,
    )
