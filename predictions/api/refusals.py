"""Refusals of predictions as problem details: each has its public `code`."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from rest_framework.exceptions import NotFound

from core.api.refusals import Refused as Problems
from core.problems import Problem
from predictions.refusals import Refused
from predictions.registry import Unknown

# Codes of what is wrong with a field, and no matter of how things stand.
FIELDS = {
    "nothing_to_train": "model",
    "bad_reason": "override_reason",
    "not_installed": "parameters.algorithm",
    "not_for_rules": "instances",
    "discount_exceeds_margin": "assumptions.price_cut",
}


@contextmanager
def refusals() -> Iterator[None]:
    """Answer what is refused: 404 for what is unknown, 400 for a field, 409 for all else."""
    try:
        yield
    except Unknown as error:
        raise NotFound(str(error)) from error
    except Refused as error:
        field = FIELDS.get(error.code)
        problems = [Problem(field, error.code, str(error))] if field else []
        status = HTTPStatus.BAD_REQUEST if field else HTTPStatus.CONFLICT
        raise Problems(status, str(error), problems, code=error.code, **error.details) from error
