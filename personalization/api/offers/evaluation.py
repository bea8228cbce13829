"""The offers of a customer, and their redemption by an order, for the storefront."""

from http import HTTPStatus
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import AmountField, CartField, ClockField, StrictSerializer, YesNoField
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.database.fields import AMOUNT_LIMIT
from core.problems import Problem
from customers.models import Customer, Order
from personalization.api.experiences.serving import StorableField
from personalization.api.fields import PartWeightsField
from personalization.api.offers.editing import API
from personalization.api.offers.responses import GivenOffersSerializer, OfferRedemptionSerializer
from personalization.api.throttles import ServeRate
from personalization.experiences.serving.shopper import find_customer
from personalization.intake.privacy_signals import is_signalled, refuse_as_signalled
from personalization.models import Offer
from personalization.offers.evaluating import show
from personalization.offers.redeeming import NotRedeemed, Refusal, redeem

SAID = {
    Refusal.BUDGET_SPENT: gettext_lazy("The budget of the offer is spent."),
    Refusal.LIMIT_REACHED: gettext_lazy("The customer has had the offer as often as one may."),
    Refusal.NOT_ACTIVE: gettext_lazy("The offer is not active, or its time is over."),
    Refusal.ORDER_CANCELED: gettext_lazy("The order is canceled."),
}


class OfferedSerializer(StrictSerializer):
    """The customer, cart and time of a request for offers."""

    customer_id = StorableField(max_length=255)
    cart = CartField(default=None, allow_null=True)
    as_of = ClockField(default=None, allow_null=True)
    gpc = YesNoField(default=False)
    weights = PartWeightsField(default=None, allow_null=True)


class RedeemedSerializer(StrictSerializer):
    """The order of a redemption, and its cost in the base currency."""

    order = StorableField(max_length=64)
    amount = AmountField()


class EvaluatingOffers(Endpoint):
    """Which offers a customer is shown; that stands in the audit log.

    Who is no customer is an anonymous shopper, as in experiences.
    """

    throttle_classes = (ServeRate,)
    operations: ClassVar = {
        "POST": Operation(
            ["personalization.serve_experience"],
            Answer(GivenOffersSerializer),
            takes=OfferedSerializer,
            example={"customer_id": "C17"},
            summary="Evaluate offers for a customer",
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        customer = find_customer(asked["customer_id"])
        author = user_of(request)
        question = {name: asked[name] for name in ("cart", "as_of", "weights")}
        if is_signalled(request.headers, asked):
            refuse_as_signalled(customer, author=author)
        try:
            found = show(customer, author=author, **question)
        except Customer.DoesNotExist:  # The customer has been erased meanwhile.
            found = show(None, author=author, **question)
        return Response(self.render({"offers": found}))


class RedeemingOffers(Endpoint):
    """Notes that an order has made use of an offer; again it is the same redemption."""

    operations: ClassVar = {
        "POST": Operation(
            ["personalization.redeem_offer"],
            Answer(OfferRedemptionSerializer),
            takes=RedeemedSerializer,
            example={"order": "O-5001", "amount": "12.50"},
            refusals=[HTTPStatus.CONFLICT],
            summary="Record that an order used an offer",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        offer = API.row_at(code)
        asked = self.body()
        number, amount = asked["order"], asked["amount"]
        if not 0 <= amount <= AMOUNT_LIMIT:
            raise invalid(Problem("amount", "out_of_range", _("From 0 to 1,000,000,000.")))
        try:
            redemption = redeem(offer, number, amount, author=user_of(request))
        except NotRedeemed as error:
            message = str(SAID[error.refusal])
            problem = Problem("", error.refusal.value, message)
            raise Refused(HTTPStatus.CONFLICT, message, [problem]) from error
        except Order.DoesNotExist as error:
            text = _("There is no order “%(number)s”.") % {"number": number}
            raise NotFound(text) from error
        except Offer.DoesNotExist as error:
            raise NotFound(_("There is no offer “%(code)s”.") % {"code": code}) from error
        return Response(self.render(redemption))
