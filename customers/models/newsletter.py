"""Newsletter subscriptions, one for each customer and store."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.clock import is_ahead, now
from customers.models.customer import Customer
from customers.models.shop import Store

# From when a consent counts that is dated in the future: older than every refusal.
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


class SubscriptionStatus(models.TextChoices):
    """Where a subscription stands (Maho's 1 to 4)."""

    SUBSCRIBED = "subscribed", _("subscribed")
    NOT_ACTIVE = "not_active", _("not active")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    UNCONFIRMED = "unconfirmed", _("unconfirmed")


# What the shop knows of a subscription without anything that somebody has said.
UNSAID = frozenset({SubscriptionStatus.NOT_ACTIVE.value, SubscriptionStatus.UNCONFIRMED.value})


def received_moment(status: str, at: datetime) -> datetime:
    """Return from when a statement counts that is received now and dated `at`.

    Nobody has said yet what is dated in the future. A refusal counts from now on, so that a later
    consent undoes the refusal. A consent counts as one without a time, and undoes no refusal of
    the mailbox, now or later. `imports.stale_rows` has the same rule in SQL.
    """
    if is_ahead(at) and status == SubscriptionStatus.SUBSCRIBED:
        return UNDATED
    return min(at, now())


class Subscriptions(models.QuerySet["NewsletterSubscription"]):
    """Subscriptions as rows of the shop, and as what counts for whoever writes to an address."""

    def standing(self) -> Any:
        """Have `standing` beside `status`: the status that counts for the customer's mailbox.

        Who unsubscribed from a store is unsubscribed under every number that the shop knows them
        by: a guest's order and an account are one person to whoever writes to the address.
        """
        refusals = NewsletterSubscription.objects.filter(
            customer=OuterRef("pk"),
            store=OuterRef(OuterRef("store")),
            status=SubscriptionStatus.UNSUBSCRIBED,
        )
        said_at = OuterRef(OuterRef("status_changed_at"))
        # Nobody has said yet what is dated in the future.
        refusals = refusals.annotate(said_at=ExpressionWrapper(said_at, models.DateTimeField()))
        refusals = refusals.filter(Q(status_changed_at__gte=F("said_at")) | Q(said_at__gt=now()))
        # One within the other, not joined: SQLite without statistics would read all of the store.
        others = Customer.objects.with_mailbox(OuterRef("customer__mailbox"))
        refusing = others.filter(Exists(refusals))
        is_taken_back = Q(Exists(refusing), status=SubscriptionStatus.SUBSCRIBED)
        standing = Case(
            When(is_taken_back, then=Value(SubscriptionStatus.UNSUBSCRIBED)),
            default=F("status"),
        )
        # Named so that the type of the attribute may stand at the model.
        return self.annotate(**{"standing": standing})  # noqa: PIE804


class NewsletterSubscription(models.Model):
    """A customer's subscription to the newsletter of a store."""

    # What `Subscriptions.standing` adds.
    standing: str

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="subscriptions")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    status = models.CharField(_("status"), max_length=16, choices=SubscriptionStatus.choices)
    status_changed_at = models.DateTimeField(_("status changed"))

    objects = Subscriptions.as_manager()

    class Meta:
        verbose_name = _("newsletter subscription")
        verbose_name_plural = _("newsletter subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["customer", "store"], name="subscription_once")
        ]
        indexes = [models.Index(fields=["status", "customer"], name="subscription_status_idx")]

    def outdates(self, status: str, at: datetime) -> bool:
        """Return whether this says more than that the subscription is `status` since `at`.

        The later statement counts. A yes of the same moment undoes no other status; one that is
        dated in the future undoes none, and none has to wait for it: nobody has said it yet.
        A refusal is undone by a consent only: `UNSAID` statuses say nothing of what somebody wants.
        """
        refused = SubscriptionStatus.UNSUBSCRIBED
        if refused in (self.status, status) and {self.status, status} & UNSAID:
            return self.status == refused
        if status == SubscriptionStatus.SUBSCRIBED != self.status:
            return not self.status_changed_at < at <= now()
        return at < self.status_changed_at <= now()

    def __str__(self) -> str:
        return self.get_status_display()


# A refusal of marketing holds for every customer of the mailbox, as one of a subscription does.
_refusing = Customer.objects.filter(accepts_marketing=False)


def refuses_marketing(path: str) -> Exists:
    """Return the test that somebody refused marketing for the mailbox at `path` of the query."""
    return Exists(_refusing.with_mailbox(OuterRef(path)))


def refusing_among(mailboxes: Collection[str]) -> set[str]:
    """Return those of `mailboxes` for which somebody refused marketing."""
    found = _refusing.filter(mailbox__in=mailboxes).exclude(mailbox="")
    return set(found.values_list("mailbox", flat=True))
