"""Fits a network: epochs until a tenth of the rows shows no gain, or the time is over."""

import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from predictions.deep.sampling import split_places
from predictions.refusals import Refused

# The number of epochs without gain on the judging tenth after which a fit ends.
PATIENCE = 2
# Less is no gain: a loss may go on falling for ever.
LEAST_GAIN = 1e-4
TIME_LIMIT = "time_limit"
# The code of the refusal of a fit without finite weights.
DIVERGED = "diverged"
# The mean loss of a network over the rows at some places: tensors in and out.
Loss = Callable[[Any, Any], Any]
# Called with epochs done and their greatest number; raises where the training is over.
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Schedule:
    """The schedule of a fit: the most epochs, the rows in a step, and Adam's step size."""

    epochs: int = 50
    rows: int = 256
    rate: float = 1e-3


class Deadline:
    """The moment at which `DEEP_TIME_LIMIT_SECONDS` of one training are over."""

    def __init__(self, seconds: float | None = None) -> None:
        self._began = time.monotonic()
        self._seconds = settings.DEEP_TIME_LIMIT_SECONDS if seconds is None else seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self.elapsed >= self._seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the training began."""
        return time.monotonic() - self._began

    def share(self, fits: int) -> "Deadline":
        """Return the deadline of the next fit, where `fits` fits share the time that is left."""
        return Deadline(max(self._seconds - self.elapsed, 0.0) / fits)


@dataclass(frozen=True)
class Fit:
    """How a fit went: epochs done, the lowest loss of the tenth, and whether time ended it.

    `loss` is None where no epoch was judged.
    """

    epochs: int
    loss: float | None
    out_of_time: bool


def fit(
    network: Any,
    ids: Sequence[str],
    loss: Loss,
    schedule: Schedule,
    *,
    device: str,
    deadline: Deadline,
    report: Report,
    seed: int = 0,
) -> Fit:
    """Fit `network` in place on the rows of `ids`, which has at least one.

    The network ends with the weights of the epoch with the lowest loss on the judging tenth (of
    the last epoch where the tenth is empty). The first epoch is finished after the deadline too: a
    network without an epoch is untrained. An epoch whose loss is not finite ends the fit. An
    exception from `report` ends the fit; raises `Refused` (`diverged`) where no weights are finite.
    """
    import torch

    fitted, judging = split_places(ids)
    if not fitted:
        fitted = judging
    network.to(device).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=schedule.rate)
    order = np.random.default_rng(seed)
    best, best_loss, worse, epochs, over = None, None, 0, 0, False
    while epochs < schedule.epochs and worse < PATIENCE and not over:
        for places in _steps(order.permutation(fitted), schedule.rows, device):
            report(epochs, schedule.epochs)
            over = epochs > 0 and deadline.is_over
            if over:
                break
            optimizer.zero_grad()
            loss(network, places).backward()
            optimizer.step()
        if over:
            break
        epochs += 1
        if not judging:
            continue
        found = _mean_loss(network, loss, judging, schedule.rows, device)
        if not math.isfinite(found):
            break  # Further steps do not lead back from such weights.
        if best_loss is None or found < best_loss - LEAST_GAIN:
            best, best_loss, worse = deepcopy(network.state_dict()), found, 0
        else:
            worse += 1
    if best is not None:
        network.load_state_dict(best)
    network.to("cpu").eval()
    is_finite = all(bool(torch.isfinite(one).all()) for one in network.state_dict().values())
    if not is_finite or (judging and best is None):
        text = gettext_noop("The training diverged: its loss is no finite number.")
        raise Refused(DIVERGED, Sentence(text, {}))
    return Fit(epochs, best_loss, over)


def _mean_loss(network: Any, loss: Loss, judging: Sequence[int], rows: int, device: str) -> float:
    """Return the mean loss over the rows that judge."""
    import torch

    network.eval()
    with torch.no_grad():
        total = sum(
            float(loss(network, places)) * len(places)
            for places in _steps(np.array(judging), rows, device)
        )
    network.train()
    return total / len(judging)


def _steps(places: Any, rows: int, device: str) -> list[Any]:
    """Return the places in steps, as tensors of whole numbers."""
    import torch

    return list(torch.as_tensor(places, dtype=torch.int64, device=device).split(rows))
