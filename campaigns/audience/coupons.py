"""Why mails would have no coupon, or one that their recipients cannot use."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.audience.counts import Alike, count_by_mail_facts
from campaigns.content.contents import content_of, mentions
from campaigns.content.links import Links
from campaigns.content.values import coupon_values, values_of
from campaigns.models import MessageReason, Step
from campaigns.templates.content import Content
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import render
from customers.models import Customer, CustomerGroup, Store, Website
from price_rules.coupons.coupon_validity import reason_against_new_coupon
from price_rules.coupons.uses import customers_with_uses, uses_by_customer
from price_rules.models import CartPriceRule, Coupon
from price_rules.till.reasons import Reason, reason_of_scope

REASONS: Mapping[Reason, MessageReason] = {
    Reason.OTHER_WEBSITE: MessageReason.COUPON_OTHER_WEBSITE,
    Reason.OTHER_GROUP: MessageReason.COUPON_OTHER_GROUP,
    Reason.NOT_STARTED: MessageReason.COUPON_NOT_STARTED,
    Reason.ENDED: MessageReason.COUPON_ENDED,
}


def reason_against_coupon(
    rule: CartPriceRule, website: Website, group: CustomerGroup, at: datetime
) -> MessageReason | None:
    """Return why a customer of `group` cannot use a coupon of `rule` on `website` at `at`.

    The reasons are another website, another group, not started yet, and ended; the first and last
    days of the rule are days in the website's zone. Whether the rule is active, and how often a
    customer has used it, do not count here. None: they can use it.
    """
    zone = ZoneInfo(website.timezone)
    reason = reason_of_scope(rule, website=website.code, group=group.code, zone=zone, at=at)
    return None if reason is None else REASONS[reason]


def reason_against_coupon_of(
    customer: Customer, rule: CartPriceRule, website: Website, at: datetime
) -> MessageReason | None:
    """Return why `customer` cannot use a new coupon of `rule` on `website` at `at`."""
    if reason := reason_against_coupon(rule, website, customer.group, at):
        return reason
    limit = rule.uses_per_customer
    if limit and uses_by_customer(rule, customer, at=at) >= limit:
        return MessageReason.COUPON_USED_UP
    return None


def reason_against_coupon_in(
    contents: Iterable[Content], rule: CartPriceRule | None, at: datetime
) -> str:
    """Return why mails of `contents` that leave at `at` would have no coupon, or a useless one.

    "" where at least some customers can use theirs, and where no coupon is needed. Otherwise
    `coupon_without_rule`, or what `reason_against_new_coupon` says of the rule.
    """
    if rule is not None:
        return reason_against_new_coupon(rule, at)
    values = values_of(customer=None, store=None, sender=None, links=Links("", "", ""))
    # Mails that ask first whether there is a coupon leave no name empty.
    showing = [content for content in contents if mentions(content, "coupon.")]
    return "coupon_without_rule" if _empty_names_of_coupon(showing, values) else ""


def reason_against_coupon_in_step(step: Step, at: datetime) -> str:
    """Return what `reason_against_coupon_in` says of the mail of `step` to who starts at `at`."""
    due_at = at + timedelta(minutes=step.delay_minutes)
    return reason_against_coupon_in([content_of(step.template)], step.coupon_rule, due_at)


def recipients_by_use(
    rule: CartPriceRule, at: datetime
) -> Iterator[tuple[Alike, MessageReason | None]]:
    """Yield groups of recipients who are alike, with why they cannot use a coupon at `at`, or None.

    Beyond `reason_against_coupon`, a customer who has reached the rule's limit of uses for each
    customer has the reason `COUPON_USED_UP`. Reads the recipients that are `JUDGED` already.
    """
    stores = {one.pk: one for one in Store.objects.select_related("website")}
    groups = CustomerGroup.objects.in_bulk()
    limit = rule.uses_per_customer
    uses = customers_with_uses(rule, at=at) if limit else None
    for alike in count_by_mail_facts(uses=uses, limit=limit):
        website, group = stores[alike.store].website, groups[alike.group]
        reason = reason_against_coupon(rule, website, group, at)
        if reason is None and alike.is_used_up:
            reason = MessageReason.COUPON_USED_UP
        yield alike, reason


def count_without_use(rule: CartPriceRule, at: datetime) -> Counter[str]:
    """Return how many of those who are `JUDGED` as recipients cannot use a coupon, by reason."""
    found: Counter[str] = Counter()
    for alike, reason in recipients_by_use(rule, at):
        if reason is not None:
            found[reason.value] += alike.number
    return found


def empty_coupon_names(
    contents: Iterable[Content], rule: CartPriceRule, *, coupon: Coupon | None = None
) -> list[str]:
    """Return the coupon's names that mails show and `rule` leaves empty for every recipient.

    `coupon` is a sample with an expiry, where the coupons have one of their own.
    """
    # Any store will do: stores differ in their time zones, not in the names of the coupon.
    store = Store.objects.select_related("website").order_by("pk")[0]
    values = values_of(
        customer=None,
        store=store,
        sender=None,
        links=Links("", "", ""),
        coupon=coupon_values(rule, coupon, store),
    )
    return sorted(_empty_names_of_coupon(contents, values))


def _empty_names_of_coupon(contents: Iterable[Content], values: dict[str, Any]) -> set[str]:
    """Return the coupon's names that mails of `contents` show and `values` leave empty."""
    empty: set[str] = set()
    for content in contents:
        # A refused template is reported where it is saved and where its mails are made.
        with suppress(TemplateRefused):
            empty.update(render(content, values).empty)
    return {name for name in empty if name.startswith("coupon.")}
