"""Lists in a form: rows of a few inputs, which a script adds, moves and takes away.

Without the script there are some empty rows at the end; what is left empty is no row.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django import forms
from django.forms.widgets import Script
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from personalization.admin.numbers import WholeField

# The number of empty rows at the end.
SPARE = 3
Row = dict[str, str]


@dataclass(frozen=True)
class RowColumn:
    """One input of each row; with `choices`, pairs of code and label, it is chosen of them.

    `whole` are the least and the most of a whole number; `suggestions` are what may be typed.
    """

    name: str
    label: str | Promise
    choices: Sequence[tuple[str, str | Promise]] = ()
    whole: tuple[int, int] | None = None
    most: int | None = None
    suggestions: Sequence[str] = ()


class RowsWidget(forms.Widget):
    """Rows of inputs; `problems` are shown beside their inputs, by row and column."""

    use_fieldset = True

    class Media:
        css = {"all": ["personalization/rows.css"]}
        js = [Script("personalization/rows.js", type="module")]

    def __init__(self, columns: Sequence[RowColumn]) -> None:
        super().__init__()
        self.columns = columns
        self.problems: dict[tuple[int, str], str] = {}

    def __deepcopy__(self, memo: Any) -> "RowsWidget":
        found = copy(self)
        found.attrs, found.problems = self.attrs.copy(), {}
        return found

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        cells = [data.getlist(f"{name}_{column.name}") for column in self.columns]
        names = [column.name for column in self.columns]
        rows = [dict(zip(names, row, strict=True)) for row in zip_longest(*cells, fillvalue="")]
        return [row for row in rows if any(text.strip() for text in row.values())]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows: Sequence[Mapping[str, str]] = [*(value or []), *({} for _spare in range(SPARE))]
        context = {
            "rows": [self._cells(name, row, index) for index, row in enumerate(rows)],
            "blank": self._cells(name, {}, len(rows)),
            "id": (attrs or {}).get("id", f"id_{name}"),
            "suggesting": [
                (f"id_{name}_{one.name}_options", one.suggestions)
                for one in self.columns
                if one.suggestions
            ],
        }
        return SafeString(render_to_string("admin/personalization/experiences/rows.html", context))

    def id_for_label(self, id_: str) -> str:
        return ""

    def _cells(self, name: str, row: Mapping[str, str], index: int) -> list[dict[str, Any]]:
        return [
            {
                "column": column,
                "name": f"{name}_{column.name}",
                "id": f"id_{name}_{column.name}_{index}",
                "value": row.get(column.name, ""),
                "number": index + 1,
                "problem": self.problems.get((index, column.name), ""),
                "options": f"id_{name}_{column.name}_options" if column.suggestions else "",
            }
            for column in self.columns
        ]


class RowsField(forms.Field):
    """A list of rows, each with a text for every column."""

    widget: RowsWidget
    default_error_messages = {
        "range": gettext_lazy("From %(least)s to %(most)s."),
        "choice": gettext_lazy("Choose one of the list."),
    }

    def __init__(self, columns: Sequence[RowColumn], **more: Any) -> None:
        super().__init__(required=False, widget=RowsWidget(columns), **more)

    def clean(self, value: Any) -> list[Row]:
        rows: list[Row] = value or []
        problems = []
        for index, row in enumerate(rows):
            for column in self.widget.columns:
                try:
                    row[column.name] = self._text(column, row[column.name])
                except forms.ValidationError as error:
                    problems.append(self.said_of(index, column.name, error.messages[0]))
        if problems:
            raise forms.ValidationError(problems)
        return rows

    def said_of(self, index: int, column: str, message: str) -> str:
        """Mark an input as wrong, and return the message about it for the list above the rows."""
        self.widget.problems[index, column] = message
        labels = {one.name: one.label for one in self.widget.columns}
        text = _("Row %(number)d, %(column)s: %(message)s")
        label = labels.get(column, column)
        return text % {"number": index + 1, "column": label, "message": message}

    def _text(self, column: RowColumn, text: str) -> str:
        """Return what is kept of what stands in a row; raises ValidationError."""
        if column.choices and text not in dict(column.choices):
            raise forms.ValidationError(self.error_messages["choice"])
        if column.whole is None:
            return text
        number, (least, most) = WholeField().clean(text), column.whole
        if number is None or not least <= number <= most:
            figures = {"least": least, "most": most}
            raise forms.ValidationError(self.error_messages["range"], params=figures)
        return str(number)
