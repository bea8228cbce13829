"""Widgets for possibly thousands of choices, with a search on the page."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.forms.widgets import Media, Script
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.rules.in_conditions.questions import OF_SEVERAL

ATTRIBUTES: dict[str, Any] = {"class": "choices-searched", "data-search": gettext_lazy("Search …")}
SCRIPTS: list[Any] = [Script("segments/choices.js", type="module")]
SEARCH = Media(css={"all": ["segments/choices.css"]}, js=SCRIPTS)


class SearchedChoice(forms.RadioSelect):
    """A single choice."""

    media = SEARCH

    def __init__(self) -> None:
        super().__init__(ATTRIBUTES)


class SearchedChoices(forms.CheckboxSelectMultiple):
    """Multiple choices."""

    media = SEARCH

    def __init__(self) -> None:
        super().__init__(ATTRIBUTES)


def problem_of_several(chosen: str, codes: Collection[str], words: Mapping[str, Any]) -> str:
    """Return the problem where the operator `chosen` is for one segment, but `codes` are several.

    Return "" without a problem. `words` are the labels of the operators.
    """
    if len(codes) < 2 or chosen not in OF_SEVERAL:
        return ""
    text = _("“%(one)s” is about one segment: choose one below, or “%(several)s”.")
    return text % {"one": words[chosen], "several": words[OF_SEVERAL[chosen]]}
