"""What happens to accounts: a tier is given, a guest's points come along, a reward is paid."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.urls import reverse

from core.audit import record
from core.clock import now
from core.problems import Problem
from customers.imports.run import Run
from customers.imports.shop_tables.plain_rows import import_rows
from customers.imports.staging import cells
from customers.imports.tables import Table
from customers.models import Customer
from customers.privacy.holdings import Person
from segments.models import Segment
from segments.rules.users import Use
from tests.loyalty.models import LoyaltyAccount, PointsEntry, Reward, Tier

TIER = "loyalty.tier"
MOVED = "moved"


def give_tier(account: LoyaltyAccount, tier: Tier, *, author: Any) -> None:
    """Give `account` a tier for `author`, which the audit log notes."""
    with transaction.atomic():
        before, account.tier = account.tier, tier
        account.save(update_fields=["tier"])
        number = account.customer.external_id
        was, became = {"tier": before}, {"tier": str(tier)}
        record(author, MOVED, TIER, number, before=was, after=became)


def bring_points(guest: Customer, customer: Customer) -> None:
    """Add the points of a guest's account to the customer's, which is the one that stays."""
    theirs = LoyaltyAccount.objects.filter(customer=guest).first()
    own = LoyaltyAccount.objects.filter(customer=customer).first()
    if theirs and own:
        own.points = (own.points or 0) + (theirs.points or 0)
        own.save(update_fields=["points"])


def old_entries(at: datetime) -> QuerySet[PointsEntry]:
    """Return the entries that are not kept any more: those of ten years ago."""
    return PointsEntry.objects.filter(at__lt=at - timedelta(days=3652))


def forget_balance(person: Person) -> Iterable[str]:
    """Take the balance, which the till may have asked for just now, out of the cache."""
    cache.delete_many(f"loyalty-balance-{number}" for number in person.numbers)
    return ()


def forget_balances(*, customers: Collection[int] | None, **_what: object) -> None:
    """Take the balances of changed customers (None: of all) out of the cache."""
    if customers is None:
        cache.clear()
        return
    changed = Customer.objects.filter(pk__in=customers)
    numbers = list(changed.values_list("external_id", flat=True))
    cache.delete_many(f"loyalty-balance-{number}" for number in numbers)


def shown_to_partners(person: Person) -> Iterable[dict[str, Any]]:
    """Partners know the card numbers of gold customers."""
    for account in LoyaltyAccount.objects.filter(customer=person.pk, tier=Tier.GOLD):
        yield {"with": "partners", "card": account.card}


def trees_of_rewards() -> Iterable[tuple[str, Any]]:
    """Yield what each reward is called, and whom it is for as a tree."""
    for one in Reward.objects.order_by("pk"):
        yield one.name, {"attribute": "segment", "operator": "is", "value": one.segment_code}


ACCOUNTS_IN_FILE = Table(
    "loyalty_accounts",
    LoyaltyAccount,
    key=("customer",),
    required=("customer",),
    optional=("points", "tier", "card"),
    references={"customer": "customers"},
    converts={"points": cells.count},
)


def import_accounts(run: Run) -> None:
    """Import the accounts of a shop's file."""
    import_rows(run, ACCOUNTS_IN_FILE)


def rewards_of(segment: Segment) -> list[Use]:
    """Return the rewards for entering `segment`; those that are paid hold it."""
    return [
        Use(
            reward,
            code=f"reward:{reward.pk}",
            name=reward.name,
            url=reverse("admin:loyalty_reward_change", args=[reward.pk]),
            says=f"{reward.points.normalize():f} points",
            holds=reward.is_active,
        )
        for reward in Reward.objects.filter(segment_code=segment.code).order_by("pk")
    ]


def warn_of_rewards(segment: Segment, *, author: Any) -> Iterable[Problem]:
    """Say to whoever defines `segment` anew that whoever enters it is paid."""
    if Reward.objects.filter(segment_code=segment.code, is_active=True).exists():
        yield Problem("", "paid_rewards", "Whoever enters by the new rules is paid a reward.")


def hold_rewards(segment: Segment) -> None:
    """Pay nobody for what happened while `segment` was off, until somebody wants that again."""
    Reward.objects.filter(segment_code=segment.code).update(is_active=False)


def entry_written(reference: Sequence[int]) -> Mapping[str, Any] | None:
    """Return the message about an entry, by its key."""
    (key,) = reference
    entry = PointsEntry.objects.select_related("customer").filter(pk=key).first()
    if entry is None:
        return None
    return {"customer": entry.customer.external_id, "points": entry.points}


def pay_rewards(*, segment: Segment, customer_ids: list[int], **kwargs: Any) -> None:
    """Give points to those who entered `segment`."""
    rewards = Reward.objects.filter(segment_code=segment.code, is_active=True)
    PointsEntry.objects.bulk_create(
        PointsEntry(customer_id=pk, points=reward.points, reason=reward.name, at=now())
        for reward in rewards
        for pk in customer_ids
    )


def points_owed() -> Iterator[tuple[str, float | None]]:
    """Yield for each tier the points that its accounts have together."""
    accounts = LoyaltyAccount.objects.order_by("tier").values_list("tier")
    yield from accounts.annotate(Sum("points"))
