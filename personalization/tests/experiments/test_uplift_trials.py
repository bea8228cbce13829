"""Which experiments an uplift may be learned of."""

import pytest

from personalization.experiments.running import stop
from predictions.kinds.uplift.trials import checked_trial, trials_with_control
from predictions.refusals import Refused


def test_only_finished_experiments_with_a_control_are_trials(make_placement, make_experiment):
    experiment = make_experiment(running=True, placement=make_placement().code)
    with pytest.raises(Refused) as refused:
        checked_trial(experiment.code)
    assert refused.value.code == "no_control" and trials_with_control() == {}
    stop(experiment, author=None)
    assert checked_trial(experiment.code).has_control
    assert trials_with_control() == {experiment.code: experiment.name}
    experiment.refresh_from_db()
    experiment.mode = "bandit"
    experiment.save()
    with pytest.raises(Refused):
        checked_trial(experiment.code)
