"""An evaluation as JSON."""

from math import isfinite
from typing import Any

from personalization.gate import Interval
from personalization.recommend.evaluation.measurement import Against, Evaluation, Result
from personalization.recommend.evaluation.trial import MODES, mean_of


def evaluation_as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as the command prints it."""
    trial = evaluation.trial
    return {
        "split": trial.split,
        "until": evaluation.until,
        "k": evaluation.k,
        "customers": len(trial.known.customers),
        "skus": len(trial.known.skus),
        "users": len(trial.customers),
        "new_users": trial.new_users,
        "chosen": dict(evaluation.chosen),
        "results": [
            {
                "algorithm": result.algorithm,
                **figures_as_json(result),
                "against": [against_as_json(one) for one in result.against],
            }
            for result in evaluation.results
        ],
    }


def figures_as_json(result: Result, users: Any = ...) -> dict[str, Any]:
    """Return {"repeats": {"ndcg", "hit"}, "new": {"ndcg", "hit"}}, null without users.

    `users`: which of them count, as a mask; all unless given.
    """
    gains = result.gains
    return {
        mode: {"ndcg": mean_of(gains.ndcg[mode][users]), "hit": mean_of(gains.hit[mode][users])}
        for mode in MODES
    }


def against_as_json(one: Against) -> dict[str, Any]:
    """Return a paired difference; null where too few users have a figure."""
    return {"baseline": one.baseline, "mode": one.mode, **interval_as_json(one.interval)}


def interval_as_json(interval: Interval) -> dict[str, Any]:
    """Return {"difference", "interval": [low, high]}, either null where it is not known."""
    difference, low, high = interval
    return {
        "difference": difference if isfinite(difference) else None,
        "interval": [low, high] if isfinite(low) else None,
    }
