"""The calls for a single customer: value, and all stored scores."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Operation
from core.api.parameters import Parameter
from core.api.permissions import user_of
from core.api.throttles import ApiRate
from core.audit import record_look
from customers.api.people import customer_with
from customers.models import AuditSubject, Customer, Purpose
from customers.privacy.consent import refuses
from predictions.api.predicting.counted import Counted
from predictions.api.predicting.on_demand import NEEDED
from predictions.api.refusals import refusals
from predictions.api.responses import (
    StoredScoresSerializer,
    ValueOfCustomerSerializer,
    interval_as_json,
    show_reasons,
)
from predictions.api.throttles import PredictRate
from predictions.kinds.reasons import sorted_reasons
from predictions.models import ModelVersion
from predictions.registry import model_named, models
from predictions.scores import plain, public, stored_of
from predictions.scoring.customer_panel import (
    bought_by,
    reasons_of,
    risks_of,
    version_of,
    warnings_of,
)
from predictions.scoring.on_demand import NO_CONSENT, Predicted, intervals_of, predicted_of
from predictions.statistics.value_intervals import Interval

VALUES = (
    *("clv", "expected_orders", "expected_order_value", "clv_top_percent", "value_band"),
    *("churn_risk", "next_order_on", "journey_stage", "probability_alive"),
)
RFM = ("recency_score", "frequency_score", "monetary_score")
LIVE = Parameter(
    "live",
    serializers.ChoiceField(["0", "1"], required=False),
    "1: computed now, not what is stored.",
)


class ValueOfCustomer(Counted):
    """The value of a customer; nulls for a customer without purchases."""

    counted_as = "calculate"
    throttle_classes = (ApiRate, PredictRate)
    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(ValueOfCustomerSerializer),
            parameters=[LIVE],
            summary="Read a customer's value",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str) -> Response:
        customer = customer_with(number, user_of(request))
        record_look(user_of(request), AuditSubject.CUSTOMER, number, "clv")
        version = model_named("clv").deployed
        body: dict[str, Any] = {"id": customer.external_id, "warnings": warnings_of(version)}
        if refuses(customer, Purpose.PERSONALIZATION):
            nothing = interval_as_json(None) | _nothing()
            return Response(body | _values({}) | nothing | {"why": NO_CONSENT})
        if self.query.get("live") == "1":
            at = clock.now()
            as_of: datetime | None = at
            with refusals():
                found = _live(customer, at)
            reasons = {code: one.reasons for code, one in found.items()}
            scores: Mapping[str, Any] = {
                column: value
                for one in found.values()
                for column, value in (one.scores or {}).items()
            }
            number_of, writer = (version.number, version) if version else (None, None)
        else:
            row = stored_of(customer)
            stand = row.stands.get("clv")
            as_of = (stand.as_of if stand else None) or row.as_of
            scores, reasons = row.columns, reasons_of(customer)
            number_of = stand.version if stand else None
            writer = None if stand is None else version_of(stand)
        orders, sales = bought_by(customer, as_of or clock.now())
        told_of = sorted_reasons(reasons.get("clv", ()))
        return Response(
            body
            | _values(scores)
            | interval_as_json(_interval(customer, writer, as_of))
            | {
                "historic": {"orders": orders, "sales": plain(sales)},
                "version": number_of,
                "as_of": as_of,
                "reasons": show_reasons(told_of),
            }
        )


class ScoresOfCustomer(Counted):
    """All stored scores of a customer, with reasons and the history of churn risks."""

    counted_as = "customer-predictions"
    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(StoredScoresSerializer),
            summary="List scores of a customer",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str) -> Response:
        customer = customer_with(number, user_of(request))
        record_look(user_of(request), AuditSubject.CUSTOMER, number, "predictions")
        body: dict[str, Any] = {"id": customer.external_id}
        stored = stored_of(customer)
        if refuses(customer, Purpose.PERSONALIZATION):
            names = dict.fromkeys(public(stored))
            empty: dict[str, Any] = {"as_of": None, "scores": names, "reasons": {}, "history": []}
            return Response(body | empty | {"why": NO_CONSENT})
        return Response(
            body
            | {
                "as_of": stored.as_of,
                "scores": public(stored),
                "reasons": {
                    code: show_reasons(sorted_reasons(reasons))
                    for code, reasons in reasons_of(customer).items()
                },
                "history": [
                    {"at": one.at, "churn_risk": plain(one.churn_risk), "version": one.version}
                    for one in risks_of(customer)
                ],
            }
        )


def _live(customer: Customer, as_of: datetime) -> dict[str, Predicted]:
    """Return the current prediction of each deployed version for a customer, by model code."""
    found = {}
    for model in models().exclude(deployed=None).exclude(limits=None):
        assert model.deployed is not None
        model.deployed.model = model
        found[model.code] = predicted_of([customer], model.deployed, as_of=as_of)[0]
    return found


def _interval(
    customer: Customer, version: ModelVersion | None, as_of: datetime | None
) -> Interval | None:
    """Return the interval of a customer's lifetime value by `version` as of an instant."""
    if version is None or as_of is None:
        return None
    return intervals_of([customer], version, as_of=as_of)[0]


def _values(columns: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: plain(columns.get(name)) for name in VALUES}
    rfm = {name: plain(columns.get(name)) for name in RFM}
    return found | {"rfm": rfm | {"segment": plain(columns.get("rfm_segment"))}}


def _nothing() -> dict[str, Any]:
    return {"historic": None, "version": None, "as_of": None, "reasons": []}
