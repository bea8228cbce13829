"""The combined settings of the shop's rules for one reply."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db.models import Q

from core.text.folding import fold
from customers.models import Customer
from personalization.conditions.audience import Judge
from personalization.models import PersonalizationRule
from personalization.recommend.catalogue import categories_below
from personalization.recommend.rules.rule import MOST_PER_CATEGORY, Wishes

Said = TypeVar("Said")


def wishes(
    *,
    website: str,
    context: str | None,
    customer: Customer | None,
    at: datetime,
    exclude: Iterable[str] = (),
) -> Wishes:
    """Return the combined settings of the rules that apply; `exclude` is left out besides.

    `context` None: only rules for all contexts apply. Rules apply in order of priority, then code:
    for each setting, the first rule that sets it counts; every exclusion of any rule takes effect.
    """
    judge = Judge(customer)
    rules = [rule for rule in _here(website, context, at) if judge.holds(rule.audience)]
    brands = _first((rule.brands for rule in rules), [])
    again_share = _first((rule.again_share for rule in rules), None)
    categories = _first((rule.categories for rule in rules), [])
    return Wishes(
        exclude=frozenset([*exclude, *(sku for rule in rules for sku in rule.exclude)]),
        bought_recently_days=_first((rule.bought_recently_days for rule in rules), 0),
        brands=frozenset(fold(brand) for brand in brands) if brands else None,
        categories=categories_below(categories) if categories else None,
        min_margin=_first((rule.min_margin for rule in rules), None),
        max_per_category=_first((rule.max_per_category for rule in rules), MOST_PER_CATEGORY),
        again_share=None if again_share is None else float(again_share),
        prefer_high_margin=_first((rule.prefer_high_margin for rule in rules), False),
        respect_brand_preferences=_first((rule.respect_brand_preferences for rule in rules), False),
    )


def _here(website: str, context: str | None, at: datetime) -> list[PersonalizationRule]:
    started = Q(starts_at=None) | Q(starts_at__lte=at)
    going_on = Q(ends_at=None) | Q(ends_at__gt=at)
    rows = PersonalizationRule.objects.filter(
        started, going_on, is_active=True, website__in=["", website]
    )
    return [rule for rule in rows if not rule.contexts or context in rule.contexts]


def _first(said: Iterable[Said | None], otherwise: Said) -> Said:
    """Return the first value that is set: neither None nor an empty list."""
    return next((one for one in said if one is not None and one != []), otherwise)
