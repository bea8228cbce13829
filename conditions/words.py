"""How conditions are said in plain words."""

from collections.abc import Mapping

from django.conf import settings

from conditions.attribute import Attribute
from conditions.operators import Operator, Takes
from conditions.types import MONEY, Value


def said(subject: str, operator: Operator, value: str, unit: str) -> str:
    """Return "subject operator value unit" in the operator's own order of words."""
    words = str(operator.words)
    if "%(value)s" in words:
        return f"{subject} {words % {'value': value}}"
    if operator.takes is Takes.NOTHING:
        return f"{subject} {words}"
    return " ".join(part for part in (subject, words, value, unit) if part)


def unit_of(attribute: Attribute) -> str:
    """Return the unit of an attribute's values: the base currency for money."""
    return str(settings.BASE_CURRENCY if attribute.type is MONEY else attribute.unit)


def labels_of(attribute: Attribute, value: Value) -> Mapping[str, str]:
    """Return the names of the codes in `value`, where the attribute has choices."""
    if attribute.choices is None:
        return {}
    stored = value.stored if isinstance(value.stored, list) else [value.stored]
    return attribute.choices.labels(stored)
