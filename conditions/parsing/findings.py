"""The findings of a parser: problems and warnings, each with its path."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.formats import quote_value


@dataclass
class Findings:
    """The findings of one reading of a document so far."""

    segment: str | None = None
    stored: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def problem(self, path: str, code: str, message: str) -> None:
        """Report a reason why the tree is refused, and its path."""
        self.problems.append(Problem(path, code, message))

    def not_one_of(self, at: str, code: str, value: Any, allowed: Iterable[str]) -> None:
        """Report that `value` at the path `at` is none of the `allowed` values."""
        text = _("%(value)s is not one of %(allowed)s.")
        self.problem(at, code, text % {"value": quote_value(value), "allowed": ", ".join(allowed)})

    def check_keys(self, raw: Mapping[str, Any], path: str, allowed: set[str]) -> None:
        """Report each key of the object `raw` that is not `allowed` there."""
        for key in raw:
            if key not in allowed:
                self.problem(
                    path_to(path, str(key)),
                    "unknown_key",
                    _("“%(key)s” is not a key here; the keys are %(allowed)s.")
                    % {"key": key, "allowed": ", ".join(sorted(allowed))},
                )


def path_to(path: str, key: str) -> str:
    """Return the path of `key` in the object at `path`."""
    return f"{path}.{key}" if path else key
