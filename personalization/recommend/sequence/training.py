"""Trains the network of `sequence` on a history, and scores customers by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.models import OrderItem
from personalization.lists.scored import Floats, Places
from personalization.recommend.history.purchases import History, core_places
from personalization.recommend.sequence.architecture import ARCHITECTURE
from personalization.recommend.sequence.baskets import (
    MOST_BASKETS,
    Baskets,
    read_baskets,
    rows_to_learn,
)
from predictions.deep.device import new_network, prepare_device
from predictions.deep.fitting import TIME_LIMIT, Deadline, Fit, Report, Schedule, fit
from predictions.deep.network_files import Networks
from predictions.deep.sampling import sampled_places
from predictions.refusals import Refused

WIDTH = 64
SCHEDULE = Schedule(epochs=25, rows=64, rate=5e-3)


@dataclass(frozen=True, eq=False)
class Sequences:
    """Baskets of a history; `core` are the places of the core SKUs among all of its SKUs."""

    known: History
    core: Places
    baskets: Baskets

    @property
    def core_skus(self) -> Sequence[str]:
        """The SKUs that the network knows."""
        return [self.known.skus[place] for place in self.core.tolist()]

    @property
    def digest(self) -> str:
        """The sum of the SKUs that the network knows."""
        return sha256("\0".join(self.core_skus).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network, and how its fit went on so many sequences."""

    networks: Networks
    fit: Fit
    sequences: int

    @property
    def warnings(self) -> list[str]:
        """Codes of what to know about the fit."""
        return [TIME_LIMIT] if self.fit.out_of_time else []


def sequences_of(known: History, lines: QuerySet[OrderItem]) -> Sequences:
    """Return the sequences of `lines`, whose history is `known`."""
    core = core_places(known)
    return Sequences(known, core, read_baskets(lines, [known.skus[one] for one in core.tolist()]))


def train(sequences: Sequences, deadline: Deadline, report: Report) -> Trained:
    """Train a network on sequences of two baskets or more; the same history gives equal weights.

    Raises `Refused`: `too_few_sequences` where there is none, and what `prepare_device` raises.
    """
    baskets = sequences.baskets
    rows, numbers = rows_to_learn(baskets)
    chosen = sampled_places(numbers)
    rows, ids = rows[chosen], [numbers[place] for place in chosen]
    if not ids:
        raise Refused("too_few_sequences", _("No customer has bought twice."))
    device = prepare_device()
    sizes = {"skus": len(sequences.core), "width": WIDTH}
    network = new_network(ARCHITECTURE, sizes)

    def loss(one: Any, places: Any) -> Any:
        # The last basket is only asked for, so that there is one more than the network reads.
        return one.loss(baskets.select_rows(rows[places.cpu().numpy()], most=MOST_BASKETS + 1))

    done = fit(network, ids, loss, SCHEDULE, device=device, deadline=deadline, report=report)
    about = {"skus_sha256": sequences.digest}
    return Trained(
        Networks(ARCHITECTURE.name, sizes, [network], device, about=about), done, len(ids)
    )


def check_digest(networks: Networks, sequences: Sequences) -> None:
    """Raise `Refused` (`artifact_invalid`) where a network was trained on other SKUs."""
    if networks.about.get("skus_sha256") != sequences.digest:
        raise Refused("artifact_invalid", _("The network was trained on other products."))


def scores_of(networks: Networks, sequences: Sequences, customers: Places) -> Floats:
    """Return the probability of each SKU of the history in the next basket of each customer.

    0 for SKUs outside the core, and for customers without a basket.
    """
    found = np.zeros((len(customers), len(sequences.known.skus)))
    rows = sequences.baskets.row_of(customers)
    has_baskets = rows >= 0
    if has_baskets.any():
        network = networks.networks[0]
        some = network.probabilities(sequences.baskets.select_rows(rows[has_baskets]))
        found[np.ix_(has_baskets, sequences.core)] = some
    return found
