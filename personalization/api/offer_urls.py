"""The addresses of offers, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api.offered import EvaluatingOffers, RedeemingOffers
from personalization.api.offers import Offers, OneOffer

OFFER = "personalization/offers/<text:code>/"

urlpatterns: list[URLPattern] = [
    either_way("personalization/offers/", Offers, name="offers"),
    either_way("personalization/offers/evaluate/", EvaluatingOffers, name="offers-evaluate"),
    either_way(OFFER, OneOffer, name="offer"),
    either_way(f"{OFFER}redeem/", RedeemingOffers, name="offer-redeem"),
]
