"""The season of purchases that the lifetime value in use was fitted with."""

from predictions.models import PredictionModel
from predictions.season import index_of_json

CLV = "clv"


def purchase_season() -> dict[int, float] | None:
    """Return the index of each month of the year, 1 to 12, of the deployed model of lifetime value.

    None without a deployed version, and where it has none: that needs 24 complete months.
    """
    model = PredictionModel.objects.filter(code=CLV).select_related("deployed").first()
    if model is None or model.deployed is None:
        return None
    found = model.deployed.fitted.get("season")
    return None if found is None else index_of_json(found)
