"""Query parameters, declared once for validation and for the OpenAPI description."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field
from rest_framework.request import Request

from core.api.refusals import invalid, problems_in
from core.problems import Problem


@dataclass(frozen=True)
class Parameter:
    """A query parameter: the `field` that validates its value, and its meaning.

    A parameter that `repeats` may occur several times in a request; its value is a list.
    """

    name: str
    field: Field[Any, Any, Any, Any]
    meaning: str = ""
    repeats: bool = False


def parameters_of(request: Request, declared: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of the query parameters that the request has, by name.

    Raises the API's 400, with all problems at once, where a parameter is unknown, repeated, missing
    or not valid.
    """
    known = {parameter.name: parameter for parameter in declared}
    problems = [
        Problem(name, "unknown_field", _("There is no parameter “%(name)s”.") % {"name": name})
        for name in request.query_params
        if name not in known
    ]
    values: dict[str, Any] = {}
    for name, given in request.query_params.lists():
        if name not in known:
            continue
        if "\0" in "".join(given):
            problems.append(Problem(name, "nul", _("There is a NUL in it.")))
            continue
        parameter = known[name]
        if len(given) > 1 and not parameter.repeats:
            problems.append(Problem(name, "repeated", _("It stands there more than once.")))
            continue
        try:
            read = [parameter.field.run_validation(text) for text in given]
            values[name] = read if parameter.repeats else read[0]
        except ValidationError as error:
            problems += problems_in(error.detail, name)
    problems += [
        Problem(name, "required", _("This parameter is required."))
        for name, parameter in known.items()
        if parameter.field.required and name not in request.query_params
    ]
    if problems:
        raise invalid(*problems)
    return values
