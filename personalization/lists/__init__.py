"""The arithmetic of personal lists, without Django: item weights, scores, mixtures, ranks."""

from personalization.lists.basket_scores import next_basket
from personalization.lists.item_weights import ease
from personalization.lists.mixture import mix

__all__ = ["ease", "mix", "next_basket"]
