"""The responses of the offers API for the schema."""

from typing import Any

from rest_framework import serializers

from personalization.models import OfferKind

Shape = serializers.Serializer[Any]
Text = serializers.CharField
Instant = serializers.DateTimeField


class GivenOfferShape(Shape):
    """An offer as given to a customer."""

    code = Text()
    kind = serializers.ChoiceField(OfferKind.choices)
    value = Text(allow_null=True)
    sentence = Text()
    disclosure = Text()
    expected_response_rate = serializers.FloatField(allow_null=True)
    personalization_score = Text(allow_null=True)


class GivenOffersShape(Shape):
    """The offers of a customer, in order of precedence."""

    offers = GivenOfferShape(many=True)


class OfferRedemptionShape(Shape):
    """A redemption of an offer by an order; `customer` is null if unknown."""

    offer = Text()
    order = Text()
    customer = Text(allow_null=True)
    amount = Text()
    redeemed_at = Instant()
    returned = serializers.BooleanField()
