"""Attribution of revenue to channels and campaigns: the only attribution of the product."""

from predictions.attribution.engine import MODELS, attribute, attribute_by
from predictions.attribution.journey import DIRECT, Journey, Touch
from predictions.attribution.sources import TouchRow, register_touches

__all__ = [
    "DIRECT",
    "MODELS",
    "Journey",
    "Touch",
    "TouchRow",
    "attribute",
    "attribute_by",
    "register_touches",
]
