"""The network of a churn training as one of the candidates: fitted twice, compared once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from predictions.deep.fitting import TIME_LIMIT, Deadline, Report
from predictions.deep.network_files import Networks
from predictions.history.columns import Whole
from predictions.history.values import PLACES
from predictions.kinds.churn.declaration import BEST_OF_OTHERS, DIFFERENCE_HIGH
from predictions.kinds.fitting.matrix import Matrix, Outcomes
from predictions.kinds.trained import Metric
from predictions.refusals import Refused
from predictions.statistics.paired_difference import Interval, paired


class DeepCandidate:
    """The networks of one training, whose fits share `DEEP_TIME_LIMIT_SECONDS`."""

    def __init__(self, seed: int) -> None:
        self.against: str | None = None
        self._seed = seed
        self._spent = 0.0  # Seconds spent on fits, without the time for reading events.
        self._difference: Interval | None = None
        self._how: Mapping[str, Any] = {}
        self._warnings: set[str] = set()
        self._left = 2  # The fits still to do: one for the evaluation, one for the version.

    def measure(
        self,
        events: Sequence[Whole],
        churned: Outcomes,
        ids: Sequence[str],
        asked: Sequence[Whole],
        *,
        report: Report,
    ) -> Matrix:
        """Fit on the sequences of one cut, and return the risks of the next cut's, `asked`."""
        from predictions.kinds.churn.gru import risks_of

        return risks_of(self.fit(events, churned, ids, report=report), asked)

    def fit(
        self, events: Sequence[Whole], churned: Outcomes, ids: Sequence[str], *, report: Report
    ) -> Networks:
        """Return the networks of `fit_networks`, within this fit's share of the time left.

        Raises what `fit_networks` raises; the code of a refusal becomes a warning.
        """
        from predictions.kinds.churn.gru import fit_networks

        left = max(settings.DEEP_TIME_LIMIT_SECONDS - self._spent, 0.0)
        deadline = Deadline(left / max(self._left, 1))
        self._left -= 1
        try:
            found, self._how = fit_networks(
                *(events, churned, ids, self._seed), deadline=deadline, report=report
            )
        except Refused as refusal:
            self._warnings.add(refusal.code)
            raise
        finally:
            self._spent += deadline.elapsed
        if self._how["time_limit"]:
            self._warnings.add(TIME_LIMIT)
        return found

    def compare(self, churned: Outcomes, ours: Matrix, theirs: Matrix, name: str) -> None:
        """Compare the network's risks with those of the best other candidate, `name`."""
        self.against = name
        self._difference = paired((ours - churned) ** 2, (theirs - churned) ** 2)

    @property
    def is_better(self) -> bool:
        """Whether the interval of the difference of Brier scores lies below 0, after rounding."""
        return self._difference is not None and round(self._difference.high, PLACES) < 0

    @property
    def warnings(self) -> list[str]:
        """The warnings to store with the version."""
        return sorted(self._warnings)

    def metrics(self, ours: float, theirs: float) -> list[Metric]:
        """Return the metrics against the best other candidate; `compare` must have been called."""
        assert self._difference is not None
        return [
            Metric("brier", ours, BEST_OF_OTHERS, theirs),
            Metric(DIFFERENCE_HIGH, self._difference.high, BEST_OF_OTHERS, 0.0),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return device, epochs and seconds of the fits, and the result of the comparison."""
        found = self._difference
        interval = None if found is None else [round(one, PLACES) for one in found]
        return {
            "device": self._how.get("device"),
            "epochs": self._how.get("epochs"),
            "seconds": round(self._spent, 1),
            "against": self.against,
            "difference": None if interval is None else interval[0],
            "interval": None if interval is None else interval[1:],
        }
