"""Operators of texts, whose both sides are folded, and of codes and booleans, which are not."""

from django.utils.translation import gettext_lazy as _

from conditions.language.operators.base import (
    IS_EMPTY,
    IS_NOT_EMPTY,
    Operator,
    Takes,
    negation,
    table,
)

_TEXT_IS = Operator(
    "is", _("is"), lookup="exact", test=lambda actual, value: actual == value, compare="="
)
_CONTAINS = Operator(
    "contains", _("contains"), lookup="contains", test=lambda actual, value: value in actual
)
_STARTS = Operator(
    "starts_with",
    _("begins with"),
    lookup="startswith",
    test=lambda actual, value: actual.startswith(value),
)
_ENDS = Operator(
    "ends_with",
    _("ends with"),
    lookup="endswith",
    test=lambda actual, value: actual.endswith(value),
)
_ONE_OF = Operator(
    "is_one_of",
    _("is one of"),
    Takes.LIST,
    lookup="in",
    test=lambda actual, value: actual in value,
)
_EQUALS = (_TEXT_IS, negation("is_not", _("is not"), _TEXT_IS))
_IS_LISTED = (_ONE_OF, negation("is_not_one_of", _("is not one of"), _ONE_OF))
TEXT = table(
    *_EQUALS,
    _CONTAINS,
    negation("not_contains", _("does not contain"), _CONTAINS),
    _STARTS,
    negation("not_starts_with", _("does not begin with"), _STARTS),
    _ENDS,
    negation("not_ends_with", _("does not end with"), _ENDS),
    *_IS_LISTED,
    IS_NOT_EMPTY,
    IS_EMPTY,
)
CHOICE = table(*_EQUALS, *_IS_LISTED, IS_NOT_EMPTY, IS_EMPTY)
BOOLEAN = table(*_EQUALS, IS_NOT_EMPTY, IS_EMPTY)
SEGMENT = table(*_EQUALS, *_IS_LISTED)
