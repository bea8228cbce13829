"""Views with free parameters, computed on request.

The other views show the last scoring, and their parameters only have a few allowed values
(`asked`). Some computed views also have a stored result of the last scoring, for a call without
parameters (`usual`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field

from core.api.refusals import problems_in
from core.problems import Invalid, Problem
from core.registries import Registry
from predictions.analytics.documents import Data


@dataclass(frozen=True)
class ViewParameter:
    """A parameter of a view: a field that validates its text, and a description.

    The field's `required` says whether the parameter is mandatory. Parameters that are not given
    are not passed to the view. A user needs all `permissions` to use the parameter.
    """

    name: str
    field: Field[Any, Any, Any, Any]
    meaning: str
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComputedView:
    """A view by its public name; `serializer` is the serializer class of its response.

    `answer` takes the given values by name, and an aware instant or None (now). It returns JSON
    without `view`, except that an `as_of` that differs from the given one is a datetime. It raises
    `Invalid` with all problems, at the names of parameters, and `Refused` where the view has no
    result.

    With `model`, a model's code, a call without `as_of` is as of the last scoring by that model,
    and the result for no parameters is stored. `kept_for` returns the parameters for which the
    stored result is valid, too. `finish` adds to each result, stored or not, the data that depend
    on the time of the call.
    """

    view: str
    parameters: tuple[ViewParameter, ...]
    answer: Callable[[Mapping[str, Any], datetime | None], Data]
    serializer: type[Any]
    model: str = ""
    kept_for: Callable[[Data], Mapping[str, Any]] = lambda data: {}
    finish: Callable[[Data], Data] = lambda data: data

    def needed_for(self, given: Collection[str]) -> list[str]:
        """Return the additional permissions that a user needs for the parameters `given`."""
        return [
            needed for one in self.parameters if one.name in given for needed in one.permissions
        ]


def validated_parameters(view: ComputedView, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the validated parameters of a view from texts. Raises `Invalid` with all problems."""
    known = {one.name: one for one in view.parameters}
    text = _("The view “%(view)s” has no such parameter, but these: %(known)s.")
    said = text % {"view": view.view, "known": ", ".join([*known, "as_of"])}
    problems = [Problem(name, "unknown_field", said) for name in given if name not in known]
    problems += [
        Problem(name, "required", _("This parameter is required."))
        for name, one in known.items()
        if one.field.required and name not in given
    ]
    found = {}
    for name, value in given.items():
        if name in known:
            try:
                found[name] = known[name].field.run_validation(value)
            except ValidationError as error:
                problems += problems_in(error.detail, name)
    if problems:
        raise Invalid(problems)
    return found


COMPUTED_VIEWS = Registry[ComputedView]("computed view", lambda one: one.view)
