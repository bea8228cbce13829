"""The signals of the app, sent after commit."""

from django.dispatch import Signal

# Sent with `version`, a new `ModelVersion`, after a training that created one.
model_trained = Signal()
# Sent after a deploy and after a rollback, with `version`, the `ModelVersion` that is deployed now,
# and with `before`, the version that was deployed until then, or None.
model_deployed = Signal()
# Sent with `run`, a completed `ScoringRun`: all its models have scored the population.
everybody_scored = Signal()
# Sent with `notice`, a new `Notice`, and its `reading`, a `DriftReading`: features have drifted far
# from the training data of the deployed version, or its predictions have become worse.
drift_found = Signal()
