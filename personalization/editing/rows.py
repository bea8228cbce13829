"""How rows with a code and a version are written, whatever they are: stored and audited alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import checked_clock
from core.problems import Invalid, Problem
from customers.models import AuditAction, Website

R = TypeVar("R", bound=models.Model)


class InvalidRow(Invalid):
    """What is refused; `problems` holds every finding, each with its field's path."""


@dataclass(frozen=True)
class Checked:
    """A definition as it is stored, what it warns of, and the website that it names."""

    says: Any
    warnings: tuple[Problem, ...] = ()
    website: Website | None = None


@dataclass(frozen=True)
class Saved:
    """A stored row, and what it warns of."""

    row: Any
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Written:
    """One kind of rows: what the audit log calls it and its rows, and a row as JSON.

    `others` are the rows that may not have the same code.
    """

    subject: str
    name: Callable[[Any], str]
    as_json: Callable[[Any], dict[str, Any]]
    others: Callable[[Any], models.QuerySet[Any]]


def locked(row: R) -> R:
    """Return the stored row, which nobody changes until the transaction is over."""
    rows = type(row)._default_manager.select_for_update(no_key=True, of=("self",))
    found: R = rows.get(pk=row.pk)
    return found


def stored(row: R, check: Callable[[R], Checked], author: Any, kind: Written) -> Saved:
    """Store for `author` what `check` returns of `row`, a new one or a stored one.

    Raises what `check` raises, and InvalidRow where a new code is taken.
    """
    if not row._state.adding:
        with transaction.atomic():
            return _store(locked(row), check, author, kind)
    if kind.others(row).exists():
        raise _taken()
    try:
        with transaction.atomic():
            return _store(row, check, author, kind)
    except IntegrityError as error:
        if kind.others(row).exists():  # Somebody took the code in between.
            raise _taken() from error
        raise


def values_of(says: type[Any], row: models.Model) -> dict[str, Any]:
    """Return what a row says, by the names of the fields of `says`."""
    return {one.name: getattr(row, one.name, None) for one in fields(says)}


def plain(value: Any) -> Any:
    """Return a value as the API and the audit log have it: instants and numbers as texts."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def column_problems(row: models.Model, names: Iterable[str], **values: Any) -> list[Problem]:
    """Put `values` on a row, and return what is wrong with its columns `names`."""
    for name, value in values.items():
        setattr(row, name, value)
    wanted = set(names) if row._state.adding else set(names) - {"code"}
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - wanted)
    except ValidationError as error:
        return [
            Problem(name, str(one.code or "invalid"), str(one.messages[0]))
            for name, found in error.error_dict.items()
            for one in found
        ]
    return []


def period_problems(
    first: str, start: datetime | None, last: str, end: datetime | None
) -> list[Problem]:
    """Return what is wrong with a time whose two fields are called `first` and `last`."""
    problems = []
    for name, at in ((first, start), (last, end)):
        try:
            if at is not None:
                checked_clock(at)
        except ValueError:
            text = _("The time needs its offset, and lies in the years 101 to 9899.")
            problems.append(Problem(name, "out_of_range", text))
    if not problems and start and end and end <= start:
        text = _("The end is not after the beginning.")
        problems.append(Problem(last, "out_of_range", text))
    return problems


def _taken() -> InvalidRow:
    return InvalidRow([Problem("code", "unique", _("This code is taken."))])


def _store(row: Any, check: Callable[[Any], Checked], author: Any, kind: Written) -> Saved:
    is_new = row._state.adding
    before = None if is_new else kind.as_json(row)
    checked = check(row)
    for field in fields(checked.says):
        value = getattr(checked.says, field.name)
        if field.name == "website":
            value = checked.website
        setattr(row, field.name, list(value) if isinstance(value, tuple) else value)
    after = kind.as_json(row)
    if before == after:
        return Saved(row, checked.warnings)
    row.version += not is_new
    row.save()
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    record(author, action, kind.subject, kind.name(row), before=before, after=after)
    return Saved(row, checked.warnings)
