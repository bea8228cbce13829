"""Rate limits per user for trainings and predictions."""

from core.api.throttles import ApiRate


class TrainRate(ApiRate):
    """`settings.ML_TRAIN_RATE` calls per minute that train or evaluate a model."""

    setting = "ML_TRAIN_RATE"


class PredictRate(ApiRate):
    """`settings.ML_PREDICT_RATE` calls per minute that run a model."""

    setting = "ML_PREDICT_RATE"
