"""Numbers in forms, as they are typed: a browser's own number fields drop what they do not know.

"10,5" would come as 105 from there. As a text it is refused, with the reason beside it.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

WHOLE = _("A whole number in digits alone, such as 1000.")
DECIMAL = _("A number with a point before its decimals and nothing else in it, such as 1000.50.")


def as_text(form: forms.BaseForm) -> None:
    """Let all numbers of `form` be typed as texts."""
    for field in form.fields.values():
        if isinstance(field, forms.IntegerField) and isinstance(field.widget, forms.NumberInput):
            whole = not isinstance(field, forms.DecimalField)
            mode = "numeric" if whole else "decimal"
            field.widget = forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"})
            field.error_messages["invalid"] = WHOLE if whole else DECIMAL
