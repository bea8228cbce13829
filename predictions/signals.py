"""What the app tells others, after commit."""

from django.dispatch import Signal

# Sent with `version`, a new `ModelVersion`, after a training that came to one.
model_trained = Signal()
# Sent with `version`, the `ModelVersion` that is deployed now, after a deploy and a rollback, and
# with `before`, the one that was deployed until then; None: none was.
model_deployed = Signal()
# Sent with `run`, the `ScoringRun` that has ended: all its models have scored everybody.
everybody_scored = Signal()
# Sent with `notice`, a new `Notice`, and its `reading`, a `DriftReading`: customers have moved far
# from those that the version in use was trained on, or its predictions have become worse.
drift_found = Signal()
