"""The greatest likelihood of models whose parameters are all positive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Data = TypeVar("Data")

# Of the logarithms of parameters.
BOUND = 12.0


@dataclass(frozen=True)
class Maximum:
    """The best parameters, what is left of the loss there, and whether one is at its bound."""

    parameters: Sequence[float]
    loss: float
    is_at_bound: bool


def maximum(
    loss: Callable[[Floats, Data], tuple[float, Floats]],
    data: Data,
    starts: Sequence[Sequence[float]],
) -> Maximum:
    """Return the best of what is found from these starts, which are logarithms of parameters.

    `loss` takes such logarithms and returns minus the mean log-likelihood and its gradient. With an
    exact gradient L-BFGS-B ends where other methods find nothing better. Never raises: where there
    is no maximum, it ends at a bound; where all is equal, at the first start.
    """
    found = [
        minimize(
            loss,
            start,
            args=(data,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * len(start),
            options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 2_000, "maxfun": 5_000},
        )
        for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun))
    return Maximum(
        [float(value) for value in np.exp(best.x)],
        float(best.fun),
        bool(np.any(np.abs(best.x) >= BOUND)),
    )
