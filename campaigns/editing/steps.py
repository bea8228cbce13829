"""The steps of a sequence: what is written of each, what is wrong, and how they are stored."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from campaigns import models
from campaigns.models import MailTemplate, Message, MessageReason, MessageState, Step
from campaigns.sequences.ending import skip
from core.api.parsing import (
    ExactTextField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    YesNoField,
)
from core.problems import Problem
from price_rules.coupons.codes import PREFIX_LENGTH, PREFIX_SPELLING
from price_rules.models import CartPriceRule, CouponKind

# Ten years: a mail that is later belongs to no sequence.
MOST_MINUTES, MOST_DAYS, MOST = 5_256_000, 3_650, 1_000_000
MOST_STEPS = 100


class RowCodeField(TextField):
    """The code of a row, which is looked up with those of all steps."""

    def to_representation(self, value: Any) -> str:
        return str(value.code)


class SequenceStepSerializer(StrictSerializer):
    """One step; `number` is the one that it has, by which it is known."""

    number = WholeNumberField()
    delay_minutes = WholeNumberField()
    template = RowCodeField(max_length=64)
    coupon_rule = RowCodeField(default=None, allow_null=True, max_length=64)
    coupon_days = WholeNumberField(default=0)
    coupon_prefix = ExactTextField(default="", allow_blank=True, max_length=64)
    is_active = YesNoField(default=True)


class Steps:
    """The steps that are wanted of a sequence, and the rows that they name.

    `before` are the stored steps. The named rows are locked: a concurrent deletion waits until the
    end of the transaction, and then finds the sequence.
    """

    def __init__(self, wanted: Sequence[Mapping[str, Any]], before: Sequence[Step]) -> None:
        self.wanted, self.before = wanted, before
        rules = {step["coupon_rule"] for step in wanted if step["coupon_rule"]}
        self.rules = {one.code: one for one in _held(CartPriceRule, rules)}
        templates = {step["template"] for step in wanted}
        self.templates = {one.code: one for one in _held(MailTemplate, templates)}

    def problems(self) -> Iterator[Problem]:
        """Yield all that is wrong, each with its path from the sequence."""
        seen: set[int] = set()
        for place, step in enumerate(self.wanted):
            for problem in self._problems_of(step, seen):
                yield Problem(f"steps[{place}].{problem.path}", problem.code, problem.message)

    def renumbered(self) -> list[Step]:
        """Return the steps to store: the numbers of steps after a removed step move up."""
        gone = {step.number for step in self.before} - {step["number"] for step in self.wanted}
        found = []
        for values in sorted(self.wanted, key=lambda step: step["number"]):
            had = values["number"]
            step = Step(
                **{
                    **values,
                    "number": had - sum(one < had for one in gone),
                    "template": self.templates[values["template"]],
                    "coupon_rule": self.rules.get(values["coupon_rule"]),
                }
            )
            step.had = had
            found.append(step)
        return found

    def _problems_of(self, step: Mapping[str, Any], seen: set[int]) -> Iterator[Problem]:
        number, prefix, rule = step["number"], step["coupon_prefix"], step["coupon_rule"]
        if not 1 <= number <= MOST:
            yield Problem("number", "number", _("From 1 to %(most)s.") % {"most": MOST})
        elif number in seen:
            yield Problem("number", "number_taken", _("There is a step of this number."))
        seen.add(number)
        if not 0 <= step["delay_minutes"] <= MOST_MINUTES:
            text = _("From 0 to %(most)s minutes.") % {"most": MOST_MINUTES}
            yield Problem("delay_minutes", "delay", text)
        if step["template"] not in self.templates:
            text = _("There is no template “%(code)s”.") % {"code": step["template"]}
            yield Problem("template", "unknown_template", text)
        if not 0 <= step["coupon_days"] <= MOST_DAYS:
            text = _("From 0 to %(most)s days; 0: it does not expire.") % {"most": MOST_DAYS}
            yield Problem("coupon_days", "coupon_days", text)
        if PREFIX_SPELLING.fullmatch(prefix) is None or len(prefix) > PREFIX_LENGTH:
            text = _("At most %(most)d letters, digits, “_” and “-” of ASCII.")
            yield Problem("coupon_prefix", "invalid", text % {"most": PREFIX_LENGTH})
        if rule is not None and rule != self._rule_before(number):
            yield from self._problems_of_rule(rule)

    def _rule_before(self, number: int) -> str | None:
        """Return the rule that the step has already: it may have become inactive meanwhile."""
        rules = [one.coupon_rule for one in self.before if one.number == number]
        return rules[0].code if rules and rules[0] else None

    def _problems_of_rule(self, code: str) -> Iterator[Problem]:
        rule = self.rules.get(code)
        if rule is None:
            text = _("There is no price rule “%(code)s”.") % {"code": code}
            yield Problem("coupon_rule", "unknown_rule", text)
        elif not rule.is_active:
            text = _("The price rule “%(name)s” is not active.") % {"name": rule.name}
            yield Problem("coupon_rule", "rule_inactive", text)
        elif rule.coupon != CouponKind.GENERATED:
            text = _("The price rule “%(name)s” has no generated coupons.")
            yield Problem("coupon_rule", "rule_without_coupons", text % {"name": rule.name})


def gives_same(before: Step, step: Step) -> bool:
    """Return whether `step` sends the mail that `before` did, with the coupon that it had."""
    columns = ("template_id", "coupon_rule_id", "is_active")
    return all(getattr(before, name) == getattr(step, name) for name in columns)


def store_steps(sequence: models.Sequence) -> None:
    """Store the steps that were written: scheduled messages follow theirs, or are skipped.

    `sequence` is locked and stored.
    """
    steps = sequence.written_steps
    known = {step.number: step for step in sequence.steps.all()}
    for number in known.keys() - {step.had for step in steps}:
        skip(Message.objects.filter(of_step=known[number]), MessageReason.STEP_INACTIVE)
        known[number].delete()
    # From the first on: a number that one moves to is free by then.
    for step in steps:
        stored = known.get(step.had)
        step.sequence = sequence
        if stored is not None:
            step.pk, step._state.adding = stored.pk, False
        step.save()
        waiting = Message.objects.filter(of_step=step, state=MessageState.SCHEDULED)
        if not step.is_active:
            skip(waiting, MessageReason.STEP_INACTIVE)
        elif step.number != step.had:
            waiting.update(step=step.number)


def _held(model: Any, codes: set[str]) -> Any:
    return model.objects.filter(code__in=codes).order_by("pk").select_for_update(no_key=True)
