"""How well a piece of content suits a customer and the day; pure.

0.4 interest + 0.3 engagement + 0.2 season + 0.1 trend, each from 0 to 1 (the contract,
personalization.md §6).
"""

from collections.abc import Collection, Mapping

INTEREST, ENGAGEMENT, SEASON, TREND = 0.4, 0.3, 0.2, 0.1
OF_NO_SEASON = 0.5


def score(interest: float, engagement: float, season: float, trend: float) -> float:
    """Return the score of the four parts."""
    return INTEREST * interest + ENGAGEMENT * engagement + SEASON * season + TREND * trend


def interest_in(categories: Collection[str], shares: Mapping[str, float]) -> float:
    """Return the largest share among `categories` over the customer's largest; 0 without any."""
    most = max(shares.values(), default=0.0)
    return max((shares.get(code, 0.0) for code in categories), default=0.0) / most if most else 0.0


def engagement_with(clicks: int, shown: int) -> float:
    """Return how often what was shown of a type was clicked, thought to be half at first."""
    return min((clicks + 1) / (shown + 2), 1.0)


def season_of(months: Collection[int], month: int) -> float:
    """Return whether `month`, from 1, is one of `months`; half without any."""
    if not months:
        return OF_NO_SEASON
    return 1.0 if month in months else 0.0


def trend_of(clicks: int, most: int) -> float:
    """Return clicks as a share of the clicks on the most clicked piece."""
    return clicks / most if most else 0.0
