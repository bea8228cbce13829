"""Serializers of resources: they derive from a model how rows are validated and shown."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.validators import UniqueValidator

from core.api.parsing import (
    ClockField,
    ExactTextField,
    PlainNumberField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    YesNoField,
)
from core.api.refusals import problems_in
from core.database.fields import ExactDecimalField
from core.problems import Problem
from core.resources.fields import AmountField, CheckedField, ChoiceField, DayField, NameField

Check = TypeVar("Check", bound=Callable[..., Iterable[Problem] | None])
MOST = 2**31 - 1
# Columns with names that people type.
NAMES = ("name", "from_name")
# The same on every database; SQLite's own whole numbers are larger.
RANGES = {
    models.IntegerField: (-MOST, MOST),
    models.PositiveIntegerField: (0, MOST),
    models.PositiveSmallIntegerField: (0, 2**15 - 1),
}


def checks(*names: str) -> Callable[[Check], Check]:
    """Declare a check that runs where each of the fields `names` is valid by itself.

    The check is called with the row as it would be stored, and yields problems or calls
    `self.warn`. It may clear a field of the row that the other values make redundant.
    """

    def declare(check: Check) -> Check:
        check.of_fields = frozenset(names)  # type: ignore[attr-defined]
        return check

    return declare


def ends_after_start(first: str, last: str) -> Callable[..., Iterator[Problem]]:
    """Return the check that the instant `last`, if there is one, lies after the instant `first`."""

    @checks(first, last)
    def check(_serializer: Any, row: Any) -> Iterator[Problem]:
        start, end = getattr(row, first), getattr(row, last)
        if start and end and end <= start:
            yield Problem(last, "out_of_range", _("The end is not after the beginning."))

    return check


class ResourceSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """A row of a resource: reads a whole document, finds all that is wrong, shows what is stored.

    What is left out has its column's default; the code is needed for a new row alone and never
    changes. `row` is the row as it would be stored, `warnings` what is worth knowing, once
    `is_valid` has been called. `instance` stays as it is.
    """

    # The field of the row's code, which identifies the row in URLs and never changes.
    code_name: ClassVar[str] = "code"
    # Codes whose URL another endpoint of the API has.
    reserved_codes: ClassVar[frozenset[str]] = frozenset()
    passed_over: ClassVar[Collection[str]] = ("version", "warnings")

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.TextField: ExactTextField,
        models.BooleanField: YesNoField,
        models.IntegerField: WholeNumberField,
        models.PositiveIntegerField: WholeNumberField,
        models.PositiveSmallIntegerField: WholeNumberField,
        models.DateField: DayField,
        models.DateTimeField: ClockField,
        models.FloatField: PlainNumberField,
        ExactDecimalField: AmountField,
    }
    serializer_choice_field = ChoiceField
    _checks: ClassVar[tuple[str, ...]] = ()

    row: models.Model
    # The values of the fields with the right type; the check of a field may read other fields.
    values: dict[str, Any]

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        own = tuple(name for name, value in vars(cls).items() if hasattr(value, "of_fields"))
        cls._checks = (*cls._checks, *own)

    def __init__(
        self, *args: Any, broken: Sequence[str] = (), new: Any = None, **more: Any
    ) -> None:
        """`broken` are fields that a form could not read: no further problem of these is reported.

        `new` is the unsaved instance that a new row begins as, such as one with its owner set.
        """
        self.broken = frozenset(broken)
        self.new = self.model() if new is None else new
        self.warnings: list[Problem] = []
        super().__init__(*args, **more)

    # Fields ------------------------------------------------------------------------------------

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        field, options = super().build_standard_field(field_name, model_field)
        options["validators"] = [
            one for one in options.pop("validators", ()) if not isinstance(one, UniqueValidator)
        ]
        if limits := RANGES.get(type(model_field)):
            options["min_value"], options["max_value"] = limits
            options["validators"] = []
        if not options["validators"]:
            del options["validators"]
        if field_name in NAMES:
            field = NameField
        if field_name == self.code_name:
            options["required"] = False
        elif not options.get("read_only") and _may_be_left_out(model_field):
            options.pop("required", None)
            options["default"] = model_field.get_default
        return field, options

    def get_validators(self) -> list[Any]:
        return []

    # Reading -----------------------------------------------------------------------------------

    def run_validation(self, data: Any = empty) -> dict[str, Any]:
        """Return the values of the fields; raises ValidationError with a flat mapping of paths."""
        if not isinstance(data, Mapping):
            # Raises the error for data that is no object.
            super().run_validation(data)
        values, problems = self.read_values(data)
        self.values = values
        wrong = self.broken | {one.field for one in problems}
        for name in [one for one in values if one not in wrong]:
            self._check_field(name, values, problems)
        problems += self._code_problems(data, values.pop(self.code_name, None))
        self.row = self.row_with(values)
        wrong = self.broken | {one.field for one in problems}
        for name in self._checks:
            check = getattr(self, name)
            if not wrong & check.of_fields:
                found = check(self.row) or ()
                problems += [one for one in found if one.field not in wrong]
        if problems:
            raise serializers.ValidationError(self._as_detail(problems))
        return values

    def warn(self, path: str, code: str, message: str) -> None:
        """Add a warning about something that is allowed."""
        self.warnings.append(Problem(path, code, message))

    def read_values(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the values of the fields that are valid by themselves, and the problems."""
        text = str(self.error_messages["unknown_field"])
        problems = [
            Problem(str(key), "unknown_field", text.format(field=key))
            for key in data
            if key not in self.fields and key not in self.passed_over
        ]
        values = {}
        for field in self._writable_fields:
            name = str(field.field_name)
            if name in self.broken:
                continue
            try:
                values[name] = field.run_validation(data.get(name, empty))
            except serializers.SkipField:
                continue
            except serializers.ValidationError as error:
                problems += problems_in(error.detail, name)
        return values, problems

    def _check_field(self, name: str, values: dict[str, Any], problems: list[Problem]) -> None:
        field = self.fields[name]
        if not isinstance(field, CheckedField) or values[name] is None:
            return
        had = None if self.instance is None else getattr(self.instance, str(field.source))
        checked = field.check(values[name], had)
        values[name] = checked.value
        problems += [one.below(name) for one in checked.problems]
        self.warnings += [one.below(name) for one in checked.warnings]

    def _code_problems(self, data: Mapping[str, Any], code: Any) -> Iterator[Problem]:
        name = self.code_name
        if name not in self.fields or name in self.broken:
            return
        if self.instance is not None:
            if code is not None and code != getattr(self.instance, name):
                yield Problem(name, "read_only", _("The code never changes."))
        elif name not in data:
            yield Problem(name, "required", _("This field is required."))
        elif code is not None:
            self._new_code = code
            if code in self.reserved_codes:
                text = _("“%(code)s” is an address of the API: choose another code.")
                yield Problem(name, "reserved", text % {"code": code})
            elif self.siblings().filter(**{name: code}).exists():
                yield Problem(name, "unique", _("This code is taken."))

    def siblings(self) -> Any:
        """Return the rows among which the code of a new row must be unique."""
        return self.model._default_manager.all()

    _new_code = ""

    def row_with(self, values: Mapping[str, Any]) -> Any:
        """Return a copy of the row, or of the initial instance of a new row, with `values`."""
        row: Any = copy(self.new if self.instance is None else self.instance)
        if self.instance is None:
            setattr(row, self.code_name, self._new_code)
        for name, value in values.items():
            setattr(row, str(self.fields[name].source), value)
        return row

    def _as_detail(self, problems: Sequence[Problem]) -> dict[str, Any]:
        order = {name: place for place, name in enumerate(self.fields)}
        found: dict[str, Any] = {}
        for one in sorted(problems, key=lambda one: order.get(one.field, len(order))):
            detail = serializers.ErrorDetail(one.message, one.code)
            found.setdefault(one.path or "non_field_errors", []).append(detail)
        return found

    # Showing -----------------------------------------------------------------------------------

    @cached_property
    def document_fields(self) -> tuple[str, ...]:
        """The names of all writable fields of a row except its code."""
        return tuple(
            str(one.field_name) for one in self._writable_fields if one.field_name != self.code_name
        )

    def document_of(self, row: Any) -> dict[str, Any]:
        """Return the document of a row as JSON values, as PUT takes and a version stores it."""
        shown = self.to_representation(row)
        return {name: shown[name] for name in self.document_fields}

    @property
    def model(self) -> Any:
        """The model of the rows."""
        return self.Meta.model


def _may_be_left_out(column: Any) -> bool:
    return bool(
        column.has_default() or column.null or (column.blank and column.empty_strings_allowed)
    )
