"""The rules that use a segment; they do not prevent its deletion, and keep its code afterwards."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conditions.upkeep.stored_trees import StoredTrees
from price_rules.models import CartPriceRule
from segments.models import Segment
from segments.rules.in_conditions.references import codes_in
from segments.rules.users import Use, UsersOfSegments


def segments_used_by(rule: CartPriceRule) -> set[str]:
    """Return the codes of the segments that `rule` uses, directly or in its conditions."""
    asked = rule.segments or {}
    return {*asked.get("segments", ()), *codes_in(rule.conditions)}


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
