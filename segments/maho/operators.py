"""Maho's operators, in the words of this language."""

from conditions.language.types import DateType, ValueType

COMPARISONS = {
    "==": "is",
    "!=": "is_not",
    ">=": "gte",
    "<=": "lte",
    ">": "gt",
    "<": "lt",
    "{}": "contains",
    "!{}": "not_contains",
    "()": "is_one_of",
    "!()": "is_not_one_of",
}
DATES = {">=": "on_or_after", "<=": "on_or_before", ">": "after", "<": "before"}
SETS = {
    "==": "has",
    "{}": "has",
    "!=": "has_not",
    "!{}": "has_not",
    "()": "has_any_of",
    "!()": "has_none_of",
}
# With an empty value, whatever the type.
EMPTY = {"==": "is_empty", "!=": "is_not_empty"}
# Where the other sign is meant, the other direction is, too.
TURNED = {"gte": "lte", "lte": "gte", "gt": "lt", "lt": "gt"}
LISTS = {"()", "!()"}
# Several values chosen in a field that is compared with one.
OF_SEVERAL = {"==": "()", "!=": "!()"}
CONTAINS = {"{}", "!{}"}


def operator_for(symbol: str, type_: ValueType) -> str | None:
    """Return the operator that `symbol` is for values of `type_`; None where there is none."""
    if type_.name == "set":
        name = SETS.get(symbol)
    elif isinstance(type_, DateType):
        name = (COMPARISONS | DATES).get(symbol)
    else:
        name = COMPARISONS.get(symbol)
    return name if name in type_.operators else None
