"""What analytics may be asked: the views by their public names, and what each may be told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.history.cohorts import BYS, FIGURES

# By view: its parameters, and what each may be; the first is usual.
VIEWS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "cohorts": {"by": BYS, "value": FIGURES},
    "seasonality": {},
    "clv": {},
    "rfm": {},
    "summary": {},
}
# Whose scores a view shows.
MODEL_OF: Mapping[str, str] = {"clv": "clv", "rfm": "rfm"}
HEADS = tuple(name for name in VIEWS if name != "summary")


@dataclass(frozen=True)
class Asked:
    """A view with the values of all its parameters, in their order."""

    view: str
    values: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """The values by name."""
        return dict(zip(VIEWS[self.view], self.values, strict=True))

    @property
    def text(self) -> str:
        """The parameters as in an address."""
        return urlencode(self.parameters)


def asked(view: str, given: Mapping[str, str]) -> Asked:
    """Return what is asked, what is not given by its usual value.

    Raises `Invalid` with every finding: an unknown view, a parameter or a value that it has not.
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


def all_asked(view: str) -> Iterator[Asked]:
    """Yield all that may be asked of a view."""
    for values in product(*VIEWS[view].values()):
        yield Asked(view, values)


def _choice(path: str, choices: Sequence[str]) -> Problem:
    text = _("One of %(allowed)s is needed here.")
    return Problem(path, "unknown_choice", text % {"allowed": ", ".join(choices)})
