"""How often a user may train, and predict."""

from core.api.throttles import ApiRate


class TrainRate(ApiRate):
    """`settings.ML_TRAIN_RATE` calls a minute of those that fit or measure."""

    setting = "ML_TRAIN_RATE"


class PredictRate(ApiRate):
    """`settings.ML_PREDICT_RATE` calls a minute of those that run a model."""

    setting = "ML_PREDICT_RATE"
