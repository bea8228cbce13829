"""Experiments: read, written, started, stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_match, etag_of
from core.api.refusals import Refused, invalid
from core.api.refusals import as_json as findings
from core.problems import Problem
from personalization.api.experiment_answers import ExperimentShape, SavedExperimentShape
from personalization.api.experiment_body import (
    UNIT,
    ExperimentSerializer,
    NewExperimentSerializer,
    says_of,
)
from personalization.experiments.checking import Locked
from personalization.experiments.definition import STATE, ExperimentSays, as_json, said_by
from personalization.experiments.running import start, stop
from personalization.experiments.saving import (
    SavedExperiment,
    delete_experiment,
    locked,
    save_experiment,
    save_named,
)
from personalization.models import Experiment, ExperimentState

NEEDED = "personalization.{}_experiment"
EXAMPLE = {
    "name": "Which way of recommending sells more",
    "variants": {"usual": {"algorithm": "cosine"}, "new": {"algorithm": "collaborative_filtering"}},
    "success_metrics": ["conversion_rate"],
}
WRITTEN = {
    "name": "Which way of recommending sells more",
    "planned_size": 8158,
    "variants": [
        {"code": "usual", "weight": 5000, "algorithm": "cosine"},
        {"code": "new", "weight": 5000, "algorithm": "collaborative_filtering"},
    ],
}
CONFLICT = [HTTPStatus.CONFLICT]


class Experiments(Endpoint):
    """All experiments; a new one, which is a draft."""

    operations: ClassVar = {
        "GET": Operation(
            [NEEDED.format("view")],
            Answer(ExperimentShape, pages=True),
            parameters=[
                *PAGED,
                Parameter(
                    "state", serializers.ChoiceField(ExperimentState.choices, required=False)
                ),
            ],
            summary="List experiments",
        ),
        "POST": Operation(
            [NEEDED.format("add")],
            Answer(SavedExperimentShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewExperimentSerializer,
            example=EXAMPLE,
            summary="Create an experiment",
        ),
    }

    def get(self, request: Request) -> Response:
        rows = Experiment.objects.select_related("placement")
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        return page_of(rows, "pk", shown, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        code, author = values.pop("code", None), user_of(request)
        check_state(values, Experiment())
        if code:
            saved = save_experiment(Experiment(code=code), says_of(values), author=author)
        else:
            saved = save_named(says_of(values), author=author)
        response = _saved(saved, HTTPStatus.CREATED)
        response["Location"] = reverse("api:experiment", args=[saved.row.code])
        return response


class OneExperiment(Endpoint):
    """One experiment; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(
            [NEEDED.format("view")],
            Answer(ExperimentShape, headers=ETAG),
            summary="Read an experiment",
        ),
        "PUT": Operation(
            [NEEDED.format("change")],
            Answer(SavedExperimentShape, headers=ETAG),
            takes=ExperimentSerializer,
            example=WRITTEN,
            if_match=True,
            refusals=CONFLICT,
            summary="Replace an experiment",
        ),
        "PATCH": Operation(
            [NEEDED.format("change")],
            Answer(SavedExperimentShape, headers=ETAG),
            takes=ExperimentSerializer,
            example={"planned_size": 8158},
            if_match=True,
            refusals=CONFLICT,
            summary="Change an experiment",
        ),
        "DELETE": Operation(
            [NEEDED.format("delete")],
            Answer(None, HTTPStatus.NO_CONTENT),
            if_match=True,
            refusals=CONFLICT,
            summary="Delete an experiment",
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return answer(experiment_at(code))

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        with refusals(), transaction.atomic():
            row = _to_change(request, experiment_at(code))
            delete_experiment(row, author=user_of(request))
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with refusals(), transaction.atomic():
            row = _to_change(request, experiment_at(code))
            values = self.body(partial=partial)
            if values.pop("code", code) != code:
                raise invalid(Problem("code", "read_only", _("The code never changes.")))
            check_state(values, row)
            says = ExperimentSays(**(said_by(row) | values))
            saved = save_experiment(row, says, author=user_of(request))
        return _saved(saved, HTTPStatus.OK)


class StartingExperiment(Endpoint):
    """Has a draft run."""

    operations: ClassVar = {
        "POST": Operation(
            ["personalization.start_experiment"],
            Answer(ExperimentShape, headers=ETAG),
            refusals=CONFLICT,
            summary="Start an experiment",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        self.body()
        with refusals():
            return answer(start(experiment_at(code), author=user_of(request)))


class StoppingExperiment(Endpoint):
    """Ends an experiment for good."""

    operations: ClassVar = {
        "POST": Operation(
            ["personalization.stop_experiment"],
            Answer(ExperimentShape, headers=ETAG),
            refusals=CONFLICT,
            summary="Stop an experiment",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        self.body()
        with refusals():
            return answer(stop(experiment_at(code), author=user_of(request)))


def check_state(values: dict[str, Any], row: Experiment) -> None:
    """Take out of what was sent what only the calls that start and stop say, and the unit.

    Raises the refusal of a state or time that is not that of `row`.
    """
    values.pop("unit", None)
    stored = as_json(row)
    text = _("An experiment is started by its call start/ and stopped by stop/.")
    problems = [
        Problem(name, "read_only", text)
        for name in STATE
        if name in values and values.pop(name) != stored[name]
    ]
    if problems:
        raise invalid(*problems)


@contextmanager
def refusals() -> Iterator[None]:
    """Answer 409 for what an experiment can no longer do or be."""
    try:
        yield
    except Locked as error:
        first = error.problems[0]
        raise Refused(
            HTTPStatus.CONFLICT, first.message, error.problems, code=first.code
        ) from error


def experiment_at(code: str) -> Experiment:
    """Return the experiment `code`; raises NotFound."""
    rows = Experiment.objects.select_related("placement")
    row: Experiment | None = rows.filter(code=code).first()
    if row is None:
        raise NotFound(_("There is no experiment “%(code)s”.") % {"code": code})
    return row


def shown(row: Experiment) -> dict[str, Any]:
    """Return an experiment as the API shows it."""
    return as_json(row) | {"unit": UNIT, "version": row.version}


def answer(row: Experiment) -> Response:
    """Return the answer that shows an experiment."""
    return Response(shown(row), headers={"ETag": etag_of(row)})


def _saved(saved: SavedExperiment, status: HTTPStatus) -> Response:
    body = shown(saved.row) | {"warnings": findings(saved.warnings)}
    return Response(body, status=status, headers={"ETag": etag_of(saved.row)})


def _to_change(request: Request, row: Experiment) -> Experiment:
    found = locked(row)
    text = _("Somebody else has changed it meanwhile; version %(version)d is stored.")
    check_if_match(request, etag_of(found), text % {"version": found.version})
    return found
