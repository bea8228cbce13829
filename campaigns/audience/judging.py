"""The audience of a campaign: the numbers of recipients, and of others by reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings

from campaigns.audience.counts import (
    count_reasons,
    first_recipients,
    judged_customers,
    recipients,
)
from campaigns.audience.coupons import count_without_use
from campaigns.audience.empty_names import Nameless, count_without_names
from campaigns.audience.recipients import judged_recipients
from campaigns.audience.scope import Resolved, resolve_scope
from campaigns.content.experiments import could_take_part
from campaigns.models import Campaign, Reason
from core.clock import checked_clock, now
from customers.models import Customer, Store

SAMPLE = 10


@dataclass(frozen=True)
class Audience:
    """The audience of a campaign; `members` = `eligible` + all of `excluded`, by reason.

    `by_store` has the eligible customers by the code of the store of their subscription; `sample`
    the keys of the first of them, each with the key of that store. `taking_part` are about how many
    of them could take part in the campaign's experiment (`experiments.could_take_part`), where that
    was asked. `without_use` are the eligible ones whose messages are held back when the campaign
    goes out, since they cannot use its coupon, by reason. `subscribed_elsewhere` of those who are
    not subscribed in the campaign's stores are subscribed in others. `nameless` are the eligible
    ones, not held back, for whom the mail shows something empty, so that they get no mail; only
    `audience_of` counts them.
    """

    members: int
    eligible: int
    excluded: Mapping[str, int]
    as_of: datetime
    by_store: Mapping[str, int] = field(default_factory=dict)
    sample: Mapping[int, int] = field(default_factory=dict)
    taking_part: int | None = None
    without_use: Mapping[str, int] = field(default_factory=dict)
    subscribed_elsewhere: int = 0
    nameless: Nameless = field(default_factory=Nameless)

    @property
    def held_back(self) -> int:
        """How many eligible customers get no mail, since they cannot use its coupon."""
        return sum(self.without_use.values())

    @property
    def reached(self) -> int:
        """How many eligible customers get a mail, as far as is known before sending."""
        return self.eligible - self.held_back - self.nameless.in_every_mail


def audience_of(
    campaign: Campaign,
    *,
    as_of: datetime | None = None,
    most_a_week: int | None = None,
    scope: Resolved | None = None,
) -> Audience:
    """Return the audience of `campaign` by the stored memberships.

    `as_of` (aware; default: now) is the end of the week whose messages count; ValueError for a time
    without a time zone or too far away. `most_a_week` is the cap on these messages (0: none;
    default: `settings.MAIL_MAX_PER_CUSTOMER_WEEK`). `scope` has the objects of the campaign's
    codes, if the caller has read them. The campaign need not be stored.
    """
    at = checked_clock(now() if as_of is None else as_of)
    scope = scope or resolve_scope(campaign)
    most = settings.MAIL_MAX_PER_CUSTOMER_WEEK if most_a_week is None else most_a_week
    with judged_recipients(campaign, scope, at, most):
        taking_part = could_take_part(campaign, recipients())
        nameless = count_without_names(campaign, at)
        return replace(judged_audience(campaign, at), taking_part=taking_part, nameless=nameless)


def customers_of_audience(
    campaign: Campaign,
    reason: Reason | None,
    scope: Resolved,
    most: int,
    *,
    store: str = "",
    most_a_week: int | None = None,
) -> tuple[int, list[Customer]]:
    """Return how many customers `reason` excludes from `campaign` now, and up to `most` of them.

    The same of its recipients where `reason` is None. `store` restricts them to the subscribers of
    that store; `most_a_week` is the cap on messages, as of `audience_of`.
    """
    cap = settings.MAIL_MAX_PER_CUSTOMER_WEEK if most_a_week is None else most_a_week
    with judged_recipients(campaign, scope, now(), cap):
        return judged_customers(reason, most, store)


def judged_audience(campaign: Campaign, at: datetime) -> Audience:
    """Return the audience of `campaign`, whose recipients are judged (`recipients`)."""
    rule = campaign.coupon_rule
    reasons: Counter[str] = Counter()
    stores: Counter[int] = Counter()
    elsewhere = 0
    for reason, store, is_elsewhere, number in count_reasons():
        elsewhere += number * is_elsewhere
        if reason is None:
            assert store is not None
            stores[store] += number
        else:
            reasons[reason] += number
    codes = dict(Store.objects.filter(pk__in=stores).values_list("pk", "code"))
    eligible = stores.total()
    return Audience(
        members=eligible + reasons.total(),
        eligible=eligible,
        excluded={one.value: reasons[one] for one in Reason if reasons[one]},
        as_of=at,
        by_store={codes[pk]: stores[pk] for pk in sorted(stores)},
        sample=first_recipients(SAMPLE),
        subscribed_elsewhere=elsewhere,
        without_use=count_without_use(rule, campaign.goes_out_at(at)) if rule else {},
    )
