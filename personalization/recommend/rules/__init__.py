"""The business rules, in the order in which they are applied."""

from personalization.recommend.rules.bought_recently import BOUGHT_RECENTLY
from personalization.recommend.rules.diversity import DIVERSITY
from personalization.recommend.rules.duplicate import DUPLICATE
from personalization.recommend.rules.excluded import EXCLUDED
from personalization.recommend.rules.in_context import IN_CONTEXT
from personalization.recommend.rules.no_margin import NO_MARGIN
from personalization.recommend.rules.not_in_brand import NOT_IN_BRAND
from personalization.recommend.rules.not_in_category import NOT_IN_CATEGORY
from personalization.recommend.rules.not_sold import NOT_SOLD
from personalization.recommend.rules.out_of_stock import OUT_OF_STOCK
from personalization.recommend.rules.rule import Rule, Situation, Wishes

RULES: tuple[Rule, ...] = (
    *(NOT_SOLD, OUT_OF_STOCK, EXCLUDED, IN_CONTEXT, BOUGHT_RECENTLY),
    *(NOT_IN_BRAND, NOT_IN_CATEGORY, NO_MARGIN, DIVERSITY, DUPLICATE),
)

__all__ = ["DIVERSITY", "RULES", "Rule", "Situation", "Wishes"]
