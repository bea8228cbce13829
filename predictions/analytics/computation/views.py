"""Views with parameters of their own, each computed when it is asked for.

The other views show the last scoring and may be told one of a few words only (`asked`). Some of
these here are kept of the last scoring too, as they are when they are told nothing (`usual`).
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
    """What a view may be told: how a text of an address is read and checked, what it means.

    Whether it has to be given is the field's `required`; one that is not given is not among the
    values that the view gets. `permissions` are needed, all of them, by who tells it.
    """

    name: str
    field: Field[Any, Any, Any, Any]
    meaning: str
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComputedView:
    """A view by its public name; `shape` is what it answers, a serializer class.

    `answer` gets the values that were given, by name, and an aware instant or None (now). It
    returns JSON, but for `as_of` where that is another instant; `view` is not among it. It raises
    `Invalid` with every finding, at a parameter's name, and `Refused` where nothing can be said.

    With `model`, the code of one, the view without `as_of` is that of the last scoring by it, and
    its answer to no parameters is kept. `kept_for` gives the values by which the same answer could
    be asked for in so many words. `finish` adds to each answer what is not of that moment.
    """

    view: str
    parameters: tuple[ViewParameter, ...]
    answer: Callable[[Mapping[str, Any], datetime | None], Data]
    shape: type[Any]
    model: str = ""
    kept_for: Callable[[Data], Mapping[str, Any]] = lambda data: {}
    finish: Callable[[Data], Data] = lambda data: data

    def needed_for(self, given: Collection[str]) -> list[str]:
        """Return the permissions that who tells these parameters needs besides."""
        return [
            needed for one in self.parameters if one.name in given for needed in one.permissions
        ]


def told(view: ComputedView, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what texts of an address tell a view; raises `Invalid` with every finding."""
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
