"""Fields of resources: strict in, plain JSON out, some of them with a check of their own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import parsing
from core.api.parsing import TextField
from core.database.fields import AMOUNT_LIMIT
from core.problems import Problem
from core.text.formats import number_shown
from core.text.json_documents import can_be_stored
from core.text.typed_names import name_problem

UNKNOWN = "unknown_choice"


@dataclass(frozen=True)
class Checked:
    """A value as it is to be stored, and what was found; paths begin at the field."""

    value: Any
    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()


class CheckedField(serializers.Field[Any, Any, Any, Any]):
    """Base of fields that ask more than whether a value has the right type."""

    def check(self, value: Any, stored: Any) -> Checked:
        """Return `value` as it is to be stored; `stored` is the value of before, None if new.

        Subclasses override this method; the base raises NotImplementedError.
        """
        raise NotImplementedError


class NameField(CheckedField, TextField):
    """A name that people type and read; one that is stored already may stay as it is."""

    def check(self, value: Any, stored: Any) -> Checked:
        problem = name_problem(value) if value and value != stored else None
        return Checked(value, [problem] if problem else [])


class Stored:
    """The default of a field that stays as it is stored where it is left out.

    `first` makes the value of a new row.
    """

    requires_context = True

    def __init__(self, first: Callable[[], Any]) -> None:
        self.first = first

    def __call__(self, field: Any) -> Any:
        row = field.parent.instance
        return self.first() if row is None else getattr(row, field.source)


class AmountField(parsing.AmountField):
    """An exact decimal with at most 4 decimals, from `least` to `most`; shown without zeros."""

    default_error_messages = {"out_of_range": gettext_lazy("From {least} to {most}.")}

    def __init__(self, *, least: int = -AMOUNT_LIMIT, most: int = AMOUNT_LIMIT, **more: Any):
        self.least, self.most = least, most
        super().__init__(**more)

    def to_internal_value(self, data: Any) -> Decimal:
        amount = super().to_internal_value(data)
        if not self.least <= amount <= self.most:
            self.fail("out_of_range", least=number_shown(self.least), most=number_shown(self.most))
        return amount

    def to_representation(self, value: Any) -> str:
        return f"{Decimal(value).normalize():f}"


class ChoiceField(serializers.ChoiceField):
    """One of a few texts."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class DayField(serializers.DateField):
    """A day as a text, such as 2026-04-10, and nothing longer."""

    def to_internal_value(self, value: Any) -> date:
        day: date = super().to_internal_value(value)
        if day.isoformat() != value:
            # Python also reads days of a week, such as 2026-W15-5.
            self.fail("invalid", format="YYYY-MM-DD")
        return day


class CodesField(CheckedField, serializers.ListField):
    """Codes of rows of the model `of`; a row that is gone is refused where its code is new.

    `unknown` is the code of that finding.
    """

    child = TextField(max_length=255)

    def __init__(self, *, of: type[Model], unknown: str = UNKNOWN, **more: Any) -> None:
        self.of, self.unknown = of, unknown
        super().__init__(**more)

    def check(self, value: Any, stored: Any) -> Checked:
        codes = list(dict.fromkeys(value))
        rows = self.of._default_manager.filter(code__in=codes)
        known = set(rows.values_list("code", flat=True))
        missing = [
            Problem(f"[{index}]", self.unknown, _no_row(code))
            for index, code in enumerate(codes)
            if code not in known
        ]
        return Checked(codes, *_new_and_old(missing, codes, stored or ()))


class TextsField(CheckedField, serializers.ListField):
    """Texts in their order, each once; where there are `choices`, no others."""

    child = parsing.ExactTextField(max_length=255)

    def __init__(self, *, choices: Sequence[str] = (), **more: Any) -> None:
        self.choices = choices
        super().__init__(**more)

    def check(self, value: Any, stored: Any) -> Checked:
        text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(self.choices)}
        problems = [
            Problem(f"[{index}]", "unknown_choice", text)
            for index, one in enumerate(value)
            if self.choices and one not in self.choices
        ]
        return Checked(list(dict.fromkeys(value)), problems)


class RowField(serializers.SlugRelatedField[Any]):
    """A row of the model `of`, by its code; `unknown` is the finding's code where there is none."""

    def __init__(self, *, of: type[Model], unknown: str = UNKNOWN, **more: Any) -> None:
        self.of, self.unknown = of, unknown
        super().__init__(slug_field="code", queryset=of._default_manager.all(), **more)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        row = self.of._default_manager.filter(code=data).first() if can_be_stored(data) else None
        if row is None:
            raise serializers.ValidationError(_no_row(data), code=self.unknown)
        return row


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentField(CheckedField, parsing.TreeField):
    """An object that `judge` checks: a tree of conditions, a question, a body."""

    def __init__(self, *, judge: Callable[[Any, Any], Checked], **more: Any) -> None:
        self.judge = judge
        super().__init__(**more)

    def check(self, value: Any, stored: Any) -> Checked:
        return self.judge(value, stored)


def _no_row(code: str) -> str:
    return _("There is no “%(code)s”.") % {"code": code}


def _new_and_old(
    missing: Iterable[Problem], codes: Sequence[str], stored: Iterable[str]
) -> tuple[list[Problem], list[Problem]]:
    """Return the problems of new codes, which are refused, and of stored codes, which warn."""
    had = set(stored)
    found: Mapping[bool, list[Problem]] = {False: [], True: []}
    for problem in missing:
        found[codes[int(problem.path.strip("[]"))] in had].append(problem)
    return found[False], found[True]
