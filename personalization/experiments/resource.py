"""Experiments as a resource: which fields may be written in which state, and what is refused."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.parsing import CodesField, ExactTextField, TextField
from core.api.refusals import problems_in
from core.problems import Locked, Problem
from core.resources.fields import DocumentField, RowField, TextsField
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks
from core.text.formats import number_shown
from core.text.json_documents import can_be_stored
from personalization.conditions.audience import check_audience
from personalization.experiments.assignment.channels import hold_named
from personalization.experiments.assignment.variants import (
    checked_variants,
    equal_weights,
    most_variants,
    reasons_against_joining,
    with_equal_weights,
)
from personalization.experiments.audit import EXPERIMENT
from personalization.experiments.bandits.outcomes import allowed_rewards
from personalization.models import Experiment, ExperimentState, Metric, Mode, Placement
from personalization.models.experiences.experiment import SALT

# The only unit of assignment.
UNIT = "customer"
# Fields written only by starting and stopping an experiment.
STATE = ("state", "started_at", "stopped_at")
# Fields that may change during the run, besides traffic, which may grow.
FREE = ("name", "hypothesis")
# Short forms in the document of a new experiment.
SHORT_FORMS: Mapping[str, serializers.Field[Any, Any, Any, Any]] = {
    "customer_segment": TextField(required=False, allow_null=True, max_length=255),
    "success_metrics": CodesField(required=False),
}


@extend_schema_field(
    {
        "oneOf": [
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"code": {"type": "string"}, "weight": {"type": "integer"}},
                    "required": ["code", "weight"],
                    "additionalProperties": True,
                },
            },
            {"type": "object", "additionalProperties": {"type": "object"}},
        ]
    }
)
class VariantsField(serializers.Field[Any, Any, Any, Any]):
    """A list of variants, or an object of them by code, whose weights are then equal.

    The first one is the control. Responses have the list.
    """

    default_error_messages = {
        "invalid": gettext_lazy("A list of variants is needed here, or an object of them by code."),
        "not_an_object": gettext_lazy("Each variant is an object."),
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list):
            return data
        if not isinstance(data, Mapping):
            self.fail("invalid")
        if not all(isinstance(one, Mapping) for one in data.values()):
            self.fail("not_an_object")
        if not 1 <= len(data) <= most_variants():
            return list(data.values())
        weights = equal_weights(len(data))
        return [
            {"weight": weight, **one, "code": code}
            for weight, (code, one) in zip(weights, data.items(), strict=True)
        ]

    def to_representation(self, value: Any) -> Any:
        return value


class UnitField(serializers.ChoiceField):
    """The unit of assignment, which is the same for every experiment."""

    def __init__(self, **more: Any) -> None:
        super().__init__([UNIT], source="*", read_only=True, **more)

    def to_representation(self, value: Any) -> str:
        return UNIT


class ExperimentSerializer(ResourceSerializer):
    """An experiment; its unit, state and times may only be sent back as they are."""

    reserved_codes = frozenset({"power", "results"})

    placement = RowField(of=Placement, default=None, allow_null=True)
    salt = ExactTextField(default="", allow_blank=True, max_length=64, validators=[SALT])
    variants = VariantsField()
    audience = DocumentField(judge=check_audience, default=None, allow_null=True)
    metrics = TextsField(choices=Metric.values, default=list)
    unit = UnitField()

    class Meta:
        model = Experiment
        fields: ClassVar = [
            *("code", "name", "hypothesis", "placement", "salt", "traffic", "variants", "audience"),
            *("primary_metric", "metrics", "window_days", "alpha", "method", "planned_size"),
            *("winsorize", "mode", "reward", "reward_hours", "floor", "batch_hours"),
            *("planned_batches", "on_winner", "unit", *STATE, "version"),
        ]
        read_only_fields: ClassVar = STATE
        extra_kwargs: ClassVar = {
            "traffic": {"max_value": 10_000},
            "window_days": {"min_value": 1, "max_value": 365},
            "planned_size": {"min_value": 1},
            "reward_hours": {"min_value": 1, "max_value": 720},
            "floor": {"min_value": 1_000, "max_value": 10_000},
            "batch_hours": {"min_value": 1, "max_value": 168},
            "planned_batches": {"min_value": 2, "max_value": 1_000},
        }

    def read_values(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Read a document; that of a new experiment may have short forms in it."""
        document, short = long_form(data) if self.instance is None else (data, [])
        values, problems = super().read_values(document)
        return values, [*short, *problems, *self._state_problems(data)]

    def _state_problems(self, data: Mapping[str, Any]) -> Iterator[Problem]:
        shown = self.to_representation(self.new if self.instance is None else self.instance)
        if data.get("unit", UNIT) != UNIT:
            yield Problem("unit", "invalid_choice", _("The only unit is “customer”."))
        text = _("An experiment is started by its call start/ and stopped by stop/.")
        for name in STATE:
            if name in data and data[name] != shown[name]:
                yield Problem(name, "read_only", text)

    @checks("salt")
    def salt_is_the_code_where_it_is_empty(self, row: Experiment) -> None:
        row.salt = row.salt or row.code.replace("_", "-")

    @checks("alpha")
    def alpha_is_a_risk(self, row: Experiment) -> Iterator[Problem]:
        if not 0.0001 <= row.alpha <= 0.5:
            yield Problem("alpha", "out_of_range", _("From 0.0001 to 0.5."))

    @checks("winsorize", "primary_metric", "metrics")
    def revenue_alone_is_cut(self, row: Experiment) -> Iterator[Problem]:
        measured = [row.primary_metric, *row.metrics]
        if row.winsorize is not None:
            if not 50 <= row.winsorize < 100:
                text = _("A percentile from 50 to below 100.")
                yield Problem("winsorize", "out_of_range", text)
            elif Metric.REVENUE_PER_VISITOR not in measured:
                text = _("Only revenue per visitor is cut, which is not among the metrics.")
                yield Problem("winsorize", "only_revenue", text)

    @checks("primary_metric", "metrics")
    def primary_metric_is_no_further_one(self, row: Experiment) -> None:
        row.metrics = [one for one in row.metrics if one != row.primary_metric]

    @checks("mode", "variants", "reward")
    def reward_is_of_the_channel(self, row: Experiment) -> Iterator[Problem]:
        if row.mode != Mode.BANDIT:
            return
        allowed = allowed_rewards(row.variants)
        if not row.reward:
            text = _("A bandit needs a success: %(allowed)s.")
            yield Problem("reward", "required", text % {"allowed": ", ".join(allowed)})
        elif row.reward not in allowed:
            text = _("Here only %(allowed)s can be the success.")
            yield Problem("reward", "unknown_choice", text % {"allowed": ", ".join(allowed)})

    @checks("mode", "reward_hours", "batch_hours", "planned_batches")
    def success_is_judged_before_the_end(self, row: Experiment) -> Iterator[Problem]:
        if row.mode == Mode.BANDIT and row.reward_hours > row.batch_hours * row.planned_batches:
            text = _("All batches together take %(hours)d hours: success has to be judged by then.")
            message = text % {"hours": row.batch_hours * row.planned_batches}
            yield Problem("reward_hours", "out_of_range", message)

    @checks("mode", "variants", "placement")
    def variants_can_be_shown(self, row: Experiment) -> Iterator[Problem]:
        if row.mode == Mode.BANDIT:
            row.variants, differs = with_equal_weights(row.variants)
            if differs:
                text = _("A bandit begins with equal weights and chooses them itself afterwards.")
                self.warnings.append(Problem("variants", "weights_not_used", text))
        row.variants, problems = checked_variants(row.variants, row.placement)
        yield from problems

    @checks("variants", "placement", "traffic")
    def somebody_can_join(self, row: Experiment) -> None:
        if row.state == ExperimentState.DRAFT:
            self.warnings += reasons_against_joining(row)


def long_form(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the document of a new experiment without short forms, and the problems of these."""
    document, short = dict(data), {}
    problems: list[Problem] = []
    for name, field in SHORT_FORMS.items():
        if name in document:
            try:
                short[name] = field.run_validation(document.pop(name))
            except serializers.ValidationError as error:
                problems += problems_in(error.detail, name)
    if (segment := short.get("customer_segment")) is not None:
        if document.get("audience") is not None:
            text = _("There is an audience already.")
            problems.append(Problem("customer_segment", "invalid", text))
        document["audience"] = {"operator": "is", "segments": [segment]}
    if metrics := short.get("success_metrics"):
        document["primary_metric"], *document["metrics"] = metrics
    return document, problems


class Experiments(Resource):
    """All experiments; content that an experiment has shown stays known."""

    serializer = ExperimentSerializer
    subject = EXPERIMENT
    usual_code = "experiment"

    def rows(self) -> Any:
        return super().rows().select_related("placement")

    def checked(self, row: Any, document: Any, **more: Any) -> ResourceSerializer:
        """Return the serializer of `document`; a new experiment without a code gets one.

        Raises Locked for a change that a running or stopped experiment does not allow.
        """
        if isinstance(document, Mapping):
            _hold_named(document)
            if row is None and "code" not in document:
                document = {**document, "code": self.free_code(document.get("name"))}
        serializer = super().checked(row, document, **more)
        if row is not None and row.state != ExperimentState.DRAFT:
            _check_locks(serializer, row, serializer.row)
        return serializer

    def before_delete(self, row: Experiment, *, author: Any) -> None:
        if row.state != ExperimentState.DRAFT:
            raise Locked([Problem("state", "locked", _("Only a draft can be deleted."))])


EXPERIMENTS = Experiments()


def _hold_named(document: Mapping[str, Any]) -> None:
    """Lock the rows that a document names against deletion until the end of the transaction."""
    placement, variants = document.get("placement"), document.get("variants")
    if isinstance(placement, str) and can_be_stored(placement):
        # A concurrent deletion is either committed before, and the placement is unknown, or waits,
        # and finds the placement in use.
        list(Placement.objects.select_for_update(no_key=True).filter(code=placement))
    if isinstance(variants, Mapping):
        variants = list(variants.values())
    hold_named(variants if isinstance(variants, list) else [])


def _check_locks(reader: ResourceSerializer, had: Experiment, row: Any) -> None:
    """Raise Locked for changes of fields that are fixed once an experiment has started."""
    before, after = reader.document_of(had), reader.document_of(row)
    changed = [name for name in after if before[name] != after[name]]
    if had.state == ExperimentState.STOPPED:
        text = _("The experiment was stopped, which is final.")
        problems = [Problem(name, "locked", text) for name in changed]
    else:
        text = _("While the experiment is running this cannot be changed.")
        problems = [
            Problem(name, "locked", text) for name in changed if name not in {*FREE, "traffic"}
        ]
        if row.traffic < had.traffic:
            text = _("While the experiment is running traffic may only grow: it is %(now)s %%.")
            said = {"now": number_shown(Decimal(had.traffic) / 100)}
            problems.append(Problem("traffic", "locked", text % said))
    if problems:
        raise Locked(problems)
