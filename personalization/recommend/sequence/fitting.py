"""The fit of `sequence` after the nightly fit: trained, measured, its candidates written, judged.

It is measured on the last 28 days by a network trained on what was before, on the users that the
nightly fit was measured on. A second network, trained on everything, writes the candidates.
"""

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import now
from customers.purchases import lines_before
from personalization.models import RecommendationFit, RecommendationUse, SequenceFit
from personalization.recommend.algorithms import SEQUENCE
from personalization.recommend.evaluation.measurement import Evaluation, add_result, measure
from personalization.recommend.evaluation.parameter_choice import (
    WINDOW,
    K,
    choose_parameters,
    prepare_trial,
)
from personalization.recommend.history.purchases import history
from personalization.recommend.nightly.list_gate import pass_deep_gate
from personalization.recommend.nightly.promotion import locked_use
from personalization.recommend.sequence.candidates import delete_fits, write_candidates
from personalization.recommend.sequence.training import (
    Sequences,
    Trained,
    scores_of,
    sequences_of,
    train,
)
from personalization.recommend.sources.stored_candidates import newest_fit
from predictions.deep.availability import check_installed
from predictions.deep.fitting import Deadline
from predictions.deep.network_files import deep_libraries, dump_networks, load_networks
from predictions.refusals import Refused
from segments import lease


def fit_sequence() -> SequenceFit:
    """Fit `sequence` on the history of the newest nightly fit, store and return it.

    Its candidates replace those of the fit before, which are marked as stale where this one fails.
    Raises `Refused`: `not_installed` without PyTorch, `no_fit` before the first nightly fit,
    `cancelled`, and `overtaken` where another night has ended meanwhile.
    """
    run = None
    try:
        check_installed()
        fit = _nightly_fit()
        at = now()
        run = SequenceFit.objects.create(
            as_of=fit.as_of, started_at=at, lease_expires_at=at + lease.length()
        )
        # The fit writes in short transactions, between which the heartbeat writes on SQLite too.
        with lease.beating(partial(_renew, run), only_reads=True):
            _fit(run, fit)
    except BaseException:
        _mark_stale(run)
        if run is not None:
            run.delete()
        raise
    return run


def _fit(run: SequenceFit, fit: RecommendationFit) -> None:
    # Two networks share the time of one training.
    seconds = settings.DEEP_TIME_LIMIT_SECONDS / 2
    check = _Cancellation(run)
    measured = _measure_network(fit.as_of, Deadline(seconds), check)
    sequences = sequences_of(history(lines_before(fit.as_of), fit.as_of), lines_before(fit.as_of))
    trained = train(sequences, Deadline(seconds), check.report)
    run.content, run.sha256 = dump_networks(trained.networks)
    run.figures = _figures(trained, sequences, run.started_at)
    run.save(update_fields=["content", "sha256", "figures"])
    networks = load_networks(run.content, run.sha256, SEQUENCE)
    run.figures["customers"] = write_candidates(run, networks, sequences, check)
    with transaction.atomic():
        use = locked_use()
        if use.fit_id != fit.pk:
            raise Refused("overtaken", _("A later night has ended meanwhile."))
        run.finished_at = now()
        run.save(update_fields=["finished_at", "figures"])
        pass_deep_gate(fit, measured, run.figures)
    delete_fits(but=run)


def _renew(run: SequenceFit, _progress: lease.Progress) -> bool:
    """Renew the lease of a fit. `_Cancellation` ends the fit: this only shows that it runs."""
    SequenceFit.objects.filter(pk=run.pk).update(lease_expires_at=now() + lease.length())
    return True


class _Cancellation:
    """Looks whether a fit was cancelled, or its row is gone; raises `Refused` (`cancelled`)."""

    def __init__(self, run: SequenceFit) -> None:
        self._rows = SequenceFit.objects.filter(pk=run.pk, cancel_requested_at=None)

    def __call__(self) -> None:
        if not self._rows.exists():
            raise Refused("cancelled", _("The fit was cancelled."))

    def report(self, done: int, most: int) -> None:
        """Look between two steps of a training."""
        self()


def _measure_network(until: datetime, deadline: Deadline, check: _Cancellation) -> Evaluation:
    """Return how all candidates and a network did on the last 28 days before `until`."""
    last, before = (prepare_trial(at, with_refusing=False) for at in (until, until - WINDOW))
    trial = last.trial
    measured = measure(last, choose_parameters(before), until)
    sequences = sequences_of(trial.known, lines_before(trial.split))
    networks = train(sequences, deadline, check.report).networks
    gains = trial.gains_of_rows(
        lambda rows: scores_of(networks, sequences, trial.customers[rows]), K
    )
    return add_result(measured, SEQUENCE, gains)


def _figures(trained: Trained, sequences: Sequences, started: datetime) -> dict[str, Any]:
    return {
        "device": trained.networks.device,
        "seconds": round((now() - started).total_seconds()),
        "epochs": trained.fit.epochs,
        "loss": trained.fit.loss,
        "sequences": trained.sequences,
        "skus": len(sequences.core),
        "warnings": trained.warnings,
        "libraries": deep_libraries(),
    }


def _nightly_fit() -> RecommendationFit:
    use = RecommendationUse.objects.select_related("fit").defer("fit__content").first()
    if use is None or use.fit is None:
        raise Refused("no_fit", _("Recommendations were not fitted yet."))
    return use.fit


def _mark_stale(run: SequenceFit | None) -> None:
    """Mark the candidates that answer as stale, unless they were written since `run` began."""
    newest = newest_fit()
    if newest is None or newest.finished_at is None or newest.stale_at is not None:
        return
    if run is None or newest.finished_at <= run.started_at:
        newest.stale_at = now()
        newest.save(update_fields=["stale_at"])
