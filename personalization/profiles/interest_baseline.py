"""Interests and active hours of all customers together, computed every night.

Customers who refuse personalization are left out. The computation runs in batches, so that a big
shop takes no more memory than a small one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from conditions.language.windows import local_hour
from core.clock import now
from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from personalization.behavior.activity import Done, done_by
from personalization.models import HourShare, InterestShare, ProfileUpkeep, Subject
from personalization.profiles.affinity import amounts, codes_of, products_of, weighed_of

BATCH = 1_000
HOURS = 24
# Older activity does not count for the hours.
HOURS_OF = timedelta(days=180)
ONLY = 1


@dataclass
class Shares:
    """Shares by code of each subject, and by hour of each website's key."""

    interests: dict[Subject, dict[str, float]] = field(
        default_factory=lambda: {one: {} for one in Subject}
    )
    hours: dict[int, list[float]] = field(default_factory=dict)


def allowing() -> QuerySet[Customer]:
    """Return the customers who do not refuse personalization, by internal key."""
    return Customer.objects.exclude(refusing(Purpose.PERSONALIZATION)).order_by("pk")


def batches(rows: QuerySet[Customer]) -> Iterator[list[int]]:
    """Yield the keys of customers, some at a time; no cursor stays open meanwhile."""
    after = 0
    while keys := list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        yield keys
        after = keys[-1]


def compute(as_of: datetime) -> Shares:
    """Return the shares as of an aware instant."""
    totals: dict[Subject, dict[str, float]] = {one: defaultdict(float) for one in Subject}
    counts: dict[int, list[int]] = {}
    for keys in batches(allowing()):
        done = done_by(keys, as_of=as_of)
        weighed = weighed_of(keys, done, as_of)
        for subject, codes in codes_of(products_of(weighed.values())).items():
            rows = (one for key in sorted(weighed) for one in weighed[key])
            for code, amount in amounts(rows, codes, as_of).items():
                totals[subject][code] += amount
        people = Customer.objects.filter(pk__in=list(done)).values_list(
            "pk", "website", "website__timezone"
        )
        for key, website, zone in people:
            of_website = counts.setdefault(website, [0] * HOURS)
            for hour, count in enumerate(hours_of(done[key], zone, as_of)):
                of_website[hour] += count
    return Shares(
        {subject: _as_shares(found) for subject, found in totals.items()},
        {
            website: [count / sum(found) for count in found]
            for website, found in counts.items()
            if sum(found)
        },
    )


def hours_of(done: Collection[Done], zone: str, as_of: datetime) -> list[int]:
    """Return the number of rows in each hour of the zone, in the 180 days before `as_of`."""
    found = [0] * HOURS
    for one in done:
        if one.is_activity and as_of - HOURS_OF <= one.at <= as_of:
            found[local_hour(one.at, zone)] += 1
    return found


def keep(shares: Shares, as_of: datetime) -> None:
    """Store the shares in place of the previous ones."""
    with transaction.atomic():
        upkeep().update(shares_as_of=as_of)
        InterestShare.objects.all().delete()
        InterestShare.objects.bulk_create(
            (
                InterestShare(subject=subject, code=code, share=share)
                for subject, found in shares.interests.items()
                for code, share in sorted(found.items())
            ),
            batch_size=BATCH,
        )
        HourShare.objects.all().delete()
        HourShare.objects.bulk_create(
            HourShare(website_id=website, hour=hour, share=share)
            for website, found in sorted(shares.hours.items())
            for hour, share in enumerate(found)
        )


def upkeep() -> QuerySet[ProfileUpkeep]:
    """Return the single row about the upkeep; create the row if it is missing."""
    ProfileUpkeep.objects.bulk_create([ProfileUpkeep(pk=ONLY)], ignore_conflicts=True)
    return ProfileUpkeep.objects.filter(pk=ONLY)


def shares_as_of() -> datetime | None:
    """Return the instant of the stored shares; None before the first night."""
    return ProfileUpkeep.objects.filter(pk=ONLY).values_list("shares_as_of", flat=True).first()


def owe_everybody() -> None:
    """Note that everybody's profile has to be written."""
    upkeep().update(owed=F("owed") + 1)


def owed() -> int | None:
    """Return the number up to which everybody's profile has to be written; None where all are."""
    rows = ProfileUpkeep.objects.filter(pk=ONLY).exclude(owed=F("written"))
    return rows.values_list("owed", flat=True).first()


def ensure_shares() -> None:
    """Compute the shares unless they are stored."""
    if shares_as_of() is None:
        at = now()
        keep(compute(at), at)


def shares_of(subject: Subject, codes: Collection[str]) -> Mapping[str, float]:
    """Return the stored shares of `codes`; codes in which nobody was interested are left out."""
    rows = InterestShare.objects.filter(subject=subject, code__in=sorted(codes))
    return dict(rows.values_list("code", "share"))


def stored_hours(website: int) -> Sequence[float]:
    """Return the shares of the hours of a website; equal shares where nobody was active."""
    found = dict(HourShare.objects.filter(website=website).values_list("hour", "share"))
    return [found.get(hour, 0.0) for hour in range(HOURS)] if found else [1 / HOURS] * HOURS


def _as_shares(totals: Mapping[str, float]) -> dict[str, float]:
    whole = sum(totals.values())
    # A total that has decayed to 0 is left out: lifts divide by the share.
    return {code: total / whole for code, total in totals.items() if total > 0} if whole else {}
