"""The catalogue of strategies, by code."""

from collections.abc import Mapping

from predictions.strategies.kinds.budget import ALLOCATING
from predictions.strategies.kinds.loyalty import LOYALTY
from predictions.strategies.kinds.pricing import PRICING
from predictions.strategies.kinds.retention import RETENTION
from predictions.strategies.kinds.upsell import UPSELL
from predictions.strategies.kinds.win_back import WIN_BACK
from predictions.strategies.strategy import Strategy

STRATEGIES: Mapping[str, Strategy] = {
    one.code: one for one in (RETENTION, WIN_BACK, UPSELL, LOYALTY, PRICING, ALLOCATING)
}
