"""Offers by the API."""

from core.api.routes.slashes import either_way
from core.resources.api import Api
from personalization.offers.resource import OFFERS

API = Api(
    OFFERS,
    "personalization/offers/",
    names=("offers", "offer"),
    words=("Offers", "Offer"),
    nouns=("offers", "an offer"),
    address=either_way,
    example_code="thanks",
    example={
        "kind": "percent",
        "value": "10",
        "audience": {"operator": "is", "segments": ["best-customers"]},
        "legal_basis": "Art. 6 (1) f GDPR: thanks to regular customers",
        "budget": "5000",
        "max_per_customer": 1,
    },
    change={"priority": 5},
)
