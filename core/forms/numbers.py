"""Numbers as people type them, in any language's form; a text that could mean two is refused.

The builder of conditions reads numbers likewise (`static/segments/builder/figures.js`). It shows at
once what it understood, so there the sign for thousands of the reader's language decides; here it
does not. Forms use text inputs: a browser's number input turns "10,5" into 105.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# The separators between thousands, and those before decimals.
GROUPS = ("", ",", r"\.", "['’]", "[ \u00a0\u2009\u202f]")
POINTS = (",", r"\.")
MOST_DIGITS = 14


def read_number(text: str) -> Decimal | None:
    """Return the number that `text` is, with the decimals that it has; None where it is none.

    Raises ValueError, with a sentence, where it could be two.
    """
    sign, body = re.fullmatch(r"([-−+]?)(.*)", text.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    found = _readings(body)
    if len(found) > 1:
        small, large = sorted(found)
        words = {"text": text, "small": _unmistakable(small), "large": spell_number(large)}
        raise ValueError(
            _("“%(text)s” could mean %(small)s or %(large)s: please write one of these.") % words
        )
    number = next(iter(found), None)
    return -number if number and sign in {"-", "−"} else number


def spell_number(number: object) -> str:
    """Return a number as the reader writes it, its thousands not apart."""
    return str(number).replace(".", get_format("DECIMAL_SEPARATOR"))


def typed_number(number: float | Decimal) -> str:
    """Return a number as the reader would type it; `read_number` returns the same number."""
    return _unmistakable(Decimal(str(number)))


class UnitInput(forms.TextInput):
    """A text input with the unit of its number behind it.

    Where the unit depends on a choice of the page, `units` has one for each of its values, and the
    page's script shows the right one.
    """

    def __init__(
        self, unit: str, attrs: Any = None, units: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(attrs)
        self.unit, self.units = unit, units

    def render(self, *args: Any, **more: Any) -> SafeString:
        return format_html(
            '<span class="unit-field">{} <span data-units="{}">{}</span></span>',
            super().render(*args, **more),
            json.dumps(self.units) if self.units else "",
            self.unit,
        )


class TypedDecimalField(forms.DecimalField):
    """A decimal number, read by `read_number`."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(read_typed(value, _("A number is needed here.")))

    def prepare_value(self, value: Any) -> Any:
        return typed_number(value) if isinstance(value, Decimal | int | float) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "decimal", "autocomplete": "off"}


class TypedIntegerField(forms.IntegerField):
    """A whole number, read by `read_number`."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        number = read_typed(value, _("A whole number is needed here."))
        if isinstance(number, Decimal):
            if number != number.to_integral_value():
                raise ValidationError(_("A whole number is needed here."), code="invalid")
            number = int(number)
        return super().to_python(number)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "numeric", "autocomplete": "off"}


def read_typed(value: Any, needed: str) -> Any:
    """Return the number that a form's text is; "" for a blank text; another value as it is.

    Raises ValidationError with the sentence `needed` where a text is no number.
    """
    if not isinstance(value, str):
        return value
    if not value.strip():
        return ""
    try:
        number = read_number(value)
    except ValueError as error:
        raise ValidationError(str(error), code="ambiguous") from error
    if number is None:
        raise ValidationError(needed, code="invalid")
    return number


def _readings(body: str) -> set[Decimal]:
    found = set()
    for group in GROUPS:
        whole = rf"[1-9]\d{{0,2}}({group})\d{{3}}(?:\2\d{{3}})*" if group else r"\d*()"
        for point in POINTS:
            match = re.fullmatch(rf"({whole})(?:{point}(\d*))?", body, re.ASCII)
            if match is None or point == group or not re.search(r"\d", body, re.ASCII):
                continue
            digits = re.sub(r"\D", "", match[1]).lstrip("0") or "0"
            if len(digits) <= MOST_DIGITS:
                found.add(Decimal(f"{digits}.{match[3]}" if match[3] else digits))
    return found


def _unmistakable(number: Decimal) -> str:
    """Return a number that three decimals would make look like thousands."""
    text = f"{number.normalize():f}"
    return spell_number(re.sub(r"(\.\d{3})$", r"\g<1>0", text))
