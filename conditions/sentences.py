"""How conditions are said in plain words."""

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from conditions.attribute import Attribute
from conditions.language.counted import MANY, form_of
from conditions.language.operators import Operator, Takes, Words
from conditions.language.types import MONEY, Value

# What a group says of its conditions: the word, and what it means.
MATCH_WORDS: Mapping[str, tuple[Words, Words]] = {
    "all": (pgettext_lazy("conditions", "all"), gettext_lazy("every one of them holds")),
    "any": (gettext_lazy("any"), gettext_lazy("at least one of them holds")),
    "none": (pgettext_lazy("conditions", "none"), gettext_lazy("not one of them holds")),
    "not_all": (gettext_lazy("not all"), gettext_lazy("at least one of them does not hold")),
}


def said(subject: str, operator: Operator, value: str, unit: str, number: int = MANY) -> str:
    """Return "subject operator value unit" in the operator's own order of words.

    `number` is what `value` stands for: it decides between singular and plural.
    """
    words = form_of(operator.words, number)
    if "%(value)s" in words:
        return f"{subject} {words % {'value': value}}"
    if operator.takes is Takes.NOTHING:
        return f"{subject} {words}"
    return " ".join(part for part in (subject, words, value, unit) if part)


def rows_said(rows: Words, said_of_rows: str) -> str:
    """Return what is said of `rows`."""
    return _("%(rows)s: %(said)s") % {"rows": rows, "said": said_of_rows}


def number_meant(value: Value | None) -> int:
    """Return the whole number that `value` is; where it is none, one that takes the plural."""
    meant = None if value is None else value.meant
    return int(meant) if isinstance(meant, int | Decimal) and meant == int(meant) else MANY


def unit_of(attribute: Attribute, number: int = MANY) -> str:
    """Return the unit of `number` of an attribute's values: the base currency for money."""
    return form_of(settings.BASE_CURRENCY if attribute.type is MONEY else attribute.unit, number)


def labels_of(attribute: Attribute, value: Value) -> Mapping[str, str]:
    """Return the names of the codes in `value`, where the attribute has such."""
    return attribute.names(value.stored if isinstance(value.stored, list) else [value.stored])
