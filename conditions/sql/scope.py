"""The customers in scope of a segment, and the clocks of their time zones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.language.windows import Moment
from conditions.sql.place import Context
from core import clock
from core.clock import checked_clock
from core.database.prepared import rows_by_key
from core.problems import Problem
from customers.models import Customer, CustomerGroup, Website

APPLIES_TO = ("registered", "guest", "both")


@dataclass(frozen=True)
class Scope:
    """The scope of a segment, as ids; empty sets mean all."""

    website_ids: frozenset[int]
    group_ids: frozenset[int]
    applies_to: str

    @cached_property
    def q(self) -> Q:
        """The scope, for the database."""
        q = Q(is_active=True)
        if self.applies_to != "both":
            q &= Q(kind=self.applies_to)
        if self.website_ids:
            q &= Q(website__in=sorted(self.website_ids))
        if self.group_ids:
            q &= Q(group__in=sorted(self.group_ids))
        return q

    @property
    def is_in_rollup(self) -> bool:
        """Return whether the roll-up evaluates `q`; an index is faster for websites or groups."""
        return not self.website_ids and not self.group_ids

    def includes(self, customer: Customer) -> bool:
        """Return whether `customer` is in scope, for the evaluator."""
        return (
            customer.is_active
            and self.applies_to in {"both", customer.kind}
            and (not self.website_ids or customer.website_id in self.website_ids)
            and (not self.group_ids or customer.group_id in self.group_ids)
        )


# The scope of a tree without a segment: active registered customers of all websites.
EVERYBODY = Scope(frozenset(), frozenset(), "registered")


def scope_of(
    websites: Collection[str] | None, customer_groups: Collection[str] | None, applies_to: str
) -> Scope:
    """Return the scope of these codes; raises `InvalidTree` for a code that does not exist."""
    problems: list[Problem] = []
    website_ids = _ids(Website, "websites", websites, problems)
    group_ids = _ids(CustomerGroup, "customer_groups", customer_groups, problems)
    if applies_to not in APPLIES_TO:
        problems.append(
            Problem(
                "applies_to",
                "unknown_choice",
                _("“%(value)s” is not one of %(allowed)s.")
                % {"value": applies_to, "allowed": ", ".join(APPLIES_TO)},
            )
        )
    if problems:
        raise InvalidTree(problems)
    return Scope(website_ids, group_ids, applies_to)


def _ids(
    model: type[Website] | type[CustomerGroup],
    path: str,
    codes: Collection[str] | None,
    problems: list[Problem],
) -> frozenset[int]:
    wanted = list(codes or ())
    if not wanted:
        return frozenset()
    known = dict(model._default_manager.filter(code__in=wanted).values_list("code", "pk"))
    for index, code in enumerate(wanted):
        if code not in known:
            problems.append(
                Problem(
                    f"{path}[{index}]",
                    "unknown_choice",
                    _("There is no “%(code)s” in %(path)s.") % {"code": code, "path": path},
                )
            )
    return frozenset(known.values())


def moment_at(as_of: datetime | None, scope: Scope) -> Moment:
    """Return the clock at `as_of` (now unless given) for the zones of the scope's websites."""
    as_of = checked_clock(clock.now() if as_of is None else as_of)

    def zones() -> QuerySet[Website, Any]:
        return Website.objects.order_by("pk").values_list("pk", "timezone")

    # Every compilation asks for them: the query itself must cost no compilation.
    by_zone: dict[str, list[int]] = {}
    for pk, zone in rows_by_key("zones of websites", Website.objects.db, zones):
        if not scope.website_ids or pk in scope.website_ids:
            by_zone.setdefault(zone, []).append(pk)
    if not by_zone:
        # A shop without websites has no customers, but queries still need a clock.
        by_zone[settings.DEFAULT_TIME_ZONE] = []
    return Moment(as_of, tuple((zone, tuple(ids)) for zone, ids in sorted(by_zone.items())))


def context_at(as_of: datetime | None, scope: Scope) -> Context:
    """Return the context for compiling a tree about the customers in `scope`.

    `as_of` (aware) is now unless given.
    """
    return Context(moment_at(as_of, scope), scope)
