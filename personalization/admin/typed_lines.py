"""Lists in forms that are typed as lines: SKUs, brands, codes."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from core.problems import Problem
from core.resources.admin import ResourceForm
from personalization.admin.experiences.texts import LinesField


class ValuesField(LinesField):
    """SKUs, brands or codes, one in each line; spaces around a value belong to it."""

    def __init__(self, label: Any, help_text: Any) -> None:
        super().__init__(label=label, required=False, strip=False, help_text=help_text)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line for line in super().clean(value).split("\n") if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class TypedLinesForm(ResourceForm):
    """A form with such lists; `typed_lines` are the names of their fields."""

    typed_lines: ClassVar[tuple[str, ...]] = ()

    def report(self, problem: Problem) -> None:
        """Show a finding at its field; a finding about a typed value names its line."""
        name, bracket, rest = problem.path.partition("[")
        if name in self.typed_lines and bracket:
            line = _("Line %(number)d: %(message)s")
            place = {"number": int(rest.partition("]")[0]) + 1, "message": problem.message}
            self.add_error(name, line % place)
        else:
            super().report(problem)
