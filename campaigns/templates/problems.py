"""What is wrong with a template, and the refusal that says so."""

from collections.abc import Iterable
from dataclasses import dataclass


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
        self.problems = list(problems)
        super().__init__(" ".join(problem.detail for problem in self.problems))
