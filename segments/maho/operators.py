"""Maps Maho's operators to the operators of conditions."""

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
# With an empty value, for every type.
EMPTY = {"==": "is_empty", "!=": "is_not_empty"}
# For amounts with the opposite sign, comparisons change direction.
TURNED = {"gte": "lte", "lte": "gte", "gt": "lt", "lt": "gt"}
LISTS = {"()", "!()"}
# For several values where Maho expects one.
OF_SEVERAL = {"==": "()", "!=": "!()"}
CONTAINS = {"{}", "!{}"}


def operator_for(symbol: str, type_: ValueType) -> str | None:
    """Return the operator for `symbol` and values of `type_`; None without one."""
    if type_.name == "set":
        name = SETS.get(symbol)
    elif isinstance(type_, DateType):
        name = (COMPARISONS | DATES).get(symbol)
    else:
        name = COMPARISONS.get(symbol)
    return name if name in type_.operators else None
