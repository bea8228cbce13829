"""Every strategy by its code."""

from collections.abc import Mapping

from predictions.strategies.budget import ALLOCATING
from predictions.strategies.loyalty import LOYALTY
from predictions.strategies.pricing import PRICING
from predictions.strategies.retention import RETENTION
from predictions.strategies.strategy import Strategy
from predictions.strategies.upsell import UPSELL
from predictions.strategies.win_back import WIN_BACK

STRATEGIES: Mapping[str, Strategy] = {
    one.code: one for one in (RETENTION, WIN_BACK, UPSELL, LOYALTY, PRICING, ALLOCATING)
}
