"""Cart price rules by the API."""

from core.resources.api import IS_ACTIVE, SEARCH, Api
from price_rules.resource import PRICE_RULES

RULES = Api(
    PRICE_RULES,
    "cart-price-rules/",
    names=("price-rules", "price-rule"),
    words=("Rules", "Rule"),
    nouns=("cart price rules", "a cart price rule"),
    filters=(SEARCH, IS_ACTIVE),
    example_code="ten-off",
    example={
        "name": "Ten per cent off from 50",
        "label": {"en": "Ten per cent off"},
        "action": "percent",
        "value": "10",
        "min_subtotal": "50",
    },
    change={"value": "15"},
)
