"""The names of countries, by their two letters, in the reader's language."""

import unicodedata
from collections.abc import Collection, Mapping
from functools import cache

from babel import Locale
from babel.core import UnknownLocaleError
from django.utils.translation import get_language, to_locale

# Codes of two letters that are no countries: unions, test data, unknown ones.
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def country_names(codes: Collection[str]) -> Mapping[str, str]:
    """Return the names of the known ones of `codes`, in the active language: `Germany (DE)`."""
    names = all_countries() if codes else {}
    return {code: f"{names[code]} ({code})" for code in codes if code in names}


def all_countries() -> Mapping[str, str]:
    """Return all countries by two letters, sorted by their names in the active language."""
    return _all_countries(to_locale(get_language() or "en"))


@cache
def _all_countries(locale: str) -> Mapping[str, str]:
    try:
        names = Locale.parse(locale).territories
    except UnknownLocaleError:
        names = Locale("en").territories
    return {
        str(code): name
        for code, name in sorted(names.items(), key=lambda one: _place(one[1]))
        if len(str(code)) == 2 and code not in NO_COUNTRIES
    }


def _place(name: str) -> str:
    """Return the sort key of `name`, without accents."""
    parts = unicodedata.normalize("NFD", name.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
