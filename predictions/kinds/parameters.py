"""Parameters of trainings: what each may be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Parameter:
    """A parameter by its public name.

    `check` returns a given value as it is used and raises ValueError with what would be right;
    `default` returns what stands in where none is given (None: the training works it out).
    `choices` are all that there are, where these are words.
    """

    name: str
    check: Callable[[Any], Any]
    default: Callable[[], Any]
    choices: tuple[str, ...] = ()


def whole(name: str, least: int, most: int, default: Callable[[], int | None]) -> Parameter:
    """Return a parameter that is a whole number from `least` to `most`."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            text = _("A whole number from %(least)d to %(most)d is needed.")
            raise ValueError(text % {"least": least, "most": most})
        return value

    return Parameter(name, check, default)


def number(name: str, least: float, most: float, default: Callable[[], float]) -> Parameter:
    """Return a parameter that is a number from `least` to `most`."""

    def check(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # Neither NaN nor an infinity lies between.
        if not is_number or not least <= value <= most:
            text = _("A number from %(least)g to %(most)g is needed.")
            raise ValueError(text % {"least": least, "most": most})
        return float(value)

    return Parameter(name, check, default)


def one_of(name: str, values: tuple[str, ...], default: str) -> Parameter:
    """Return a parameter that is one of some words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(_("One of these is needed: %(known)s.") % {"known": ", ".join(values)})
        return value

    return Parameter(name, check, lambda: default, values)


# The seed of whatever is drawn by lot.
SEED = whole("seed", 0, 2**32 - 1, lambda: 0)
