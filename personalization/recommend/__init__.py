"""Recommendations: lists of products with scores, before any business rule."""

from personalization.lists.scored import Scored
from personalization.recommend.candidate_lists import (
    complementary,
    personal,
    popular,
    similar,
    trending,
    unsold,
)

__all__ = ["Scored", "complementary", "personal", "popular", "similar", "trending", "unsold"]
