"""Writes the candidates of a fit for each active customer, block by block.

Nothing reads them before the fit has finished: a fit that fails or is killed leaves what answered
before. The memory is that of one block.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
from django.db import transaction

from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from personalization.behavior.activity import done_by
from personalization.lists.scored import Floats, best_places
from personalization.models import SequenceFit, StoredCandidates, Wish
from personalization.recommend.sequence.training import Sequences, check_digest, scores_of
from personalization.recommend.sources.stored_candidates import forget_refused
from predictions.deep.network_files import Networks

EACH = 50
ACTIVE = timedelta(days=180)
# The number of customers that are scored and written at a time.
TOGETHER = 500


def write_candidates(
    fit: SequenceFit, networks: Networks, sequences: Sequences, check: Callable[[], None]
) -> int:
    """Write 50 candidates of each list for customers with an activity in the last 180 days.

    Returns how many customers have some. `check` is called before each block; what it raises ends
    the writing. Raises `Refused` (`artifact_invalid`) for a network of other SKUs.
    """
    check_digest(networks, sequences)
    customers, count = sequences.baskets.customers, 0
    for start in range(0, len(customers), TOGETHER):
        check()
        with transaction.atomic():
            keys = _active(fit, customers[start : start + TOGETHER].tolist())
            scores = scores_of(networks, sequences, np.array(keys, dtype=np.int64))
            StoredCandidates.objects.bulk_create(
                one
                for key, row in zip(keys, scores, strict=True)
                for one in _candidates_of(fit, key, row, sequences)
            )
        # A refusal that began while the block was written did not find these rows.
        forget_refused(customers=keys)
        count += len(keys)
    return count


def delete_fits(*, but: SequenceFit) -> None:
    """Delete all fits other than `but`, with their candidates, block by block."""
    old = StoredCandidates.objects.exclude(fit=but)
    while keys := list(old.values_list("pk", flat=True)[: TOGETHER * len(Wish)]):
        StoredCandidates.objects.filter(pk__in=keys).delete()
    SequenceFit.objects.exclude(pk=but.pk).delete()


def _active(fit: SequenceFit, keys: list[int]) -> list[int]:
    """Return the customers who get candidates, locked against a concurrent erasure."""
    since = fit.as_of - ACTIVE
    done = done_by(keys, as_of=fit.as_of)
    active = [
        key
        for key, all_done in done.items()
        if any(one.is_activity and one.at >= since for one in all_done)
    ]
    rows = Customer.objects.filter(pk__in=active).exclude(refusing(Purpose.PERSONALIZATION))
    locked = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
    return list(locked.values_list("pk", flat=True))


def _candidates_of(
    fit: SequenceFit, key: int, scores: Floats, sequences: Sequences
) -> Iterator[StoredCandidates]:
    known = sequences.known
    row = int(np.searchsorted(known.customers, key))
    is_own = np.zeros(len(known.skus), dtype=bool)
    is_own[known.counts[[row]].indices] = True
    for wish, is_of_list in ((Wish.AGAIN, is_own), (Wish.DISCOVER, ~is_own)):
        places = best_places(np.where(is_of_list, scores, 0), EACH).tolist()
        items = [[known.skus[place], float(scores[place])] for place in places]
        yield StoredCandidates(fit=fit, customer_id=key, wish=wish, items=items)
