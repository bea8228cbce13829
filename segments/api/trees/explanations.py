"""Why somebody is in or not: for a tree that is not saved, and for a segment."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from conditions.errors import InvalidTree
from core.access.personal import PERMISSION
from core.access.website_limits import Treatment, is_limited, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ExactTextField
from core.api.permissions import user_of
from core.api.refusals import as_json, invalid
from core.api.throttles import ApiRate, PreviewRate
from core.audit import record_look
from core.clock import now
from core.database.snapshot import read_snapshot
from core.problems import Problem
from customers.api.people import PersonSerializer, customer_called, customer_with
from customers.models import AuditSubject, Customer
from segments.api.segments import segment_at
from segments.api.trees.previews import EXAMPLE_TREE, RuleSerializer, check_seen
from segments.api.trees.responses import (
    ExplanationOfPersonSerializer,
    MembershipExplanationSerializer,
)
from segments.insight.explanations.explanation import (
    Explanation,
    explain_membership,
    values_seen_by,
)
from segments.insight.previews.preview import rule_from
from segments.rules.evaluation.rule import rule_of


class ExplanationSerializer(RuleSerializer):
    """A rule, and the customer it is asked about: number or e-mail address."""

    customer = ExactTextField(max_length=255)


class PreviewExplanation(Endpoint):
    """Whether a tree, saved or not, holds for one customer."""

    operations: ClassVar = {
        "POST": Operation(
            ["conditions.preview", "segments.view_members"],
            Answer(ExplanationOfPersonSerializer),
            takes=ExplanationSerializer,
            example={"conditions": EXAMPLE_TREE, "customer": "C-1001"},
            summary="Explain a tree for one customer",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }
    throttle_classes = (ApiRate, PreviewRate)

    def post(self, request: Request) -> Response:
        asked = self.body()
        if is_limited(request.user):
            check_seen(asked["segment"], user_of(request))
        called, as_of = asked.pop("customer"), asked.pop("as_of")
        with read_snapshot():
            allowed_websites = websites_of(request.user)
            rule = rule_from(asked.pop("conditions"), **asked, allowed_websites=allowed_websites)
            customer = customer_called(called, request.user)
            if customer is None:
                message = _("There is no customer “%(called)s”.") % {"called": called}
                raise invalid(Problem("customer", "unknown_customer", message))
            can_see = values_seen_by(request.user)
            found = explain_membership(rule, customer, can_see=can_see, as_of=as_of)
        return Response(
            _as_json(found, request, customer) | {"customer": PersonSerializer(customer).data}
        )


class CustomerInSegment(Endpoint):
    """Whether a customer is in a segment, judged now; an inactive one has nobody in it."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_members"],
            Answer(MembershipExplanationSerializer),
            summary="Explain a segment for one customer",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str, code: str) -> Response:
        with read_snapshot():
            user = user_of(request)
            customer, segment = customer_with(number, user), segment_at(code, user)
            try:
                can_see = values_seen_by(request.user)
                found = explain_membership(rule_of(segment), customer, can_see=can_see)
            except InvalidTree as error:
                return Response(
                    {
                        "member": False,
                        "as_of": now(),
                        "explanation": None,
                        "problems": as_json(error.problems),
                    }
                )
        body = _as_json(found, request, customer)
        return Response(body | {"member": found.member and segment.is_active})


def _as_json(found: Explanation, request: Request, customer: Customer) -> dict[str, Any]:
    """Return the explanation, and note that the user has seen the customer's values in it."""
    if request.user.has_perm(PERMISSION):
        record_look(user_of(request), AuditSubject.CUSTOMER, customer.external_id, "explanation")
    return {
        "member": found.member,
        "as_of": found.as_of,
        "in_scope": found.in_scope,
        "override": found.override,
        "explanation": found.tree,
    }
