"""The addresses of offers, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api.offers.editing import API
from personalization.api.offers.evaluation import EvaluatingOffers, RedeemingOffers

urlpatterns: list[URLPattern] = [
    either_way(f"{API.path}evaluate/", EvaluatingOffers, name="offers-evaluate"),
    *API.urls(),
    either_way(f"{API.path}<text:code>/redeem/", RedeemingOffers, name="offer-redeem"),
]
