"""Stored memberships: the members of a segment, and the segments of a customer."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.permissions import user_of
from core.audit import record_look
from customers.api.people import customer_with
from customers.models import AuditSubject
from segments.api.responses import MemberSerializer, SegmentOfCustomerSerializer
from segments.api.segments import segment_at
from segments.models import Membership
from segments.rules.website_limits.websites import members_within, seen_by


class Members(Endpoint):
    """The stored members of a segment, in the order of the shop's import."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_members"],
            Answer(MemberSerializer, pages=True),
            parameters=PAGED,
            summary="List members of a segment",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, code: str) -> Response:
        segment = segment_at(code, user_of(request))
        rows = Membership.objects.filter(segment=segment).select_related("customer")
        rows = members_within(rows, websites_of(request.user))

        def record_member_look(page: list[Membership]) -> None:
            seen = [row.customer.external_id for row in page]
            record_look(user_of(request), AuditSubject.SEGMENT, code, "members", customers=seen)

        return page_of(rows, "customer_id", self.render, self, prepare=record_member_look)


class SegmentsOfCustomer(Endpoint):
    """The active segments that a customer is in."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_members"],
            Answer(SegmentOfCustomerSerializer, pages=True),
            parameters=PAGED,
            summary="List segments of a customer",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str) -> Response:
        customer = customer_with(number, user_of(request))
        rows = Membership.objects.filter(customer=customer, segment__is_active=True)
        rows = seen_by(rows, request.user, "segment")
        return page_of(rows.select_related("segment"), "segment_id", self.render, self)
