"""Choices that may be thousands: searched on the page where they are more than a few."""

from typing import Any

from django import forms
from django.forms.widgets import Media, Script
from django.utils.translation import gettext_lazy

ATTRIBUTES: dict[str, Any] = {"class": "choices-searched", "data-search": gettext_lazy("Search …")}
SCRIPTS: list[Any] = [Script("segments/choices.js", type="module")]
SEARCH = Media(css={"all": ["segments/choices.css"]}, js=SCRIPTS)


class SearchedChoice(forms.RadioSelect):
    """One of them."""

    media = SEARCH

    def __init__(self) -> None:
        super().__init__(ATTRIBUTES)


class SearchedChoices(forms.CheckboxSelectMultiple):
    """Some of them."""

    media = SEARCH

    def __init__(self) -> None:
        super().__init__(ATTRIBUTES)
