"""What the environment says, read without guessing: what is no such value is refused by name."""

import math
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

# About a hundred years: dates so far back can still be told.
MOST_DAYS = 36_500


class Environment(environ.Env):
    """See `environ.Env`; numbers are read whole, and are what they say."""

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        """Return a whole number; raises ImproperlyConfigured where the variable says none."""
        try:
            return int(super().int(var, default))
        except ValueError:
            text = f"{var} is {self.str(var)!r}: a whole number, such as {default}."
            raise ImproperlyConfigured(text) from None

    def float(self, var: str, default: Any = environ.Env.NOTSET) -> float:
        """Return a number, neither infinite nor NaN; raises as `int` does."""
        text = self.str(var, str(default))
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise ImproperlyConfigured(f"{var} is {text!r}: a number, such as {default}.")
        return found

    def days(self, var: str, default: Any = environ.Env.NOTSET, *, least: Any = 0) -> Any:
        """Return a whole number of days, from `least` to a hundred years; raises as `int` does."""
        found = self.int(var, default)
        if not least <= found <= MOST_DAYS:
            raise ImproperlyConfigured(f"{var} is {found}: from {least} to {MOST_DAYS} days.")
        return found
