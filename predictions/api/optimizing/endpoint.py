"""Plans by strategies: the eligible customers, those to contact, and the expected value."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.permissions import user_of
from core.api.refusals import Refused as Problems
from core.api.routes.any_content_type import Anything, prefers_csv
from core.audit import record_look
from core.problems import Invalid
from customers.models import AuditSubject, Customer
from predictions.api.optimizing.answers import PlanSerializer
from predictions.api.optimizing.body import AS, CSV, LIST, RULE, OptimizeSerializer
from predictions.api.refusals import refusals
from predictions.api.throttles import one_at_a_time
from predictions.refusals import Refused
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.plans.contact_csv import export_contacts
from predictions.strategies.plans.plan import ALL, Plan, plan
from predictions.strategies.plans.saving import (
    check_contacts,
    check_save_as,
    save_as_lists,
    save_as_segment,
)
from predictions.strategies.question import Campaign, Question
from segments.export.allowed import may_export
from segments.export.contents import ExportRefused
from segments.export.customer_rows import ExportBusy
from segments.models import Segment

ADD_SEGMENT, SEE_MEMBERS = "segments.add_segment", "segments.view_members"
DISCOUNT = "discount_exceeds_margin"


class Optimizing(Endpoint):
    """Computes a plan; only the segments of `save_as` are stored.

    With `format` `csv`, or `Accept: text/csv` and no `format`: all chosen customers as CSV.
    """

    content_negotiation_class = Anything
    operations: ClassVar = {
        "POST": Operation(
            ["predictions.optimize"],
            Answer(PlanSerializer, media=["text/csv"]),
            takes=OptimizeSerializer,
            example={
                "strategy": "retention",
                "budget": "500",
                "cost_per_contact": "0.50",
                "assumptions": {"uplift": "0.05", "margin": "0.4"},
            },
            refusals=[HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Compute a plan",
        )
    }

    def post(self, request: Request) -> HttpResponseBase:
        asked = self.body()
        save_as, limit = asked.pop("save_as"), asked.pop("limit")
        format = asked.pop("format", None)
        if save_as is not None and not request.user.has_perm(ADD_SEGMENT):
            raise PermissionDenied
        if format == CSV or (format is None and save_as is None and prefers_csv(request)):
            return _csv(request, _question(asked))
        shows_people = request.user.has_perm(SEE_MEMBERS)
        segments: list[Segment] = []
        with one_at_a_time(), refusals():
            if save_as is not None and save_as[AS] == LIST:
                found, segments = _save_lists(request, _question(asked), save_as["code"])
            else:
                if save_as is not None:
                    check_save_as(save_as["code"])
                found = _plan(_question(asked), limit if shows_people else 0)
        body = dict(found.data)
        if shows_people:
            body["customers"] = _people(request, found, limit)
        body["segment"] = None
        if save_as is not None and save_as[AS] == RULE:
            with refusals():
                segments = [_save_rule(request, found, save_as["code"])]
        if "campaigns" in body and save_as is not None and save_as[AS] == LIST:
            body["campaigns"] = [
                line | {"segment": segment.code}
                for line, segment in zip(body["campaigns"], segments, strict=True)
            ]
        elif segments:
            body["segment"] = segments[0].code
        return Response(body)


def _csv(request: Request, question: Question) -> HttpResponseBase:
    """Return all chosen customers as a CSV stream, and record an export in the audit log.

    Raises PermissionDenied for users who may not export.
    """
    if not may_export(user_of(request)):
        raise PermissionDenied
    check_contacts(question, "format")
    with one_at_a_time(), refusals():
        found = _plan(question, ALL)
    try:
        return export_contacts(found, user=user_of(request))
    except ExportBusy as error:
        status = HTTPStatus.TOO_MANY_REQUESTS
        raise Problems(status, str(error), wait=error.retry_after) from error
    except ExportRefused as error:
        raise Problems(HTTPStatus.CONFLICT, str(error)) from error


def _save_lists(request: Request, question: Question, code: str) -> tuple[Plan, list[Segment]]:
    with _discount_refused():
        name = _name(question.strategy, code)
        return save_as_lists(question, code=code, name=name, author=user_of(request))


def _save_rule(request: Request, found: Plan, code: str) -> Segment:
    name = _name(found.data["strategy"], code)
    return save_as_segment(found.tree, code=code, name=name, author=user_of(request))


def _name(strategy: str, code: str) -> str:
    return f"{STRATEGIES[strategy].label} ({code})"


def _question(asked: Mapping[str, Any]) -> Question:
    given = {name: one for name, one in asked["assumptions"].items() if one is not None}
    campaigns = [Campaign(**one) for one in asked["campaigns"]]
    return Question(**{**asked, "assumptions": given, "campaigns": campaigns})


def _plan(question: Question, shown: int) -> Plan:
    with _discount_refused():
        return plan(question, shown=shown)


@contextmanager
def _discount_refused() -> Iterator[None]:
    """Turn the problem of a price reduction above the margin into a `Refused` with its code."""
    try:
        yield
    except Invalid as error:
        for problem in error.problems:
            if problem.code == DISCOUNT:
                raise Refused(DISCOUNT, problem.message) from error
        raise


def _people(request: Request, found: Plan, limit: int) -> list[dict[str, Any]]:
    """Return the first contacts with their customer numbers; the audit log records who saw them."""
    contacts = found.contacts[:limit]
    keys = [one.key for one in contacts]
    numbers = dict(Customer.objects.filter(pk__in=keys).values_list("pk", "external_id"))
    people = [
        {"id": numbers[one.key], "expected_value": one.expected_value}
        | ({"campaign": one.campaign} if one.campaign else {})
        for one in contacts
        # A customer may have been erased since the plan was computed.
        if one.key in numbers
    ]
    if people:
        record_look(
            *(user_of(request), AuditSubject.CUSTOMER, "", "clv/optimize"),
            customers=[one["id"] for one in people],
        )
    return people
