"""The views of analytics by their public names, with their parameters and allowed values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.history.cohorts import BYS, FIGURES

# By view: the allowed values of its parameters; the first value is the default.
VIEWS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "cohorts": {"by": BYS, "value": FIGURES},
    "seasonality": {},
    "clv": {},
    "rfm": {},
    "summary": {},
}
# The model whose scores a view shows, by view.
MODEL_OF: Mapping[str, str] = {"clv": "clv", "rfm": "rfm"}
HEADS = tuple(name for name in VIEWS if name != "summary")


@dataclass(frozen=True)
class Asked:
    """A view with the values of all its parameters, in the order of `VIEWS`."""

    view: str
    values: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """The values by name."""
        return dict(zip(VIEWS[self.view], self.values, strict=True))

    @property
    def text(self) -> str:
        """The parameters as a query string."""
        return urlencode(self.parameters)


def validated_view(view: str, given: Mapping[str, str]) -> Asked:
    """Return a view with validated parameters; parameters not given have their default value.

    Raises `Invalid` with all problems: an unknown view, unknown parameters and values.
    """
    if view not in VIEWS:
        raise Invalid([_choice("view", [*VIEWS, *(computed.view for computed in COMPUTED_VIEWS)])])
    known = VIEWS[view]
    text = _("The view “%(view)s” has no such parameter, but these: %(known)s.")
    said = text % {"view": view, "known": ", ".join([*known, "as_of"])}
    problems = [Problem(name, "unknown_field", said) for name in given if name not in known]
    problems += [
        _choice(name, choices)
        for name, choices in known.items()
        if name in given and given[name] not in choices
    ]
    if problems:
        raise Invalid(problems)
    return Asked(view, tuple(given.get(name, choices[0]) for name, choices in known.items()))


def all_view_requests(view: str) -> Iterator[Asked]:
    """Yield a view with every combination of its parameters' values."""
    for values in product(*VIEWS[view].values()):
        yield Asked(view, values)


def _choice(path: str, choices: Sequence[str]) -> Problem:
    text = _("One of %(allowed)s is needed here.")
    return Problem(path, "unknown_choice", text % {"allowed": ", ".join(choices)})
