"""What to recommend: five lists of products with scores, before any business rule."""

from personalization.recommend.asking import complementary, personal, popular, similar, trending
from personalization.recommend.scored import Scored

__all__ = ["Scored", "complementary", "personal", "popular", "similar", "trending"]
