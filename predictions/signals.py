"""What the app tells others, after commit."""

from django.dispatch import Signal

# Sent with `version`, the `ModelVersion` that is deployed now, after a deploy and a rollback.
model_deployed = Signal()
# Sent with `run`, the `ScoringRun` that has ended: all its models have scored everybody.
everybody_scored = Signal()
