"""What the calls about offers answer, as the schema shows it."""

from typing import Any

from rest_framework import serializers

from personalization.models import OfferKind

Shape = serializers.Serializer[Any]
Text = serializers.CharField
Instant = serializers.DateTimeField


class GivenOfferShape(Shape):
    """An offer as a customer is given it."""

    code = Text()
    kind = serializers.ChoiceField(OfferKind.choices)
    value = Text(allow_null=True)
    sentence = Text()
    disclosure = Text()
    expected_response_rate = serializers.FloatField(allow_null=True)
    personalization_score = Text(allow_null=True)


class GivenOffersShape(Shape):
    """The offers of a customer, the first before the others."""

    offers = GivenOfferShape(many=True)


class OfferRedemptionShape(Shape):
    """An offer that an order has made use of; `customer` is null where nobody knows whose it is."""

    offer = Text()
    order = Text()
    customer = Text(allow_null=True)
    amount = Text()
    redeemed_at = Instant()
    returned = serializers.BooleanField()
