"""The compared customers: the treated and the holdout group, in batches.

Eligible are the active customers who registered before the period (or at an unknown time) and do
not refuse personalization; of a segment, its members when the period began; of a campaign, its
frozen audience. With the basis `exposed` only customers who were shown something in the period, and
those of the holdout group who would have been: requests store both as exposures.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from conditions.sql.buckets import Bucket
from customers.models import Customer
from personalization.assignment import HOLDOUT_SALT
from personalization.incremental_revenue.campaigns import Groups
from personalization.incremental_revenue.comparison.segment_members import members_at, require_log
from personalization.incremental_revenue.holdout_log import share_of
from personalization.incremental_revenue.question import EXPOSED, Question
from personalization.models import IS_DEFAULT, Exposure
from predictions.history.population import population
from segments.models import Membership, MembershipChange, Segment

# Customers of one batch.
TOGETHER = 5_000


def groups(question: Question) -> Groups:
    """Yield whether each customer was held out, by internal key.

    Raises `Refused`: `holdout_changed`, and `not_kept` where a segment's members of then are not
    known.
    """
    if question.segment is not None:
        require_log(question.since)
    if question.campaign is not None:
        found = question.campaign.audience(question.as_of)
    else:
        found = _eligible(question, share_of(question.since, question.until))
    for some in found:
        chosen = some
        if question.segment is not None:
            members = members_at(question.since, list(some), [question.segment.pk])
            chosen = {key: held for key, held in chosen.items() if key in members}
        if question.basis == EXPOSED:
            placements = placements_of(chosen, question)
            chosen = {key: held for key, held in chosen.items() if key in placements}
        yield chosen


def placements_of(groups_of: Mapping[int, bool], question: Question) -> Mapping[int, set[str]]:
    """Return the placements that showed each customer something in the period, by key.

    Of who was held out, those that would have.
    """
    rows = Exposure.objects.filter(
        customer__in=list(groups_of), at__gte=question.since, at__lt=question.until
    ).exclude(IS_DEFAULT, withheld="")
    found: dict[int, set[str]] = defaultdict(set)
    names = ("customer", "element", "variant", "shows_default", "withheld")
    for key, element, variant, shows_default, withheld in rows.values_list(*names).distinct():
        if withheld if groups_of[key] else variant and not shows_default:
            found[key].add(element)
    return found


def _eligible(question: Question, share: int) -> Iterator[Mapping[int, bool]]:
    rows = population(question.since).exclude(registered_at=question.since)
    if question.segment is not None:
        rows = _ever_in(rows, question.segment)
    numbered = rows.annotate(bucket=Bucket(HOLDOUT_SALT, F("external_id"))).values_list(
        "pk", "bucket"
    )
    after = 0
    while found := list(numbered.filter(pk__gt=after)[:TOGETHER]):
        after = found[-1][0]
        yield {key: bucket < share for key, bucket in found}


def _ever_in(rows: QuerySet[Customer], segment: Segment) -> QuerySet[Customer]:
    """Return the customers with any stored membership of a segment, today or in the log."""
    logged = MembershipChange.objects.filter(segment=segment, customer_id=OuterRef("pk"))
    stored = Membership.objects.filter(segment=segment, customer=OuterRef("pk"))
    return rows.filter(Q(Exists(logged)) | Q(Exists(stored)))
