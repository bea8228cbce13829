"""Refusals of predictions as problem details with a public `code`."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from rest_framework.exceptions import NotFound

from core.api.refusals import Refused as Problems
from core.problems import Problem
from predictions.refusals import Refused
from predictions.registry import Unknown

# Refusals that are errors of a field (400), by code; all others depend on the current state (409).
FIELDS = {
    "nothing_to_train": "model",
    "bad_reason": "override_reason",
    "not_installed": "parameters.algorithm",
    "not_for_rules": "instances",
    "discount_exceeds_margin": "assumptions.price_cut",
}


@contextmanager
def refusals() -> Iterator[None]:
    """Turn refusals into problem details.

    Raises NotFound (404) for `Unknown`, and for `Refused` Problems: 400 for the codes of `FIELDS`,
    409 for all others.
    """
    try:
        yield
    except Unknown as error:
        raise NotFound(str(error)) from error
    except Refused as error:
        field = FIELDS.get(error.code)
        problems = [Problem(field, error.code, str(error))] if field else []
        status = HTTPStatus.BAD_REQUEST if field else HTTPStatus.CONFLICT
        raise Problems(status, str(error), problems, code=error.code, **error.details) from error
