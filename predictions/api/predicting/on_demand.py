"""Predictions on demand, for customers or for rows of features."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.website_limits import Treatment, limit_rows
from core.api.endpoint import Answer, Operation
from core.api.parameters import Parameter
from core.api.parsing import ExactTextField, StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.api.throttles import ApiRate
from core.audit import record_look
from core.database.fields import AMOUNT_LIMIT
from core.problems import Problem
from customers.api.people import customer_with
from customers.models import AuditSubject, Customer
from predictions.api.fields import AnyField
from predictions.api.predicting.counted import Counted
from predictions.api.refusals import refusals
from predictions.api.responses import ModelPredictionsSerializer, show_reasons
from predictions.api.throttles import PredictRate, turn_for
from predictions.history.values import Value
from predictions.kinds import KINDS, Kind
from predictions.kinds.deep_algorithms import check_on_demand
from predictions.kinds.reasons import sorted_reasons
from predictions.kinds.trained import Input, TrainedKind, is_trained
from predictions.models import ModelVersion
from predictions.models.lifecycle.model import LONGEST_CODE
from predictions.refusals import Refused
from predictions.registry import model_named, version_of
from predictions.scores import plain
from predictions.scoring.on_demand import Predicted, deployed_of, predicted_from, predicted_of

MOST = 1_000
# The permissions to read predictions of single customers.
NEEDED = ("predictions.view_scores", "segments.view_members")
ALL_REASONS = Parameter(
    "all_reasons",
    serializers.ChoiceField(["0", "1"], required=False),
    "1: all reasons, not the five with the largest effect.",
)


class PredictSerializer(StrictSerializer):
    """A model, and either customers or rows of features."""

    model = ExactTextField(max_length=LONGEST_CODE)
    customers = serializers.ListField(
        child=ExactTextField(max_length=255), min_length=1, max_length=MOST, required=False
    )
    instances = serializers.ListField(
        child=serializers.DictField(child=AnyField()),
        min_length=1,
        max_length=MOST,
        required=False,
    )
    version = WholeNumberField(default=None, allow_null=True, min_value=1, max_value=2**31 - 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that either customers or instances are given. Raises ValidationError otherwise."""
        if ("customers" in attrs) == ("instances" in attrs):
            text = _("Either customers or instances are needed.")
            raise serializers.ValidationError({"customers": [text]}, code="one_of_both")
        return attrs


class Predicting(Counted):
    """Runs a model now; nothing is stored."""

    counted_as = "predict"
    throttle_classes = (ApiRate, PredictRate)
    operations: ClassVar = {
        "POST": Operation(
            ["predictions.view_scores"],
            Answer(ModelPredictionsSerializer),
            takes=PredictSerializer,
            parameters=[ALL_REASONS],
            example={
                "model": "next_order",
                "instances": [{"recency_days": 12, "gap_days": 30.5}],
            },
            refusals=[HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Predict by a model",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        if "customers" in asked and not request.user.has_perms(NEEDED):
            raise PermissionDenied
        at = clock.now()
        with turn_for(len(asked.get("instances") or asked["customers"])), refusals():
            model = model_named(asked["model"])
            number = asked["version"]
            version = deployed_of(model) if number is None else version_of(model, number)
            version.model = model
            kind = KINDS[model.kind]
            if "instances" in asked:
                ids: Sequence[str | None] = [None] * len(asked["instances"])
                found = _of_instances(asked["instances"], kind, version, at)
            else:
                people = people_called(asked["customers"], user_of(request))
                ids = [one.external_id for one in people]
                found = predicted_of(people, version, as_of=at)
                _note_look(request, ids, model.code)
        every = self.query.get("all_reasons") == "1"
        return Response(
            {
                "predictions": [_plain(one, kind) for one in found],
                "details": [
                    {"id": number} | details(one, all_of_them=every)
                    for number, one in zip(ids, found, strict=True)
                ],
                "model": model.code,
                "version": version.number,
                "as_of": at,
            }
        )


def details(one: Predicted, *, all_of_them: bool) -> dict[str, Any]:
    """Return a prediction as the API shows it."""
    body: dict[str, Any] = {
        "scores": None
        if one.scores is None
        else {column: plain(value) for column, value in one.scores.items()},
        "reasons": show_reasons(sorted_reasons(one.reasons, all_of_them=all_of_them)),
    }
    if all_of_them and one.intercept is not None:
        body["intercept"] = one.intercept
    if one.why:
        body["why"] = one.why
    return body


def _plain(one: Predicted, kind: Kind) -> int | str | bool | None:
    return None if one.scores is None else plain(one.scores[kind.plain])


def people_called(numbers: Sequence[str], user: Any) -> list[Customer]:
    """Return the customers with these numbers, in this order.

    Raises NotFound for the first number without a customer on a website that `user` may see.
    """
    named = Customer.objects.filter(external_id__in=numbers).select_related("website")
    known = {one.external_id: one for one in limit_rows(named, user, "website")}
    return [known.get(number) or customer_with(number, user) for number in numbers]


def _note_look(request: Request, ids: Sequence[str | None], code: str) -> None:
    record_look(user_of(request), AuditSubject.CUSTOMER, "", f"predict {code}", customers=ids)


def _of_instances(
    instances: Sequence[Mapping[str, Any]], kind: Kind, version: ModelVersion, at: datetime
) -> list[Predicted]:
    if not is_trained(kind):
        text = _("“%(code)s” is made of rules, and has no features to predict from.")
        raise Refused("not_for_rules", text % {"code": kind.code})
    check_on_demand(version, kind)
    inputs = cast(TrainedKind, kind).scorer(version).inputs
    rows = read_instances(instances, inputs)
    return predicted_from(rows, version, today=at.astimezone(UTC).date().toordinal())


def read_instances(
    instances: Sequence[Mapping[str, Any]], inputs: Sequence[Input]
) -> list[list[Value]]:
    """Return rows of features in the order of `inputs`.

    Raises the error of `invalid` with the path of each unknown or missing feature, and of each
    value that is no number within the limits; 100 problems at most.
    """
    known = {one.name: one for one in inputs}
    problems: list[Problem] = []
    rows: list[list[Value]] = []
    for index, instance in enumerate(instances):
        path = f"instances[{index}]"
        for name in instance:
            if name not in known:
                text = _("There is no such feature, but these: %(known)s.")
                said = text % {"known": ", ".join(known)}
                problems.append(Problem(f"{path}.{name}", "unknown_feature", said))
        row: list[Value] = []
        for name, one in known.items():
            value = instance.get(name)
            if name not in instance or (value is None and not one.may_be_missing):
                text = _("This feature is needed.")
                problems.append(Problem(f"{path}.{name}", "missing_feature", text))
            elif value is None:
                row.append(None)
            elif (number := _finite(value)) is None:
                text = _("A number within ±1,000,000,000 is needed.")
                problems.append(Problem(f"{path}.{name}", "not_a_number", text))
            else:
                row.append(number)
        rows.append(row)
    if problems:
        raise invalid(*problems[:100])
    return rows


def _finite(value: Any) -> int | Fraction | None:
    """Return a JSON number exactly; None for another type, NaN and a number beyond the limits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -AMOUNT_LIMIT <= value <= AMOUNT_LIMIT:  # NaN fails the comparison as well
        return None
    return value if isinstance(value, int) else Fraction(value)
