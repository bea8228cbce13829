"""Reads environment variables strictly: an invalid value is refused with the variable's name."""

import math
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

# About a hundred years: `datetime` can represent dates so far back.
MOST_DAYS = 36_500


class Environment(environ.Env):
    """See `environ.Env`; numbers are parsed strictly."""

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        """Return a whole number; raises ImproperlyConfigured where the variable holds none."""
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

    def secret(self, var: str) -> Any:
        """Return the text of the variable, or of the file that `<var>_FILE` names; "" for neither.

        One line end at the end of the file is taken off. The text is never taken for the name of
        another variable. Raises ImproperlyConfigured where both are given and where the file cannot
        be read.
        """
        text = self.ENVIRON.get(var, "")
        file = self.ENVIRON.get(f"{var}_FILE", "")
        if not file:
            return text
        if text:
            raise ImproperlyConfigured(f"{var} and {var}_FILE are both set: set one of them.")
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise ImproperlyConfigured(f"{var}_FILE: cannot read {file}: {reason}.") from None
        return text.removesuffix("\n").removesuffix("\r")
