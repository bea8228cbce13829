"""The types of attributes: each parses, compiles, tests and words values."""

from django.utils.translation import gettext_lazy

from conditions.language import operators
from conditions.language.types.base import BadKeys, RangeType, Value, ValueType
from conditions.language.types.dates import DATETIME_SPELLING, DatetimeType, DateType
from conditions.language.types.numbers import NumberType
from conditions.language.types.parts import Part, PartType
from conditions.language.types.texts import BooleanType, CategoryType, CodeType, TextType, text_of

__all__ = [
    "BOOLEAN",
    "CATEGORY",
    "CHOICE",
    "DATE",
    "DATETIME",
    "DATETIME_SPELLING",
    "INTEGER",
    "MONEY",
    "NUMBER",
    "PART",
    "SEGMENT",
    "SET",
    "TEXT",
    "TYPES",
    "BadKeys",
    "CodeType",
    "DateType",
    "NumberType",
    "Part",
    "RangeType",
    "TextType",
    "Value",
    "ValueType",
    "comparable",
    "text_of",
]

TEXT = TextType("text", gettext_lazy("text"), operators.TEXT)
NUMBER = NumberType("number", gettext_lazy("number"), operators.NUMBER, usual="gte")
MONEY = NumberType("money", gettext_lazy("money"), operators.NUMBER, usual="gte")
INTEGER = NumberType(
    "integer", gettext_lazy("whole number"), operators.NUMBER, usual="gte", scale=1
)
CHOICE = CodeType("choice", gettext_lazy("choice"), operators.CHOICE, usual="is_one_of")
BOOLEAN = BooleanType("boolean", gettext_lazy("yes or no"), operators.BOOLEAN)
SET = CodeType("set", gettext_lazy("several choices"), operators.SET, usual="has_any_of")
CATEGORY = CategoryType(
    "category", gettext_lazy("category"), operators.CATEGORY, usual="is_one_of_or_below"
)
# The most common ones of the many ways to name a time.
_COMMON = ("in_last_days", "more_than_days_ago", "in_period", "between", "on_or_after")
DATE = DateType("date", gettext_lazy("date"), operators.DATE, usual="in_last_days", common=_COMMON)
DATETIME = DatetimeType(
    "datetime",
    gettext_lazy("date and time"),
    operators.DATETIME,
    usual="in_last_days",
    common=_COMMON,
)
SEGMENT = CodeType("segment", gettext_lazy("segment"), operators.SEGMENT)
PART = PartType("part", gettext_lazy("random part"), operators.PART, usual="is_in")
TYPES = {
    t.name: t
    for t in (
        TEXT,
        NUMBER,
        MONEY,
        INTEGER,
        CHOICE,
        BOOLEAN,
        SET,
        CATEGORY,
        DATE,
        DATETIME,
        SEGMENT,
        PART,
    )
}


def comparable(left: ValueType, right: ValueType) -> bool:
    """Return whether an attribute of one type may be compared with one of the other."""
    if isinstance(left, NumberType):
        return isinstance(right, NumberType)
    return left is right
