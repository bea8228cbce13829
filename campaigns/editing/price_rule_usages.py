"""Campaigns and sequences with coupons of a price rule, which keep the rule from being deleted."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.audience.freezing import WAITING
from campaigns.models import Campaign, Sequence, Step
from campaigns.words import refusal_text
from core.clock import now
from core.text.formats import moment_shown
from customers.models import CustomerGroup, Store, Website
from price_rules.coupons.coupon_validity import reason_against_new_coupon
from price_rules.models import CartPriceRule
from price_rules.resource import GIVEN, PRICE_RULES
from price_rules.users import UsersOfRules


def campaigns_of(rule: CartPriceRule) -> list[str]:
    """Return the names of the campaigns with coupons of `rule`."""
    return list(Campaign.objects.filter(coupon_rule=rule).values_list("name", flat=True))


def sequences_of(rule: CartPriceRule) -> list[str]:
    """Return the names of the sequences that have a step with coupons of `rule`."""
    rows = Sequence.objects.filter(steps__coupon_rule=rule).select_related("segment").distinct()
    return [str(one) for one in rows]


def campaigns_held_up(rule: CartPriceRule) -> Iterator[str]:
    """Yield a translated sentence for each scheduled campaign that saving `rule` would harm.

    A campaign is harmed where its coupon would be useless at its time, where the rule holds in none
    of its stores, where the rule excludes more customers than before, or where the coupon gives
    something else. The sentence says the first of these. `rule` need not be saved.
    """
    rows = Campaign.objects.filter(coupon_rule=rule.pk, state__in=WAITING)
    waiting = list(rows.order_by("send_at", "pk"))
    stored = _load_rule(rule) if waiting else rule
    for campaign in waiting:
        at = campaign.goes_out_at(now())
        if why := reason_against_new_coupon(rule, at):
            text = _(
                "The campaign “%(name)s” is scheduled for %(at)s and would not be sent: %(why)s"
            )
            yield text % {"name": campaign.name, "at": moment_shown(at), "why": refusal_text(why)}
            continue
        websites = websites_of(campaign.stores)
        if rule.websites and not websites & {*rule.websites}:
            text = _(
                "The campaign “%(name)s” is scheduled for %(at)s and nobody would get it: none of "
                "its stores is of a website of this rule."
            )
            yield text % {"name": campaign.name, "at": moment_shown(at)}
        elif asks_more(stored, rule, websites):
            text = _(
                "The campaign “%(name)s” is scheduled for %(at)s. Customers who can’t use a coupon "
                "of this rule then get no mail, or one with a coupon that is of no use: the "
                "campaign’s page “Sending” counts them."
            )
            yield text % {"name": campaign.name, "at": moment_shown(at)}
        elif gives_other(stored, rule):
            text = _(
                "The campaign “%(name)s” is scheduled for %(at)s, and its coupons will give what "
                "the rule says now: look at what its mail says of them."
            )
            yield text % {"name": campaign.name, "at": moment_shown(at)}


def _load_rule(rule: CartPriceRule) -> CartPriceRule:
    found: CartPriceRule = CartPriceRule.objects.get(pk=rule.pk)
    return found


def gives_other(stored: CartPriceRule, rule: CartPriceRule) -> bool:
    """Return whether coupons of `rule`, as it is given, give something else than as stored."""
    return any(getattr(stored, one) != getattr(rule, one) for one in GIVEN)


def asks_more(stored: CartPriceRule, rule: CartPriceRule, websites: Collection[str]) -> bool:
    """Return whether `rule` now excludes customers of `websites` whom the stored rule includes."""
    return (
        _leaves_out(stored.websites, rule.websites, websites)
        or _leaves_out(
            stored.customer_groups,
            rule.customer_groups,
            CustomerGroup.objects.values_list("code", flat=True),
        )
        or (rule.segments is not None and rule.segments != stored.segments)
    )


def _leaves_out(before: list[str], after: list[str], known: Iterable[str]) -> bool:
    """Return whether one of the `known` is in `before` and not in `after`; none stands for all."""
    had = {*before} or {*known}
    return bool(after) and not had & {*known} <= {*after}


def websites_of(stores: Iterable[str]) -> set[str]:
    """Return the codes of the websites of `stores` (codes)."""
    found = Store.objects.filter(code__in=stores)
    return set(found.values_list("website__code", flat=True))


def sequences_held_up(rule: CartPriceRule) -> Iterator[str]:
    """Yield which active sequences would send no mail with coupons of `rule` as it is given."""
    sending = Sequence.objects.filter(
        is_active=True, steps__coupon_rule=rule.pk, steps__is_active=True
    ).distinct()
    active = list(sending.select_related("segment").order_by("pk"))
    stored = _load_rule(rule) if active else rule
    for sequence in active:
        if why := reason_against_new_coupon(rule, now()):
            text = _("The sequence “%(name)s” is active and would not send its coupons: %(why)s")
            yield text % {"name": sequence, "why": refusal_text(why)}
        elif asks_more(stored, rule, Website.objects.values_list("code", flat=True)):
            text = _(
                "The sequence “%(name)s” is active. Customers who can’t use a coupon of this rule "
                "then get no mail, or one with a coupon that is of no use."
            )
            yield text % {"name": sequence}
        elif gives_other(stored, rule):
            text = _(
                "The sequence “%(name)s” is active, and its coupons give what the rule says now: "
                "look at what its mails say of them."
            )
            yield text % {"name": sequence}


USED_BY_CAMPAIGNS = UsersOfRules(
    "campaigns", gettext_lazy("Campaigns"), campaigns_of, campaigns_held_up
)
USED_BY_SEQUENCES = UsersOfRules(
    "sequences", gettext_lazy("Sequences"), sequences_of, sequences_held_up
)


def check_coupon_rules(
    rows: Iterable[Campaign | Step], stored: Iterable[Campaign | Step], author: Any
) -> None:
    """Raise OutsideWebsites where `rows` newly name a rule that `author` may make no coupons of.

    `stored` are the rows as they were.
    """
    before = {row.coupon_rule_id for row in stored}
    for row in rows:
        if row.coupon_rule is not None and row.coupon_rule_id not in before:
            PRICE_RULES.coverage.check_writing(row.coupon_rule, author)
