"""Operators of sets of codes, of categories of a product, and of the random parts of a draw."""

from django.utils.translation import gettext_lazy as _

from conditions.language.operators.base import (
    IS_EMPTY,
    IS_NOT_EMPTY,
    Operator,
    Takes,
    negation,
    table,
)

# `has_all_of` applies this test to each of its values.
_HAS = Operator("has", _("includes"), test=lambda actual, value: value in actual)
_HAS_ANY = Operator(
    "has_any_of",
    _("includes one of"),
    Takes.LIST,
    test=lambda actual, value: not actual.isdisjoint(value),
)
_HAS_ALL = Operator(
    "has_all_of",
    _("includes all of"),
    Takes.LIST,
    test=lambda actual, value: actual.issuperset(value),
)
SET = table(
    _HAS,
    negation("has_not", _("does not include"), _HAS),
    _HAS_ANY,
    negation("has_none_of", _("includes none of"), _HAS_ANY),
    _HAS_ALL,
    negation("not_has_all_of", _("does not include all of"), _HAS_ALL),
    IS_NOT_EMPTY,
    IS_EMPTY,
)

# `test` gets the product's own categories, and these with all categories above them.
_CATEGORY_IS = Operator("is", _("is"), test=lambda own, above, value: value in own)
_CATEGORY_ONE_OF = Operator(
    "is_one_of",
    _("is one of"),
    Takes.LIST,
    test=lambda own, above, value: not own.isdisjoint(value),
)
_CATEGORY_BELOW = Operator(
    "is_or_below", _("is or is below"), test=lambda own, above, value: value in above
)
_CATEGORY_ONE_OF_BELOW = Operator(
    "is_one_of_or_below",
    _("is or is below one of"),
    Takes.LIST,
    test=lambda own, above, value: not above.isdisjoint(value),
)
CATEGORY = table(
    _CATEGORY_IS,
    negation("is_not", _("is not"), _CATEGORY_IS),
    _CATEGORY_ONE_OF,
    negation("is_not_one_of", _("is not one of"), _CATEGORY_ONE_OF),
    _CATEGORY_BELOW,
    negation("is_not_or_below", _("is not and is not below"), _CATEGORY_BELOW),
    _CATEGORY_ONE_OF_BELOW,
    negation("is_not_one_of_or_below", _("is not and is not below one of"), _CATEGORY_ONE_OF_BELOW),
    IS_NOT_EMPTY,
    IS_EMPTY,
)

_IS_IN = Operator("is_in", _("is in"), Takes.PART, test=lambda unit, part: part.has(unit))
PART = table(_IS_IN, negation("is_not_in", _("is not in"), _IS_IN))
