"""Whom something is for: {"operator", "segments"}, a tree of conditions, or null for everybody."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from customers.models import Customer
from customers.problems import Problem
from segments.membership import OPERATORS, Shopper, segments_of, shopper_of
from segments.models import Segment
from segments.rules.references import codes_in

MOST_SEGMENTS = 100


class Judge:
    """Says in which audiences a customer is now (None: an anonymous shopper).

    By stored membership, which is read once; a tree is judged live. A segment that is inactive or
    gone has no members, and a tree that is no longer valid holds for nobody.
    """

    def __init__(self, customer: Customer | None) -> None:
        self.customer = customer

    def holds(self, audience: Mapping[str, Any] | None) -> bool:
        """Return whether a stored audience has the customer in it."""
        if audience is None:
            return True
        if self.customer is None:
            return False
        if _asks_segments(audience):
            is_member = not self._segments.isdisjoint(audience["segments"])
            return is_member == (audience["operator"] in {"is", "is_one_of"})
        try:
            return self._shopper.holds(parse_tree(audience, stored=True))
        except InvalidTree:
            return False

    @cached_property
    def _segments(self) -> frozenset[str]:
        return frozenset(segments_of(self.customer) if self.customer else ())

    @cached_property
    def _shopper(self) -> Shopper:
        return shopper_of(self.customer)


def checked(audience: Any, path: str) -> tuple[Any, list[Problem]]:
    """Return an audience as it is stored, and what is wrong with it, below `path`."""
    if audience is None:
        return None, []
    if isinstance(audience, Mapping) and _asks_segments(audience):
        return _checked_segments(audience, path)
    try:
        return parse_tree(audience).json, []
    except InvalidTree as error:
        return audience, [
            Problem(f"{path}.{one.path}" if one.path else path, one.code, one.message)
            for one in error.problems
        ]


def segments_in(audience: Mapping[str, Any] | None) -> set[str]:
    """Return the codes of the segments that an audience asks for."""
    if audience is None:
        return set()
    return set(audience["segments"]) if _asks_segments(audience) else codes_in(audience)


def _asks_segments(audience: Mapping[str, Any]) -> bool:
    return "segments" in audience


def _checked_segments(audience: Mapping[str, Any], path: str) -> tuple[Any, list[Problem]]:
    operator, codes = audience.get("operator"), audience["segments"]
    problems = [
        Problem(f"{path}.{key}", "unknown_field", _("There is no field “%(f)s” here.") % {"f": key})
        for key in audience
        if key not in {"operator", "segments"}
    ]
    if operator not in OPERATORS:
        text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(OPERATORS)}
        problems.append(Problem(f"{path}.operator", "unknown_choice", text))
    if not isinstance(codes, list) or not 1 <= len(codes) <= MOST_SEGMENTS:
        text = _("From 1 to %(most)d segments are needed here.") % {"most": MOST_SEGMENTS}
        return audience, [*problems, Problem(f"{path}.segments", "required", text)]
    texts = [code for code in codes if isinstance(code, str) and "\0" not in code]
    known = set(Segment.objects.filter(code__in=texts).values_list("code", flat=True))
    text = _("There is no segment “%(code)s”.")
    problems += [
        Problem(f"{path}.segments[{place}]", "unknown_segment", text % {"code": code})
        for place, code in enumerate(codes)
        if not isinstance(code, str) or code not in known
    ]
    stored = {"operator": operator, "segments": list(dict.fromkeys(texts))}
    return stored, problems
