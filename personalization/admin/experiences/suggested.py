"""Inputs that suggest what may be typed into them: any other text will do as well."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.widgets import Script
from django.urls import reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Attributes of conditions. A SKU that was never bought has no similar products and no buyers.
SKU, CATEGORY = "order_item.sku", "order_item.category"


class Suggested(forms.TextInput):
    """A text input with `options` to choose from."""

    def __init__(self, options: Iterable[str] = ()) -> None:
        super().__init__(attrs={"class": "vTextField", "autocomplete": "off"})
        self.options = list(options)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"{(attrs or {}).get('id', name)}_options"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((o,) for o in self.options))
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)


class AskedFor(Suggested):
    """A text input that requests its options while a person types: values of `attribute`."""

    class Media:
        js = [Script("personalization/suggested.js", type="module")]

    def __init__(self, attribute: str) -> None:
        super().__init__()
        self.attrs |= {"data-values": reverse_lazy("api:values"), "data-attribute": attribute}
