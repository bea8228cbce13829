"""The URLs of the API of price rules and coupons."""

from django.urls import URLPattern, path

from price_rules.api.coupons import (
    Coupons,
    CouponsCsv,
    Generating,
    OneBatch,
    Redeeming,
    Releasing,
)
from price_rules.api.evaluating import Evaluating, Satisfying
from price_rules.api.rules import RULES

RULE = "cart-price-rules/<text:code>/"

urlpatterns: list[URLPattern] = [
    path("cart-price-rules/evaluate/", Evaluating.as_view(), name="evaluate"),
    path("cart-price-rules/satisfies/", Satisfying.as_view(), name="satisfies"),
    *RULES.urls(),
    path(f"{RULE}coupons/", Generating.as_view(), name="price-rule-coupons"),
    path(f"{RULE}coupons/<int:number>/", OneBatch.as_view(), name="price-rule-batch"),
    path("coupons/", Coupons.as_view(), name="coupons"),
    path("coupons.csv", CouponsCsv.as_view(), name="coupons-csv"),
    # A code, and a shop's number of an order, may have any character in it, slashes too.
    path("coupons/<any_text:code>/redeem/", Redeeming.as_view(), name="redeem"),
    path("coupons/<any_text:code>/redeem/<any_text:order>/", Releasing.as_view(), name="release"),
]
