"""Whether a rule can be as it is written: every problem with its path, and what to beware of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.tree import Group
from core.database.fields import AMOUNT_LIMIT, trimmed
from core.problems import Invalid, Problem
from customers.models import CustomerGroup, Website
from price_rules.definition import AMOUNTS, Definition, definition_of
from price_rules.models import Action, CartPriceRule, Coupon, CouponKind
from price_rules.trees import conditions_of, lines_of
from segments.membership import OPERATORS
from segments.models import Segment
from segments.rules.protected import protected_in, protected_segments
from segments.rules.references import codes_in

PRICED = {Action.PERCENT, Action.FIXED_EACH, Action.FIXED_CART}
# What each field is used by; whoever sets one that the action does not use means another action.
USED_BY = {
    "value": PRICED,
    "max_quantity": {Action.PERCENT, Action.FIXED_EACH},
    "buy": {Action.BUY_X_GET_Y},
    "get": {Action.BUY_X_GET_Y},
    "max_discount": {*PRICED, Action.BUY_X_GET_Y},
}
# Addresses of the API stand where a rule of this code would have its own.
RESERVED_CODES = frozenset({"evaluate", "satisfies"})
COUNTS = ("uses_total", "uses_per_customer", "max_quantity", "buy", "get")
MOST = 2**31 - 1
Parse = Callable[[Any], Group]


class InvalidRule(Invalid):
    """A rule that is refused; `problems` holds every finding, each with its field's path."""


@dataclass(frozen=True)
class Checked:
    """A definition as it is stored, and what it warns of."""

    definition: Definition
    warnings: tuple[Problem, ...]


def check(wanted: Definition, rule: CartPriceRule) -> Checked:
    """Return `wanted` as it is to be stored for `rule`, which may be new; raises InvalidRule.

    Codes of segments, websites and groups that are gone are refused where they are new to the
    rule, else warned of.
    """
    checking = _Checking(wanted, rule)
    checking.run()
    if checking.problems:
        raise InvalidRule(checking.problems)
    return Checked(checking.definition, tuple(checking.warnings))


def warnings_of(rule: CartPriceRule) -> list[Problem]:
    """Return what is wrong by now with a stored rule: what is gone, and what to beware of."""
    checking = _Checking(definition_of(rule), rule)
    checking.run()
    return [*checking.problems, *checking.warnings]


class _Checking:
    """One check, and what it has found so far."""

    def __init__(self, wanted: Definition, rule: CartPriceRule) -> None:
        self.definition = replace(wanted, name=wanted.name.strip())
        self.rule = rule
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def run(self) -> None:
        """Look at everything, so that whoever writes a rule sees all of it at once."""
        self._columns()
        self._label()
        self._codes("websites", Website)
        self._codes("customer_groups", CustomerGroup)
        self._days()
        self._numbers()
        if self.definition.action in Action.values:
            self._action(Action(self.definition.action))
        self._coupon()
        self._segments()
        self._tree("conditions", conditions_of)
        self._tree("items", lines_of)

    def _problem(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def _warn(self, path: str, code: str, message: str) -> None:
        self.warnings.append(Problem(path, code, message))

    def _set(self, field: str, value: Any) -> None:
        self.definition = replace(self.definition, **{field: value})

    @property
    def _had(self) -> Definition | None:
        """What the rule said before; None for a new one."""
        return None if self.rule._state.adding else definition_of(self.rule)

    def _columns(self) -> None:
        row = CartPriceRule(code=self.rule.code, **vars(self.definition))
        names = {"name", "description", "action", "coupon", "coupon_code"}
        names |= {"code"} if self.rule._state.adding else set()
        try:
            row.clean_fields(exclude={field.name for field in row._meta.fields} - names)
        except ValidationError as error:
            for name, found in error.error_dict.items():
                for one in found:
                    self._problem(name, str(one.code or "invalid"), str(one.messages[0]))
        if self.rule._state.adding and self.rule.code in RESERVED_CODES:
            text = _("“%(code)s” is an address of the API: choose another code.")
            self._problem("code", "reserved", text % {"code": self.rule.code})
        others = CartPriceRule.objects.filter(code=self.rule.code)
        if self.rule._state.adding and others.exists():
            self._problem("code", "unique", _("There is a rule of this code."))

    def _label(self) -> None:
        known = [code for code, _name in settings.LANGUAGES]
        text = _("There is no language “%(code)s”; there are %(known)s.")
        for code in self.definition.label:
            if code not in known:
                said = text % {"code": code, "known": ", ".join(known)}
                self._problem(f"label.{code}", "unknown_choice", said)

    def _codes(self, field: str, model: type[Website] | type[CustomerGroup]) -> None:
        codes = tuple(dict.fromkeys(getattr(self.definition, field)))
        self._set(field, codes)
        known = set(model._default_manager.filter(code__in=codes).values_list("code", flat=True))
        had = getattr(self._had, field, ())
        text = _("There is no “%(code)s”.")
        for index, code in enumerate(codes):
            if code not in known:
                report = self._warn if code in had else self._problem
                report(f"{field}[{index}]", "unknown_choice", text % {"code": code})

    def _days(self) -> None:
        starts_on, ends_on = self.definition.starts_on, self.definition.ends_on
        if starts_on and ends_on and ends_on < starts_on:
            self._problem("ends_on", "out_of_range", _("The last day is before the first."))

    def _numbers(self) -> None:
        for name in AMOUNTS:
            amount: Decimal | None = getattr(self.definition, name)
            if amount is not None and not 0 <= amount <= AMOUNT_LIMIT:
                self._problem(name, "out_of_range", _("From 0 to 1,000,000,000."))
        for name in COUNTS:
            number: Decimal | int | None = getattr(self.definition, name)
            if number is not None and not 0 <= number <= MOST:
                self._problem(name, "out_of_range", _("From 0 to 2,147,483,647."))
        if not -MOST <= self.definition.priority <= MOST:
            text = _("From -2,147,483,647 to 2,147,483,647.")
            self._problem("priority", "out_of_range", text)

    def _action(self, action: Action) -> None:
        for name, users in USED_BY.items():
            if action not in users and getattr(self.definition, name) not in (None, 0):
                text = _("“%(action)s” does not use this: leave it empty.")
                self._problem(name, "not_used", text % {"action": action.label})
        if action in PRICED:
            self._value(action)
        elif action is Action.BUY_X_GET_Y:
            for name in ("buy", "get"):
                if not getattr(self.definition, name):
                    self._problem(name, "required", _("A whole number from 1 is needed here."))
        elif not self.definition.free_shipping:
            text = _("Without a discount and without free shipping, the rule gives nothing.")
            self._warn("free_shipping", "gives_nothing", text)

    def _value(self, action: Action) -> None:
        value = self.definition.value
        if value is None:
            self._problem("value", "required", _("A number is needed here."))
        elif value == 0:
            self._problem("value", "out_of_range", _("More than 0 is needed here."))
        elif action is Action.PERCENT and value > 100:
            self._problem("value", "out_of_range", _("A percentage is at most 100."))

    def _coupon(self) -> None:
        said = self.definition
        if said.coupon == CouponKind.SPECIFIC:
            code = trimmed(said.coupon_code)
            self.definition = replace(said, coupon_code=code)
            self._specific(code)
        elif said.coupon_code:
            text = _("Only a rule with one code for everybody has it here: leave it empty.")
            self._problem("coupon_code", "not_used", text)
        if said.coupon == CouponKind.NONE:
            text = _("Uses are counted by coupons, since orders do not name rules.")
            for name in ("uses_total", "uses_per_customer"):
                if getattr(said, name):
                    self._problem(name, "uses_need_coupon", text)

    def _specific(self, code: str) -> None:
        if not code:
            self._problem("coupon_code", "required", _("A code is needed here."))
            return
        others = Coupon.objects.called(code)
        if not self.rule._state.adding:
            others = others.exclude(rule=self.rule, batch=None, customer=None)
        if others.exists():
            self._problem("coupon_code", "unique", _("There is or was a coupon of this code."))

    def _segments(self) -> None:
        asked = self.definition.segments
        if asked is None:
            return
        operator, codes = asked["operator"], list(dict.fromkeys(asked["segments"]))
        self.definition = replace(
            self.definition, segments={"operator": operator, "segments": codes}
        )
        if operator not in OPERATORS:
            text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(OPERATORS)}
            self._problem("segments.operator", "unknown_choice", text)
        if not codes:
            self._problem("segments.segments", "required", _("At least one is needed here."))
        had = (self._had and self._had.segments) or {}
        active = dict(Segment.objects.filter(code__in=codes).values_list("code", "is_active"))
        protected = protected_segments(set(codes))
        for index, code in enumerate(codes):
            path = f"segments.segments[{index}]"
            if code not in active:
                text = _("There is no segment “%(code)s”.") % {"code": code}
                report = self._warn if code in had.get("segments", ()) else self._problem
                report(path, "unknown_segment", text)
            elif not active[code]:
                text = _("The segment “%(code)s” is inactive: it has no members.")
                self._warn(path, "inactive_segment", text % {"code": code})
            if code in protected:
                self._warn_protected(path)

    def _tree(self, name: str, parse: Parse) -> None:
        tree = getattr(self.definition, name)
        if tree is None:
            return
        try:
            group = parse(tree)
        except InvalidTree as error:
            self.problems += _at(name, error.problems)
            return
        self._set(name, group.json)
        self.warnings += _at(name, group.warnings)
        for path in protected_in(group.json, name):
            self._warn_protected(path)
        if protected_segments(codes_in(group.json)):
            self._warn_protected(name)

    def _warn_protected(self, path: str) -> None:
        text = _(
            "This asks for gender, date of birth or address: prices that differ by them may be "
            "unlawful where the shop sells."
        )
        self._warn(path, "protected_attribute", text)


def _at(name: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    for one in problems:
        yield Problem(f"{name}.{one.path}" if one.path else name, one.code, one.message)
