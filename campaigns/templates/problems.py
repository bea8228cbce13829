"""Problems of a template, and the exception that carries them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import ngettext

# At most this many problems are reported at a time; the others once these are fixed.
MOST_SAID = 50


@dataclass(frozen=True)
class TemplateProblem:
    """One thing that is wrong with one part of a template.

    `code` is one of syntax, unknown_variable, not_allowed, too_long and not_installed; `part` is
    subject, preheader, html or text; `line` counts from 1, None where no single line is at fault;
    `detail` is a sentence for people.
    """

    code: str
    part: str
    line: int | None
    detail: str


class TemplateRefused(ValueError):
    """A template that cannot be used, with every reason that was found."""

    def __init__(self, problems: Iterable[TemplateProblem]) -> None:
        self.problems = first_problems(list(problems))
        super().__init__(" ".join(problem.detail for problem in self.problems))


def first_problems(problems: Sequence[TemplateProblem]) -> list[TemplateProblem]:
    """Return the first fifty of `problems`, and of more than that one which says how many more."""
    found = list(problems[:MOST_SAID])
    if left := len(problems) - len(found):
        found.append(replace(problems[MOST_SAID], line=None, detail=_left_out(left)))
    return found


def first_warnings(warnings: Sequence[str]) -> list[str]:
    """Return the first fifty of `warnings`, and of more than that how many more there are."""
    found = list(warnings[:MOST_SAID])
    if left := len(warnings) - len(found):
        found.append(_left_out(left))
    return found


def _left_out(number: int) -> str:
    return ngettext("And %(n)d more.", "And %(n)d more.", number) % {"n": number}
