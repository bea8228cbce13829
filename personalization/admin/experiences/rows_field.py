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

# So many empty rows there are at the end.
SPARE = 3
MOST_DIGITS = 9
Row = dict[str, str]


@dataclass(frozen=True)
class RowColumn:
    """One input of each row; with `choices`, pairs of code and label, it is chosen of them."""

    name: str
    label: str | Promise
    choices: Sequence[tuple[str, str | Promise]] = ()
    is_whole: bool = False
    most: int | None = None


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
            }
            for column in self.columns
        ]


class RowsField(forms.Field):
    """A list of rows, each with a text for every column."""

    widget: RowsWidget
    default_error_messages = {
        "whole": gettext_lazy("A whole number in digits alone, such as 5."),
        "choice": gettext_lazy("Choose one of the list."),
    }

    def __init__(self, columns: Sequence[RowColumn], **more: Any) -> None:
        super().__init__(required=False, widget=RowsWidget(columns), **more)

    def clean(self, value: Any) -> list[Row]:
        rows: list[Row] = value or []
        problems = []
        for index, row in enumerate(rows):
            for column in self.widget.columns:
                if code := _fault(column, row[column.name]):
                    message = str(self.error_messages[code])
                    problems.append(self.said_of(index, column.name, message))
        if problems:
            raise forms.ValidationError(problems)
        return rows

    def said_of(self, index: int, column: str, message: str) -> str:
        """Mark an input, and return what is said above the rows of what is wrong with it."""
        self.widget.problems[index, column] = message
        labels = {one.name: one.label for one in self.widget.columns}
        text = _("Row %(number)d, %(column)s: %(message)s")
        label = labels.get(column, column)
        return text % {"number": index + 1, "column": label, "message": message}


def _fault(column: RowColumn, text: str) -> str:
    """Return the code of what is wrong with what stands in a row; '' for nothing."""
    if column.choices and text not in dict(column.choices):
        return "choice"
    digits = text.strip()
    is_whole = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return "whole" if column.is_whole and not is_whole else ""
