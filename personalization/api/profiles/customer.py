"""The profile of one customer, and its insights."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import ClockField
from core.api.permissions import user_of
from core.api.refusals import Refused
from core.audit import record_look
from customers.api.people import customer_with
from customers.api.privacy import CustomerConsent
from customers.models import AuditSubject, Customer, Purpose
from customers.privacy.consent import refuses
from personalization.api.profiles.blocks import BLOCKS
from personalization.api.profiles.responses import CustomerInsightsSerializer, ProfileSerializer
from personalization.insights import insights_of
from personalization.profiles.computed import Profile
from segments.rules.website_limits.websites import hidden_segments

NEEDED = ("personalization.view_profile",)
NO_CONSENT = "no_consent"
# Further permissions for a block.
ALSO = {"predictions": "predictions.view_scores", "segments": "segments.view_members"}
# The blocks that may be requested; brands are part of the interests.
INCLUDED = {
    "behavior": ("behavior",),
    "interests": ("interests", "brands"),
    "predictions": ("predictions",),
    "segments": ("segments",),
    "insights": ("insights",),
    "lifestyle": ("lifestyle",),
}


class BlocksField(serializers.CharField):
    """Names of blocks, with commas between them."""

    def to_internal_value(self, data: Any) -> Any:
        names = [one.strip() for one in super().to_internal_value(data).split(",")]
        for name in names:
            if name not in INCLUDED:
                text = _("There is no block “%(name)s”; these are: %(known)s.")
                said = {"name": name[:60], "known": ", ".join(INCLUDED)}
                raise serializers.ValidationError(text % said, code="unknown_choice")
        return {block for name in names for block in INCLUDED[name]}


AS_OF = Parameter(
    "as_of",
    ClockField(required=False),
    "No activity after it counts; segments, scores and consent are those of now.",
)
INCLUDE = Parameter(
    "include",
    BlocksField(required=False),
    f"Only these blocks, with commas between them: {', '.join(INCLUDED)}.",
)


class OneProfile(Endpoint):
    """What is known of a customer, as of now or a moment before."""

    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(ProfileSerializer),
            parameters=[INCLUDE, AS_OF],
            summary="Read a customer's profile",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str) -> Response:
        customer = allowing_customer(number, user_of(request))
        user = user_of(request)
        record_look(user, AuditSubject.CUSTOMER, number, "profile")
        profile = Profile(customer, self.query.get("as_of") or clock.now())
        wanted = self.query.get("include") or set(BLOCKS)
        body: dict[str, Any] = {
            "customer": profile,
            "as_of": profile.as_of,
            "updated_at": profile.updated_at,
        }
        for name, block in BLOCKS.items():
            if name in wanted and (name not in ALSO or user.has_perm(ALSO[name])):
                body[name] = block(profile)
        if "segments" in body:
            hidden = hidden_segments(body["segments"], user)
            body["segments"] = [code for code in body["segments"] if code not in hidden]
        return Response(self.render(body))


class InsightsOfCustomer(Endpoint):
    """What is worth knowing of a customer."""

    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(CustomerInsightsSerializer),
            parameters=[AS_OF],
            summary="List insights about a customer",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str) -> Response:
        customer = allowing_customer(number, user_of(request))
        record_look(user_of(request), AuditSubject.CUSTOMER, number, "insights")
        profile = Profile(customer, self.query.get("as_of") or clock.now())
        found = {
            "id": customer.external_id,
            "as_of": profile.as_of,
            "insights": insights_of(profile),
        }
        return Response(self.render(found))


def allowing_customer(number: str, user: User) -> Customer:
    """Return the customer with this number.

    Raises NotFound (404) for an unknown number, and Refused (403) for a customer who refuses
    personalization.
    """
    customer = customer_with(number, user)
    if refuses(customer, Purpose.PERSONALIZATION):
        text = _("This customer refuses personalization: there is no profile.")
        raise Refused(HTTPStatus.FORBIDDEN, text, code=NO_CONSENT)
    return customer


class ConsentOfCustomer(CustomerConsent):
    """What a customer has allowed and refused: `customers/{number}/consent/`, by another name."""
