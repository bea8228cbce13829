"""Finds conditions that must not decide about prices: on gender, date of birth or address.

Attributes derived from these are protected too, and so are the shop's own attributes in
`settings.PROTECTED_ATTRIBUTES`.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.conf import settings

from conditions.language.stored_nodes import placed_children, population_of
from segments.models import Segment
from segments.rules.in_conditions.references import ListedSegments, codes_in, list_of, named_by

PROTECTED = (
    *("customer.gender", "customer.date_of_birth", "customer.days_until_birthday"),
    *(
        f"order.{kind}_{part}"
        for kind in ("shipping", "billing")
        for part in ("country", "region", "city", "postcode")
    ),
)
PROTECTED_FAMILY = "address."
OWN = "customer.attributes."


def is_protected(attribute: str) -> bool:
    """Return whether prices that differ by this attribute may be unlawful."""
    if attribute in PROTECTED or attribute.startswith(PROTECTED_FAMILY):
        return True
    return attribute.startswith(OWN) and attribute[len(OWN) :] in settings.PROTECTED_ATTRIBUTES


def protected_in(tree: Any, path: str) -> Iterator[str]:
    """Yield the path of each protected attribute in a stored tree at `path`."""
    if not isinstance(tree, Mapping):
        return
    if is_protected(str(tree.get("attribute", ""))):
        yield f"{path}.attribute"
    if is_protected(str(tree.get("of", ""))):
        yield f"{path}.of"
    value = tree.get("value")
    if isinstance(value, Mapping) and is_protected(str(value.get("attribute", ""))):
        yield f"{path}.value.attribute"
    for place, child in placed_children(tree):
        yield from protected_in(child, f"{path}.{place}")


def segments_in(tree: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the code of each segment that a stored tree at `path` names.

    The segments of a priority list have the path of the attribute of its condition.
    """
    if not isinstance(tree, Mapping):
        return
    codes = named_by(tree)
    if isinstance(tree.get("value"), list):
        yield from ((f"{path}.value[{index}]", code) for index, code in enumerate(codes))
    else:
        yield from ((f"{path}.value", code) for code in codes)
    if (listed := list_of(tree)) is not None:
        yield from ((f"{path}.attribute", code) for code in ListedSegments()[listed])
    if (population := population_of(tree)) is not None:
        yield f"{path}.among.segment", population
    for place, child in placed_children(tree):
        yield from segments_in(child, f"{path}.{place}")


def protected_segments(codes: Collection[str]) -> set[str]:
    """Return those of `codes` that have protected conditions, also in segments they refer to."""
    trees: dict[str, Any] = {}
    waiting = set(codes)
    while waiting:
        rows = Segment.objects.filter(code__in=waiting)
        found = dict(rows.values_list("code", "conditions"))
        trees |= found
        waiting = {one for tree in found.values() for one in codes_in(tree)} - set(trees)
    asking = {code for code, tree in trees.items() if any(protected_in(tree, ""))}
    while behind := {
        code for code, tree in trees.items() if code not in asking and codes_in(tree) & asking
    }:
        asking |= behind
    return asking & set(codes)
