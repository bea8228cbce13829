"""Numbers as merchants type them: per cent and others, and never guessed."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _

from core.forms.numbers import read_typed, typed_number


class TypedField(forms.CharField):
    """A number; what could be two is refused. Empty: None. `as_typed` is for its initial value."""

    def __init__(self, **more: object) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"})
        super().__init__(widget=widget, **more)  # type: ignore[arg-type]

    def clean(self, value: object) -> Decimal | None:
        text = super().clean(value)
        return read_typed(text, _("A number is needed here.")) if text else None


class WholeField(TypedField):
    """A whole number; its range is checked where it is stored."""

    def clean(self, value: object) -> int | None:  # type: ignore[override]
        number = super().clean(value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise forms.ValidationError(_("A whole number is needed here."))
        return int(number)


class ShareField(TypedField):
    """Per cent; what is above 0 and below 1 may be meant as a share, and needs the sign `%`."""

    def clean(self, value: object) -> Decimal | None:
        text = str(value or "").strip()
        is_signed = text.endswith("%")
        number = super().clean(text.removesuffix("%").rstrip())
        if number is not None and 0 < number < 1 and not is_signed:
            said = _(
                "“%(text)s” could mean %(share)s %% or %(number)s %%: please write it with %%."
            )
            share = typed_number(number * 100)
            raise forms.ValidationError(
                said % {"text": text, "share": share, "number": typed_number(number)}
            )
        return number


class PercentField(ShareField):
    """Per cent from 0 to 100 with at most two decimals, which become parts of 10,000."""

    def clean(self, value: object) -> int | None:  # type: ignore[override]
        number = super().clean(value)
        if number is None:
            return None
        parts = number * 100
        if parts != parts.to_integral_value() or not 0 <= parts <= 10_000:
            text = _("Per cent from 0 to 100 are needed here, with two decimals at most.")
            raise forms.ValidationError(text)
        return int(parts)


def per_cent(parts: int) -> str:
    """Return parts of 10,000 as per cent that are typed."""
    return share_typed(Decimal(parts) / 100)


def share_typed(number: Decimal) -> str:
    """Return per cent as a `ShareField` reads them back."""
    return f"{typed_number(number)} %" if 0 < number < 1 else typed_number(number)
