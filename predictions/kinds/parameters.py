"""Parameters of trainings and their validation."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _

from conditions.language.operators import Words


class Shape(Enum):
    """The form of a parameter's value."""

    ONE = "one"
    SOME = "some of the choices"
    PAIR = "two whole numbers"
    NUMBER_OR_WORD = "a whole number or a word"


@dataclass(frozen=True)
class Parameter:
    """A parameter by its public name.

    `check` returns a given value in the form that a training uses, and raises ValueError with a
    sentence on the values allowed. `default` returns the value of a parameter that is not given
    (None: the training determines it). `choices` are the allowed words, if values are words. Forms
    leave out a parameter with `is_asked` False, which the model itself determines. `help` explains
    a parameter whose name is not enough.
    """

    name: str
    check: Callable[[Any], Any]
    default: Callable[[], Any]
    choices: tuple[str, ...] = ()
    shape: Shape = Shape.ONE
    is_asked: bool = True
    help: Words = ""


def whole(
    name: str, least: int, most: int, default: Callable[[], int | None], about: Words = ""
) -> Parameter:
    """Return a parameter that is a whole number from `least` to `most`.

    Its `check` raises ValueError for any other value.
    """

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            text = _("A whole number from %(least)d to %(most)d is needed.")
            raise ValueError(text % {"least": least, "most": most})
        return value

    return Parameter(name, check, default, help=about)


def whole_or_word(name: str, least: int, word: str) -> Parameter:
    """Return a parameter that is a whole number of at least `least`, or `word`; None by default.

    Its `check` raises ValueError for any other value.
    """

    def check(value: Any) -> int | str:
        if value == word:
            return word
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            text = _("A whole number from %(least)d on or “%(word)s” is needed.")
            raise ValueError(text % {"least": least, "word": word})
        return value

    return Parameter(name, check, lambda: None, shape=Shape.NUMBER_OR_WORD)


def number(name: str, least: float, most: float, default: Callable[[], float]) -> Parameter:
    """Return a parameter that is a number from `least` to `most`.

    Its `check` raises ValueError for any other value.
    """

    def check(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # The comparison also rejects NaN and infinities.
        if not is_number or not least <= value <= most:
            text = _("A number from %(least)g to %(most)g is needed.")
            raise ValueError(text % {"least": least, "most": most})
        return float(value)

    return Parameter(name, check, default)


def one_of(name: str, values: tuple[str, ...], default: str) -> Parameter:
    """Return a parameter that is one of the words `values`.

    Its `check` raises ValueError for any other value.
    """

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(_("One of these is needed: %(known)s.") % {"known": ", ".join(values)})
        return value

    return Parameter(name, check, lambda: default, values)


def some_of(name: str, values: tuple[str, ...], default: Callable[[], list[str]]) -> Parameter:
    """Return a parameter that is a selection of the words `values`, at least one and each once.

    The selection is stored in the order of `values`, so that the order given makes no difference.
    Its `check` raises ValueError for any other value.
    """

    def check(value: Any) -> list[str]:
        given = [value] if isinstance(value, str) else value
        is_good = isinstance(given, list) and 0 < len(given) == len({str(one) for one in given})
        if not is_good or any(one not in values for one in given):
            text = _("Some of these are needed, each once: %(known)s.")
            raise ValueError(text % {"known": ", ".join(values)})
        return [one for one in values if one in given]

    return Parameter(name, check, default, values, Shape.SOME)


def stretch(name: str, least: int, most: int, default: Callable[[], list[int] | None]) -> Parameter:
    """Return a parameter that is two whole numbers from `least` to `most`, the first not larger.

    Its `check` raises ValueError for any other value.
    """

    def check(value: Any) -> list[int]:
        is_pair = isinstance(value, list) and len(value) == 2
        if not is_pair or not all(type(one) is int and least <= one <= most for one in value):
            text = _("Two whole numbers from %(least)d to %(most)d are needed.")
            raise ValueError(text % {"least": least, "most": most})
        if value[0] > value[1]:
            raise ValueError(_("The first number is not to be larger than the second."))
        return list(value)

    return Parameter(name, check, default, shape=Shape.PAIR)


# The seed of everything random in a training.
SEED = whole("seed", 0, 2**32 - 1, lambda: 0)
