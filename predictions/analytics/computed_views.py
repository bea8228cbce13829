"""Views with parameters of their own, each computed when it is asked for.

The other views show the last scoring and may be told one of a few words only (`asked`). Some of
these here are kept of the last scoring too, as they are when they are told nothing (`usual`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework.fields import Field

from customers.registries import Registry
from predictions.analytics.shown import Data


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
    its answer to no parameters is kept. `finish` adds to each answer what is not of that moment.
    """

    view: str
    parameters: tuple[ViewParameter, ...]
    answer: Callable[[Mapping[str, Any], datetime | None], Data]
    shape: type[Any]
    model: str = ""
    finish: Callable[[Data], Data] = lambda data: data


COMPUTED_VIEWS = Registry[ComputedView]("computed view", lambda one: one.view)
