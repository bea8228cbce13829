"""Views with parameters of their own, each computed when it is asked for.

The other views show the last scoring and may be told one of a few words only (`asked`).
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
    values that the view gets.
    """

    name: str
    field: Field[Any, Any, Any, Any]
    meaning: str


@dataclass(frozen=True)
class ComputedView:
    """A view by its public name; `shape` is what it answers, a serializer class.

    `answer` gets the values that were given, by name, and an aware instant or None (now). It
    returns JSON but for aware instants, `view` and `as_of` not among it, and raises `Invalid` with
    every finding, at a parameter's name, and `Refused` where nothing can be said.
    """

    view: str
    parameters: tuple[ViewParameter, ...]
    answer: Callable[[Mapping[str, Any], datetime | None], Data]
    shape: type[Any]


COMPUTED_VIEWS = Registry[ComputedView]("computed view", lambda one: one.view)
