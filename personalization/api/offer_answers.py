"""What the calls about offers answer, as the schema shows it."""

from typing import Any

from rest_framework import serializers

from core.api.openapi.schema import FindingShape
from personalization.models import OfferKind

Shape = serializers.Serializer[Any]
Text = serializers.CharField
Instant = serializers.DateTimeField


class OfferShape(Shape):
    """An offer; numbers are texts."""

    code = Text()
    kind = serializers.ChoiceField(OfferKind.choices)
    legal_basis = Text()
    value = Text(allow_null=True)
    audience = serializers.DictField(allow_null=True)
    priority = serializers.IntegerField()
    starts_at = Instant(allow_null=True)
    ends_at = Instant(allow_null=True)
    budget = Text(allow_null=True)
    max_per_customer = serializers.IntegerField(allow_null=True)
    min_margin = Text(allow_null=True)
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class SavedOfferShape(OfferShape):
    """An offer as it was just saved."""

    warnings = FindingShape(many=True)


class GivenOfferShape(Shape):
    """An offer as a customer is given it."""

    code = Text()
    kind = serializers.ChoiceField(OfferKind.choices)
    value = Text(allow_null=True)
    sentence = Text()
    disclosure = Text()
    expected_response_rate = serializers.FloatField(allow_null=True)


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
