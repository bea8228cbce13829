"""The season of purchases: an index of the months of the year, and a clock by it. Pure."""

from predictions.season.clock import clock, clocks, ends_in_season, histories_in_season
from predictions.season.index import FEWEST_MONTHS, index_of_json, month_index

__all__ = [
    "FEWEST_MONTHS",
    "clock",
    "clocks",
    "ends_in_season",
    "histories_in_season",
    "index_of_json",
    "month_index",
]
