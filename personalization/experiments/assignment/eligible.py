"""How many customers could take part in an experiment now, and why the others could not."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, QuerySet

from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from personalization.assignment import BUCKETS
from personalization.models import Experiment


@dataclass(frozen=True)
class Eligible:
    """Active customers, of them those who allow both purposes, and about how many take part.

    Holdout group and traffic are applied as shares; the audience is not taken into account.
    """

    active: int
    refuse_personalization: int
    not_tracked: int
    about: int


def eligible_for(
    experiment: Experiment, among: QuerySet[Customer] | None = None, *, holds_out: bool = True
) -> Eligible:
    """Return the numbers of customers who could be assigned a variant of `experiment`; one query.

    Counts customers of `among`, or all. With `holds_out` the holdout share is subtracted; without
    it, `among` already excludes the holdout group.
    """
    refuses, untracked = refusing(Purpose.PERSONALIZATION), refusing(Purpose.TRACKING)
    everybody = Customer.objects.all() if among is None else among
    rows = everybody.filter(is_active=True).order_by()
    found = rows.aggregate(
        active=Count("pk"),
        refuse=Count("pk", filter=refuses),
        untracked=Count("pk", filter=~refuses & untracked),
    )
    allow = found["active"] - found["refuse"] - found["untracked"]
    shown = BUCKETS - int(settings.HOLDOUT_BASIS_POINTS) if holds_out else BUCKETS
    about = allow * shown * experiment.traffic // BUCKETS**2
    return Eligible(found["active"], found["refuse"], found["untracked"], about)


def in_each(experiment: Experiment, about: int) -> dict[str, int]:
    """Return the number of customers for each variant, of about `about` customers, by its code."""
    return {one["code"]: about * one["weight"] // BUCKETS for one in experiment.variants}


def fewest_of(experiment: Experiment, about: int) -> int:
    """Return how many of `about` the smallest variant would get, except those with weight 0."""
    weights = [one["weight"] for one in experiment.variants if one["weight"]]
    return about * min(weights, default=0) // BUCKETS
