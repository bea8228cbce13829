"""The rules that use a segment; they do not prevent its deletion, and keep its code afterwards."""

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conditions.upkeep.stored_trees import StoredTrees
from price_rules.models import CartPriceRule
from segments.models import Segment
from segments.rules.references import codes_in
from segments.rules.users import Use, UsersOfSegments
from segments.rules.websites import seen_by


def segments_used_by(rule: CartPriceRule) -> set[str]:
    """Return the codes of the segments that `rule` uses, directly or in its conditions."""
    asked = rule.segments or {}
    return {*asked.get("segments", ()), *codes_in(rule.conditions)}


def segment_names(user: Any, codes: Collection[str] | None = None) -> dict[str, str]:
    """Return the names of the segments that `user` may see, by code; `codes` None: of all.

    {} without a user, and for one who may not view segments: they read the codes.
    """
    if user is None or not user.has_perm("segments.view_segment"):
        return {}
    segments = seen_by(Segment.objects.all(), user)
    if codes is not None:
        segments = segments.filter(code__in=codes)
    return dict(segments.values_list("code", "name"))


def rules_of(segment: Segment) -> list[Use]:
    """Return the rules that use `segment`, in the order of application."""
    return [
        Use(
            rule,
            code=rule.code,
            name=rule.name,
            says=rule.get_action_display(),
            url=reverse("admin:price_rules_cartpricerule_change", args=[rule.pk]),
            holds=False,
        )
        for rule in CartPriceRule.objects.all()
        if segment.code in segments_used_by(rule)
    ]


def trees_of_rules() -> list[tuple[str, Any]]:
    """Return (name, conditions) of each rule that has conditions."""
    rules = CartPriceRule.objects.exclude(conditions=None)
    return list(rules.order_by("pk").values_list("name", "conditions"))


TREES_OF_RULES = StoredTrees("price_rules", trees_of_rules)
USED_BY_RULES = UsersOfSegments(
    "price_rules",
    _("Price rules"),
    rules_of,
    ("price_rules.view_cartpricerule",),
    says=_("What it gives"),
)
