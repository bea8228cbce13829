"""Texts, codes, categories and booleans."""

import unicodedata
from typing import Any

from django.utils.translation import gettext as _

from conditions.language.operators import Operator
from conditions.language.types.base import Value, ValueType
from conditions.language.windows import LocalClock
from core.text.exact_numbers import BadValue
from core.text.folding import fold
from core.text.formats import quote_value

TEXT_LIMIT = 1_000


def text_of(raw: Any) -> str:
    """Return the text `raw`; raises BadValue if it is none, empty, too long or invalid Unicode."""
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A text is needed here."))
    if not isinstance(raw, str):
        raise BadValue("not_a_text", _("%(value)s is not a text.") % {"value": quote_value(raw)})
    if len(raw) > TEXT_LIMIT:
        raise BadValue("too_long", _("A text has at most 1,000 characters."))
    if "\0" in raw:
        raise BadValue("invalid_text", _("The text has a NUL character, which no shop text has."))
    if any(unicodedata.category(letter) == "Cs" for letter in raw if letter > "\ud7ff"):
        raise BadValue("invalid_text", _("The text is not valid Unicode (half a surrogate pair)."))
    return raw


class TextType(ValueType):
    """Texts, compared folded; columns store folded copies."""

    def one(self, raw: Any) -> Value:
        text = text_of(raw)
        return Value(fold(text), text)

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        return super().test(operator, fold(actual), value, clock)


class CodeType(ValueType):
    """Codes (choices, elements of sets, categories, segments), compared exactly."""

    def one(self, raw: Any) -> Value:
        text = text_of(raw)
        return Value(text, text)


class CategoryType(CodeType):
    """Categories: tests get a product's own categories, and these with all above them."""

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        own, with_those_above = actual
        assert operator.test is not None
        return operator.test(own, with_those_above, value)


class BooleanType(ValueType):
    """Yes or no."""

    def one(self, raw: Any) -> Value:
        if not isinstance(raw, bool):
            code = "empty_value" if raw is None or raw == "" else "not_a_boolean"
            raise BadValue(code, _("true or false is needed here."))
        return Value(raw, raw)
