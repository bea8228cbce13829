"""The responses of the offers API for the schema."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from core.api.response_fields import NullNumberField
from personalization.models import OfferKind, OfferRedemption
from personalization.offers.evaluating import Given
from personalization.offers.redeeming import is_returned
from personalization.offers.words import amount_in_json

Text = serializers.CharField
Instant = ClockField


class AmountTextField(serializers.CharField):
    """An amount without zeros at its end."""

    def to_representation(self, value: Decimal) -> str | None:  # type: ignore[override]
        return amount_in_json(value)


class GivenOfferSerializer(serializers.Serializer[Given]):
    """An offer as given to a customer."""

    code = Text(source="offer.code")
    kind = serializers.ChoiceField(OfferKind.choices, source="offer.kind")
    value = AmountTextField(source="offer.value", allow_null=True)
    sentence = Text()
    disclosure = Text()
    # Always null: no experiment has measured the lift.
    expected_response_rate = NullNumberField()
    personalization_score = Text(source="score", allow_null=True)


class GivenOffersSerializer(serializers.Serializer[dict[str, Any]]):
    """The offers of a customer, in order of precedence."""

    offers = GivenOfferSerializer(many=True)


class ReturnedField(serializers.BooleanField):
    """Whether the order of a redemption was returned."""

    def get_attribute(self, instance: OfferRedemption) -> bool:
        return is_returned(instance)


class OfferRedemptionSerializer(serializers.Serializer[OfferRedemption]):
    """A redemption of an offer by an order; `customer` is null if unknown."""

    offer = Text(source="code")
    order = Text()
    customer = Text(source="customer.external_id", allow_null=True)
    amount = AmountTextField()
    redeemed_at = Instant()
    returned = ReturnedField()
