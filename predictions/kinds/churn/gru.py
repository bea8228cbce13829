"""The deep candidate: a GRU over a customer's last 100 events, then a logistic output.

An event is its type, the days since the one before and the logarithm of its amount: no id, and
nothing about the person. Five networks are fitted, each on four fifths of the customers; the fifth
that is left calibrates it (isotonic), and the risk is the mean of the five, as with boosting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from core.database.fields import UNITS_PER_ONE
from predictions.deep.architectures import Sizes
from predictions.deep.device import new_network, prepare_device
from predictions.deep.fitting import Deadline, Report, Schedule, fit
from predictions.deep.network_files import Networks, invalid_artifact
from predictions.deep.sampling import sampled_places
from predictions.history.columns import Whole
from predictions.history.events import TODAY
from predictions.kinds.churn.network import CHURN_GRU
from predictions.kinds.churn.risks import FOLDS
from predictions.kinds.fitting.matrix import Matrix, Outcomes

SIZES: Sizes = {"types": TODAY, "embedding": 8, "hidden": 32}
SCHEDULE = Schedule(epochs=60, rows=64, rate=1e-2)
# The number of customers scored at a time.
TOGETHER = 1_024
# The decimals that log-odds are cut to: the last bits differ between one customer and many.
PLACES = 9


def fit_networks(
    events: Sequence[Whole],
    churned: Outcomes,
    ids: Sequence[str],
    seed: int,
    *,
    deadline: Deadline,
    report: Report,
) -> tuple[Networks, Mapping[str, Any]]:
    """Fit on sequences of events (events, 3), at least five customers of each outcome.

    Returns the networks, and how the fits went: `device`, `epochs` of each, `time_limit`.
    Raises `Refused` (`not_installed`, `no_gpu`) and what `report` raises.
    """
    device = prepare_device()
    import torch
    from sklearn.isotonic import IsotonicRegression
    from sklearn.model_selection import StratifiedKFold

    chosen = sampled_places(ids)
    rows = _pad_events([events[place] for place in chosen])
    outcomes, names = churned[chosen], [ids[place] for place in chosen]
    targets = torch.as_tensor(outcomes, dtype=torch.float32, device=device)
    on_device = tuple(one.to(device) for one in rows)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    networks, arrays, fits = [], dict[str, Matrix](), []
    for number, (inside, outside) in enumerate(folds.split(outcomes, outcomes)):
        network = new_network(CHURN_GRU, SIZES, seed=seed)
        # Places of the fold's own rows, as the fit numbers them.
        own = torch.as_tensor(inside, device=device)

        def loss(network: Any, places: Any, own: Any = own) -> Any:
            theirs = own[places]
            return bce(_logits(network, on_device, theirs), targets[theirs])

        def note(done: int, most: int, number: int = number) -> None:
            report(number * most + done, FOLDS * most)

        fits.append(
            fit(
                *(network, [names[place] for place in inside], loss, SCHEDULE),
                device=device,
                deadline=deadline.share(FOLDS - number),
                report=note,
                seed=seed,
            )
        )
        isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        isotonic.fit(_log_odds(network, rows, outside), outcomes[outside])
        arrays[f"logits.{number}"] = isotonic.X_thresholds_.astype(np.float64)
        arrays[f"risks.{number}"] = isotonic.y_thresholds_.astype(np.float64)
        networks.append(network)
    found = Networks(CHURN_GRU.name, SIZES, networks, device, seed, arrays)
    return found, {
        "device": device,
        "epochs": [one.epochs for one in fits],
        "time_limit": any(one.out_of_time for one in fits),
    }


def check_shapes(networks: Networks) -> None:
    """Raise `Refused` (`artifact_invalid`) unless `networks` are as `fit_networks` returns them."""
    numbers = range(len(networks.networks))
    wanted = {f"{name}.{number}" for name in ("logits", "risks") for number in numbers}
    if dict(networks.sizes) != dict(SIZES) or set(networks.arrays) != wanted:
        raise invalid_artifact(gettext_noop("its shapes are others"))
    for number in numbers:
        edges, risks = networks.arrays[f"logits.{number}"], networks.arrays[f"risks.{number}"]
        if edges.ndim != 1 or not len(edges) or edges.shape != risks.shape:
            raise invalid_artifact(gettext_noop("its shapes are others"))


def risks_of(networks: Networks, events: Sequence[Whole]) -> Matrix:
    """Return the risk for each sequence of events (events, 3), rounded nowhere."""
    if not len(events):
        return np.zeros(0)
    rows = _pad_events(events)
    every = []
    for number, network in enumerate(networks.networks):
        logits = _log_odds(network, rows, np.arange(len(events)))
        edges, risks = networks.arrays[f"logits.{number}"], networks.arrays[f"risks.{number}"]
        every.append(np.interp(logits, edges, risks))
    return np.asarray(np.mean(every, axis=0))


def _pad_events(events: Sequence[Whole]) -> tuple[Any, Any, Any]:
    """Return types (rows, events), days and amounts (rows, events, 2), and lengths, as tensors."""
    import torch

    lengths = np.array([len(one) for one in events])
    types = np.zeros((len(events), int(lengths.max())), dtype=np.int64)
    numbers = np.zeros((*types.shape, 2), dtype=np.float64)
    for place, one in enumerate(events):
        types[place, : len(one)] = one[:, 0]
        numbers[place, : len(one), 0] = np.log1p(np.maximum(one[:, 1], 0)) / 4
        numbers[place, : len(one), 1] = np.log1p(np.maximum(one[:, 2], 0) / UNITS_PER_ONE) / 4
    return torch.as_tensor(types), torch.as_tensor(numbers), torch.as_tensor(lengths)


def _logits(network: Any, rows: tuple[Any, Any, Any], places: Any) -> Any:
    """Return the log-odds of the rows at `places`, in the network's own type of numbers."""
    import torch

    types, numbers, lengths = (one[places] for one in rows)
    longest = int(lengths.max())
    numbers = numbers[:, :longest].to(network["out"].weight.dtype)
    inputs = torch.cat([network["types"](types[:, :longest]), numbers], dim=2)
    states, _last = network["gru"](inputs)
    ends = states[torch.arange(len(lengths), device=lengths.device), lengths - 1]
    return network["out"](ends)[:, 0]


def _log_odds(network: Any, rows: tuple[Any, Any, Any], places: Whole) -> Matrix:
    """Return the log-odds of rows on the CPU, in doubles: they do not depend on the others."""
    from copy import deepcopy

    import torch

    exact = deepcopy(network).double().eval()
    with torch.no_grad():
        parts = [
            _logits(exact, rows, part).numpy() for part in torch.as_tensor(places).split(TOGETHER)
        ]
    return np.asarray(np.round(np.concatenate(parts), PLACES))
