"""Cart price rules as a resource: serializer, validation and saving."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conditions.errors import InvalidTree
from conditions.nodes.tree import Group
from core.access.website_limits import OutsideWebsites, is_limited
from core.api.parsing import TextField
from core.clock import now
from core.problems import Problem
from core.resources.fields import (
    AmountField,
    Checked,
    CheckedField,
    CodesField,
    DocumentField,
    NameField,
)
from core.resources.resource import Resource
from core.resources.serializers import MOST, ResourceSerializer, checks
from core.text.formats import number_shown
from customers.access.coverage import WebsiteCodes
from customers.models import CustomerGroup, Website
from price_rules.audit import RULE
from price_rules.models import Action, CartPriceRule, Coupon, CouponKind
from price_rules.trees import conditions_of, lines_of
from price_rules.users import held_up_by, users_of
from segments.rules.in_conditions.questions import check_question
from segments.rules.in_conditions.references import codes_in
from segments.rules.protected import protected_in, protected_segments
from segments.rules.website_limits.websites import hidden_segments

PRICED = {Action.PERCENT, Action.FIXED_EACH, Action.FIXED_CART}
# The actions that use a field. Setting it with another action is an error: the author has probably
# chosen the wrong action.
USED_BY: Mapping[str, set[Action]] = {
    "value": PRICED,
    "max_quantity": {Action.PERCENT, Action.FIXED_EACH},
    "buy": {Action.BUY_X_GET_Y},
    "get": {Action.BUY_X_GET_Y},
    "max_discount": {*PRICED, Action.BUY_X_GET_Y},
}
# The fields that decide what a code gives, and in which carts.
GIVEN = (
    *("conditions", "items", "action", "value", "max_quantity", "buy", "get", "min_subtotal"),
    *("max_discount", "free_shipping"),
)
# The fields that decide what a code is valid for, including its users and its dates.
PROMISED = (
    *("is_active", "websites", "customer_groups", "starts_on", "ends_on", "segments", "coupon"),
    *GIVEN,
)


def check_tree(parse: Callable[[Any], Group]) -> Callable[[Any, Any], Checked]:
    """Return the validator of a field that holds a tree which `parse` reads."""

    def judge(tree: Any, _stored: Any) -> Checked:
        try:
            group = parse(tree)
        except InvalidTree as error:
            return Checked(None, error.problems)
        return Checked(group.json, (), group.warnings)

    return judge


@extend_schema_field({"type": ["integer", "string"]})
class QuantityField(AmountField):
    """A number of pieces; given as a whole number, or as a text where it has decimals."""

    def to_representation(self, value: Any) -> Any:
        return int(value) if value == int(value) else super().to_representation(value)


class LabelsField(CheckedField, serializers.DictField):
    """Texts by the code of their language."""

    child = TextField(max_length=255, allow_blank=True)

    def check(self, value: Any, stored: Any) -> Checked:
        known = [code for code, _name in settings.LANGUAGES]
        text = _("There is no language “%(code)s”; there are %(known)s.")
        problems = [
            Problem(code, "unknown_choice", text % {"code": code, "known": ", ".join(known)})
            for code in value
            if code not in known
        ]
        return Checked(value, problems)


class RuleSerializer(ResourceSerializer):
    """A cart price rule."""

    reserved_codes = frozenset({"evaluate", "satisfies"})

    label = LabelsField(default=dict)  # type: ignore[assignment]
    websites = CodesField(of=Website, default=list)
    customer_groups = CodesField(of=CustomerGroup, default=list)
    segments = DocumentField(judge=check_question, default=None, allow_null=True)
    conditions = DocumentField(judge=check_tree(conditions_of), default=None, allow_null=True)
    items = DocumentField(judge=check_tree(lines_of), default=None, allow_null=True)
    coupon_code = NameField(default="", allow_blank=True, max_length=64)
    max_quantity = QuantityField(source="most_pieces", least=0, most=MOST, default=0)

    class Meta:
        model = CartPriceRule
        fields: ClassVar = [
            *("code", "name", "label", "description", "is_active", "websites", "customer_groups"),
            *("starts_on", "ends_on", "priority", "stop_further_rules", "segments", "conditions"),
            *("items", "coupon", "coupon_code", "uses_total", "uses_per_customer", "action"),
            *("value", "max_quantity", "buy", "get", "min_subtotal", "max_discount"),
            *("free_shipping", "version"),
        ]
        extra_kwargs: ClassVar = {
            name: {"least": 0} for name in ("value", "min_subtotal", "max_discount")
        }

    @checks("starts_on", "ends_on")
    def days_are_in_order(self, rule: CartPriceRule) -> Iterator[Problem]:
        if rule.starts_on and rule.ends_on and rule.ends_on < rule.starts_on:
            yield Problem("ends_on", "out_of_range", _("The last day is before the first."))

    @checks("action", *USED_BY)
    def fields_belong_to_the_action(self, rule: CartPriceRule) -> Iterator[Problem]:
        action = Action(rule.action)
        values = {name: getattr(rule, name) for name in USED_BY}
        for name, users in USED_BY.items():
            if action not in users and values[name] not in (None, 0):
                text = _("“%(action)s” does not use this: leave it empty.")
                yield Problem(name, "not_used", text % {"action": action.label})

    @checks("action", "value")
    def discount_has_a_value(self, rule: CartPriceRule) -> Iterator[Problem]:
        if rule.action not in PRICED:
            return
        if rule.value is None:
            yield Problem("value", "required", _("A number is needed here."))
        elif rule.value == 0:
            yield Problem("value", "out_of_range", _("More than 0 is needed here."))
        elif rule.action == Action.PERCENT and rule.value > 100:
            yield Problem("value", "out_of_range", _("A percentage is at most 100."))

    @checks("action", "buy", "get")
    def free_pieces_are_counted(self, rule: CartPriceRule) -> Iterator[Problem]:
        if rule.action == Action.BUY_X_GET_Y:
            for name in ("buy", "get"):
                if not getattr(rule, name):
                    yield Problem(name, "required", _("A whole number from 1 is needed here."))

    @checks("action", "free_shipping")
    def rule_gives_something(self, rule: CartPriceRule) -> None:
        if rule.action == Action.NONE and not rule.free_shipping:
            text = _("Without a discount and without free shipping, the rule gives nothing.")
            self.warn("free_shipping", "gives_nothing", text)

    @checks("coupon", "coupon_code")
    def code_belongs_to_the_rule(self, rule: CartPriceRule) -> Iterator[Problem]:
        if rule.coupon != CouponKind.SPECIFIC:
            if rule.coupon_code:
                text = _("Only a rule with one code for everybody has it here: leave it empty.")
                yield Problem("coupon_code", "not_used", text)
        elif not rule.coupon_code:
            yield Problem("coupon_code", "required", _("A code is needed here."))
        elif self._others_with(rule.coupon_code).exists():
            text = _("There is or was a coupon of this code.")
            yield Problem("coupon_code", "unique", text)

    @checks("coupon", "uses_total", "uses_per_customer")
    def uses_are_counted_by_coupons(self, rule: CartPriceRule) -> Iterator[Problem]:
        if rule.coupon == CouponKind.NONE:
            text = _("Uses are counted by coupons, since orders do not name rules.")
            for name in ("uses_total", "uses_per_customer"):
                if getattr(rule, name):
                    yield Problem(name, "uses_need_coupon", text)

    @checks(
        *("is_active", "coupon", "starts_on", "ends_on", "websites", "customer_groups"),
        *("segments", "uses_total"),
    )
    def users_can_go_on(self, rule: CartPriceRule) -> None:
        if self.instance is not None:
            for text in held_up_by(rule):
                self.warn("", "holds_up", text)

    @checks(*PROMISED)
    def codes_of_customers_are_thought_of(self, rule: CartPriceRule) -> None:
        """Warn where a change alters what the codes already issued to customers are valid for."""
        stored = self.instance
        if stored is None or all(getattr(stored, one) == getattr(rule, one) for one in PROMISED):
            return
        codes = Coupon.objects.filter(rule=stored, customer__isnull=False).count()
        if codes:
            text = ngettext(
                "A customer has %(count)s code of this rule: it gives what the rule says now.",
                "Customers have %(count)s codes of this rule, used ones among them: they give what "
                "the rule says now.",
                codes,
            )
            self.warn("", "codes_issued", text % {"count": number_shown(codes)})

    @checks("segments")
    def segments_ask_for_nothing_protected(self, rule: CartPriceRule) -> None:
        codes = (rule.segments or {}).get("segments", ())
        protected = protected_segments(set(codes))
        for index, code in enumerate(codes):
            if code in protected:
                self._warn_protected(f"segments.segments[{index}]")

    @checks("conditions")
    def conditions_ask_for_nothing_protected(self, rule: CartPriceRule) -> None:
        self._warn_of_tree("conditions", rule.conditions)

    @checks("items")
    def lines_ask_for_nothing_protected(self, rule: CartPriceRule) -> None:
        self._warn_of_tree("items", rule.items)

    def _warn_of_tree(self, name: str, tree: Any) -> None:
        for path in protected_in(tree, name):
            self._warn_protected(path)
        if tree is not None and protected_segments(codes_in(tree)):
            self._warn_protected(name)

    def _warn_protected(self, path: str) -> None:
        text = _(
            "This asks for gender, date of birth or address: prices that differ by them may be "
            "unlawful where the shop sells."
        )
        self.warn(path, "protected_attribute", text)

    def _others_with(self, code: str) -> Any:
        others = Coupon.objects.with_code(code)
        if self.instance is not None:
            others = others.exclude(rule=self.instance, batch=None, customer=None)
        return others


class PriceRules(Resource):
    """All cart price rules."""

    serializer = RuleSerializer
    subject = RULE
    usual_code = "rule"
    coverage = WebsiteCodes("websites")

    def users(self, row: CartPriceRule) -> list[str]:
        return users_of(row)

    def before_save(self, row: CartPriceRule, *, author: Any) -> None:
        if not is_limited(author):
            return
        stored = CartPriceRule.objects.filter(pk=row.pk).first() or CartPriceRule()
        if hidden_segments(_segments_named_in(row) - _segments_named_in(stored), author):
            raise OutsideWebsites

    def after_save(self, row: CartPriceRule) -> None:
        """Create the coupon of the code that everybody may use.

        If the rule has had this code before, its coupon is kept and only its spelling updated.
        """
        if row.coupon != CouponKind.SPECIFIC:
            return
        own = Coupon.objects.with_code(row.coupon_code).filter(rule=row).first()
        if own is None:
            Coupon.objects.create(rule=row, code=row.coupon_code, uses=0, created_at=now())
        elif own.code != row.coupon_code:
            own.code = row.coupon_code
            own.save(update_fields=["code"])


def _segments_named_in(rule: CartPriceRule) -> set[str]:
    trees = [codes_in(tree) for tree in (rule.conditions, rule.items) if tree is not None]
    return set((rule.segments or {}).get("segments", ())).union(*trees)


PRICE_RULES = PriceRules()
