"""Model fields that mean the same on every database: exact decimals, folded texts."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from core.forms.numbers import TypedDecimalField
from core.text.folding import fold, fold_all

DECIMALS = 4
UNITS_PER_ONE = 10_000
AMOUNT_LIMIT = 1_000_000_000
# Exchange rates: one VND is 0.00003937 USD. In 64 bits there is room for somewhat more than this.
RATE_DECIMALS = 10
RATE_UNITS_PER_ONE = 10_000_000_000
RATE_LIMIT = 900_000_000
# Units of a rate in one unit of an amount.
RATE_UNITS_PER_UNIT = RATE_UNITS_PER_ONE // UNITS_PER_ONE


def to_units(value: Decimal | int | str, decimals: int = DECIMALS) -> int:
    """Return `value` in units of 1/10,000, or of another power of ten.

    Raises ValueError where it has more than so many decimals.
    """
    scaled = Decimal(value).scaleb(decimals)
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{value} has more than {decimals} decimals")
    return units


def rate_units(rate: Decimal | int | str) -> int:
    """Return an exchange rate in units of 1/10^10; ValueError beyond 10 decimals."""
    return to_units(rate, RATE_DECIMALS)


def from_units(units: int, decimals: int = DECIMALS) -> Decimal:
    """Return the decimal that `units` of 1/10,000, or of another power of ten, stand for."""
    return Decimal(units).scaleb(-decimals)


def quotient(numerator: int, denominator: int) -> int:
    """Return numerator / denominator (above 0) as a whole number, rounded half away from zero."""
    size = (abs(numerator) * 2 + denominator) // (denominator * 2)
    return -size if numerator < 0 else size


def rounded(value: Decimal) -> Decimal:
    """Return `value` with 4 decimals, rounded half away from zero (contract, section 1)."""
    return value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


class ExactDecimalField(models.Field[Any, Any]):
    """A decimal of at most 4 decimals, stored as a whole number of 1/10,000.

    SQLite keeps Django's own DecimalField as a float, so that its sums and comparisons are not
    exact; whole numbers are, and fast, on both databases. Python sees `decimal.Decimal`.
    """

    description = "Exact decimal with 4 decimals"
    decimals, limit = DECIMALS, AMOUNT_LIMIT
    beyond = _("The number must lie within ±1,000,000,000.")

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(
        self, value: Any, expression: Any, connection: BaseDatabaseWrapper
    ) -> Decimal | None:
        # PostgreSQL's SUM of a bigint is a numeric: whole all the same.
        return None if value is None else self.of_units(int(value))

    def of_units(self, units: int) -> Decimal:
        """Return the decimal that so many units of the column stand for."""
        return from_units(units)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool | float):
            raise ValidationError(_("“%(value)s” is not a decimal."), params={"value": value})
        try:
            decimal = Decimal(value)
            to_units(decimal, self.decimals)
        except (InvalidOperation, ValueError, OverflowError) as error:
            raise ValidationError(
                _("“%(value)s” is not a number with at most %(decimals)s decimals."),
                params={"value": value, "decimals": self.decimals},
            ) from error
        return decimal

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value is not None and abs(value) > self.limit:
            raise ValidationError(self.beyond)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        decimal = self.to_python(value)
        return None if decimal is None else to_units(decimal, self.decimals)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> Any:
        defaults = {
            "form_class": TypedDecimalField,
            "max_digits": 10 + self.decimals,
            "decimal_places": self.decimals,
            "min_value": -self.limit,
            "max_value": self.limit,
        }
        return super().formfield(**{**defaults, **kwargs})


class RateField(ExactDecimalField):
    """An exchange rate of at most 10 decimals, stored as a whole number of 1/10^10."""

    description = "Exchange rate with 10 decimals"
    decimals, limit = RATE_DECIMALS, RATE_LIMIT
    beyond = _("The rate must lie within ±900,000,000.")

    def of_units(self, units: int) -> Decimal:
        exact = from_units(units, self.decimals)
        short = rounded(exact)
        return short if short == exact else exact


class FoldedTextField(models.TextField[str, str]):
    """The folded copy of another text column; what conditions compare and indexes serve.

    Never null: a missing text folds to `''`. Filled whenever the row is written (`save`,
    `bulk_create`, `update`, `bulk_update`; see `FoldingQuerySet`), from `source` and through
    `part` where only a part of it counts.
    """

    def __init__(
        self, source: str = "", *, part: Callable[[str | None], str] | None = None, **kwargs: Any
    ) -> None:
        self.source, self.part = source, part
        kwargs.update(editable=False, default="", db_default="")
        super().__init__(**kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, kwargs = super().deconstruct()
        for implied in ("editable", "default", "db_default"):
            kwargs.pop(implied, None)
        if self.part is not None:
            kwargs["part"] = self.part
        return name, path, [self.source], kwargs

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        # In byte order a b-tree serves prefixes (LIKE 'x%'); SQLite compares bytes anyway.
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters

    def fold(self, text: str | None) -> str:
        return fold(self.part(text) if self.part else text)

    def fold_all(self, texts: Sequence[str | None]) -> list[str]:
        """Return `fold` of each of `texts`, none of which has a NUL."""
        return fold_all([self.part(text) for text in texts] if self.part else texts)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        folded = self.fold(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, folded)
        return folded


class FoldedJSONField(FoldedTextField):
    """Folded copies of the texts of a JSON object that are not ASCII, as the text of an object.

    Only the texts on the object's first level count; `''` where there are none. An ASCII text is
    folded by `lower()` in the database itself.
    """

    def fold(self, text: Any) -> str:
        document = text if isinstance(text, Mapping) else {}
        folded = {
            key: fold(one)
            for key, one in document.items()
            if isinstance(one, str) and not one.isascii()
        }
        return json.dumps(folded, sort_keys=True) if folded else ""


def strip_text(text: str | None) -> str:
    """Return `text` without the blanks around it, line breaks and no-break spaces included."""
    return text.strip() if text else ""


def folded_fields(model: type[models.Model], sources: Iterable[str]) -> list[FoldedTextField]:
    """Return the folded columns of `model` that are copies of one of the columns `sources`."""
    wanted = set(sources)
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, FoldedTextField) and field.source in wanted
    ]


class FoldingQuerySet(models.QuerySet[Any]):
    """A query set whose bulk writes keep folded columns in step with their sources."""

    def update(self, **kwargs: Any) -> int:
        for field in folded_fields(self.model, kwargs):
            text = kwargs[field.source]
            if field.name in kwargs:  # `bulk_update` has folded it already
                continue
            if isinstance(text, Combinable):
                raise TypeError(
                    f"{self.model.__name__}.{field.source} is folded in Python: write it as text, "
                    "not as an expression"
                )
            kwargs[field.name] = field.fold(text)
        return super().update(**kwargs)

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows, names = list(objs), list(fields)
        for field in folded_fields(self.model, names):
            names.append(field.name)
            for row in rows:
                field.pre_save(row, add=False)
        return super().bulk_update(rows, names, batch_size)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        names = kwargs.get("update_fields")
        if names:
            copies = [field.name for field in folded_fields(self.model, names)]
            kwargs["update_fields"] = [*names, *copies]
        return super().bulk_create(objs, *args, **kwargs)


class FoldingModel(models.Model):
    """Base of models with folded columns."""

    objects = FoldingQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        names = kwargs.get("update_fields")
        if names is not None:
            copies = [field.name for field in folded_fields(type(self), names)]
            kwargs["update_fields"] = [*names, *copies]
        super().save(*args, **kwargs)
