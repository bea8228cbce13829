"""How conditions are said in plain words."""

from collections.abc import Mapping

from conditions import registry
from conditions.attribute import Attribute
from conditions.operators import Operator, Takes
from conditions.types import Value


def said(subject: str, operator: Operator, value: str, unit: str) -> str:
    """Return "subject operator value unit" in the operator's own order of words."""
    words = str(operator.words)
    if "%(value)s" in words:
        return f"{subject} {words % {'value': value}}"
    if operator.takes is Takes.NOTHING:
        return f"{subject} {words}"
    return " ".join(part for part in (subject, words, value, unit) if part)


def label_of(attribute: Attribute) -> str:
    """Return the label that names an attribute outside its menu, with its relation where it has one."""
    if attribute.relation is None:
        return str(attribute.label)
    return f"{registry.relation(attribute.relation).label}: {attribute.label}"


def labels_of(attribute: Attribute, value: Value) -> Mapping[str, str]:
    """Return the names of the codes in `value`, where the attribute has choices."""
    if attribute.choices is None:
        return {}
    stored = value.stored if isinstance(value.stored, list) else [value.stored]
    return attribute.choices.labels(stored)
