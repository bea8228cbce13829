"""Sequences: checked, stored with their steps, activated, deleted."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.audit import SEQUENCE
from campaigns.covered import segments_to_use
from campaigns.editing.columns import problems_of
from campaigns.models import (
    MailTemplate,
    Message,
    MessageReason,
    OnDefinition,
    Reentry,
    SendTime,
    Sequence,
    SequenceCursor,
    Step,
)
from campaigns.sequences.ending import skip
from campaigns.sequences.locked import lock_sequence
from campaigns.sequences.members import stop_starting
from campaigns.sequences.silence import begin_silently
from core.audit import record
from core.problems import Invalid, Problem
from customers.models import AuditAction
from price_rules.coupons.codes import PREFIX_LENGTH, PREFIX_SPELLING
from price_rules.models import CartPriceRule, CouponKind
from segments.changes import latest_cursor
from segments.models import Segment

# Ten years: a mail that is later belongs to no sequence.
MOST_MINUTES, MOST_DAYS, MOST = 5_256_000, 3_650, 1_000_000
MOST_STEPS = 100


@dataclass(frozen=True)
class StepDefinition:
    """All of a step; templates and rules by their codes, `number` the one that it had."""

    number: int
    delay_minutes: int
    template: str
    coupon_rule: str | None = None
    coupon_days: int = 0
    coupon_prefix: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class SequenceDefinition:
    """All that is written of a sequence."""

    segment: str
    trigger: str
    is_active: bool = False
    steps: tuple[StepDefinition, ...] = field(default=())
    reentry: str = Reentry.AFTER_COMPLETION
    reentry_days: int = 0
    max_sends: int = 0
    on_definition_change: str = OnDefinition.SILENT
    send_time: str = SendTime.ASAP
    stop_on_order: bool = False


class InvalidSequence(Invalid):
    """A sequence that is refused; `problems` holds every finding, each with its field's path."""


class Forbidden(ValueError):
    """What is active, or is to be, is only written by whoever may send campaigns."""

    def __init__(self) -> None:
        super().__init__(_("An active sequence is only changed by whoever may send campaigns."))


class InUse(ValueError):
    """A sequence that is not deleted: it is active, or its messages are kept."""

    def __init__(self) -> None:
        super().__init__(
            _("A sequence is deleted once it is not active and none of its messages is kept.")
        )


def sequence_definition(sequence: Sequence) -> SequenceDefinition:
    """Return what `sequence` says as it is stored."""
    return SequenceDefinition(
        segment=sequence.segment_code,
        trigger=sequence.trigger,
        is_active=sequence.is_active,
        steps=tuple(
            StepDefinition(
                number=step.number,
                delay_minutes=step.delay_minutes,
                template=step.template.code,
                coupon_rule=step.coupon_rule.code if step.coupon_rule else None,
                coupon_days=step.coupon_days,
                coupon_prefix=step.coupon_prefix,
                is_active=step.is_active,
            )
            for step in sequence.steps.all()
        ),
        reentry=sequence.reentry,
        reentry_days=sequence.reentry_days,
        max_sends=sequence.max_sends,
        on_definition_change=sequence.on_definition_change,
        send_time=sequence.send_time,
        stop_on_order=sequence.stop_on_order,
    )


def sequence_json(definition: SequenceDefinition) -> dict[str, Any]:
    """Return `definition` as the API and the audit log have it."""
    values = asdict(definition)
    values["steps"] = list(values["steps"])
    return values


def create_sequence(definition: SequenceDefinition, *, author: Any) -> Sequence:
    """Store a new sequence; raises InvalidSequence, and nothing is stored then; Forbidden."""
    return _stored(lambda: None, definition, author)


def save_sequence(sequence: Sequence, definition: SequenceDefinition, *, author: Any) -> Sequence:
    """Store what a sequence says from now on; raises InvalidSequence, Forbidden.

    Steps are replaced as a whole. One is known by its number: its scheduled messages follow it.
    Those behind one that is left out move up by one.
    """
    return _stored(lambda: lock_sequence(sequence.pk), definition, author)


def resume_sequence(sequence: Sequence, *, author: Any) -> Sequence:
    """Have a sequence send again that was held by itself; raises Forbidden."""
    with transaction.atomic():
        stored = lock_sequence(sequence.pk)
        _check_right(author, stored.is_active)
        if stored.pause_reason:
            before = {"reason": stored.pause_reason}
            stored.pause_reason, stored.refused_in_row = "", 0
            stored.save(update_fields=["pause_reason", "refused_in_row"])
            record(
                author,
                AuditAction.CHANGED,
                SEQUENCE,
                str(stored.pk),
                before=before,
                after={"reason": ""},
            )
    return stored


def delete_sequence(sequence: Sequence, *, author: Any) -> None:
    """Delete a sequence; raises InUse while it is active, and while its messages are kept."""
    with transaction.atomic():
        stored = lock_sequence(sequence.pk)
        if stored.is_active or Message.objects.filter(sequence=stored).exists():
            raise InUse
        before = sequence_json(sequence_definition(stored))
        record(author, AuditAction.DELETED, SEQUENCE, str(stored.pk), before=before)
        stored.delete()


def _stored(
    begin: Callable[[], Sequence | None], wanted: SequenceDefinition, author: Any
) -> Sequence:
    try:
        with transaction.atomic():
            return _store(begin, wanted, author)
    except IntegrityError:
        # Somebody made the same in between: now the check sees it.
        with transaction.atomic():
            return _store(begin, wanted, author)


def _store(
    begin: Callable[[], Sequence | None], wanted: SequenceDefinition, author: Any
) -> Sequence:
    # Before the sequence's own row, as whoever deletes a segment has it.
    segment = segments_to_use([wanted.segment]).get(wanted.segment)
    stored = begin()
    before = sequence_definition(stored) if stored is not None else None
    checking = _Checking(wanted, before, stored, segment)
    checking.run()
    if checking.problems:
        raise InvalidSequence(checking.problems)
    _check_right(author, wanted.is_active or (before is not None and before.is_active))
    sequence = stored if stored is not None else Sequence()
    was_active = before is not None and before.is_active
    if stored is None:
        sequence.segment, sequence.segment_code = segment, wanted.segment
        sequence.trigger = wanted.trigger
    for name in COLUMNS:
        setattr(sequence, name, getattr(wanted, name))
    if wanted.is_active and not was_active:
        _activate(sequence)
    if not wanted.is_active:
        stop_starting(sequence)
    after = replace(wanted, steps=_renumbered(wanted, before))
    if before == after:
        return sequence
    sequence.version += 1
    sequence.save()
    _store_steps(sequence, wanted, after, checking)
    action = AuditAction.CREATED if before is None else AuditAction.CHANGED
    said = None if before is None else sequence_json(before)
    record(author, action, SEQUENCE, str(sequence.pk), before=said, after=sequence_json(after))
    return sequence


COLUMNS = (
    "is_active",
    "reentry",
    "reentry_days",
    "max_sends",
    "on_definition_change",
    "send_time",
    "stop_on_order",
)


def _check_right(author: Any, is_active: bool) -> None:
    if is_active and author is not None and not author.has_perm("campaigns.send_campaign"):
        raise Forbidden


def _activate(sequence: Sequence) -> None:
    """Have only what happens from now on start it: activation itself is silent."""
    begin_silently(sequence)
    sequence.pause_reason, sequence.refused_in_row = "", 0
    SequenceCursor.objects.get_or_create(pk=1, defaults={"number": latest_cursor()})


def _renumbered(
    wanted: SequenceDefinition, before: SequenceDefinition | None
) -> tuple[StepDefinition, ...]:
    """Return the steps with the numbers that they get: those behind one that is gone move up."""
    had = {step.number for step in before.steps} if before else set()
    gone = had - {step.number for step in wanted.steps}
    moved = [
        replace(step, number=step.number - sum(one < step.number for one in gone))
        for step in sorted(wanted.steps, key=lambda step: step.number)
    ]
    return tuple(moved)


def _store_steps(
    sequence: Sequence,
    wanted: SequenceDefinition,
    after: SequenceDefinition,
    checking: "_Checking",
) -> None:
    """Store the steps; scheduled messages follow theirs, and are skipped where it is gone."""
    known = {step.number: step for step in sequence.steps.all()}
    kept = {step.number for step in wanted.steps}
    for number, step in known.items():
        if number not in kept:
            skip(Message.objects.filter(of_step=step), MessageReason.STEP_INACTIVE)
            step.delete()
    ordered = sorted(wanted.steps, key=lambda step: step.number)
    # From the first on: a number that one moves to is free by then.
    for had, gets in zip(ordered, after.steps, strict=True):
        step = known.get(had.number) or Step(sequence=sequence)
        step.number, step.delay_minutes = gets.number, gets.delay_minutes
        step.template = checking.templates[gets.template]
        step.coupon_rule = checking.rules[gets.coupon_rule] if gets.coupon_rule else None
        step.coupon_days, step.coupon_prefix = gets.coupon_days, gets.coupon_prefix
        step.is_active = gets.is_active
        step.save()
        waiting = Message.objects.filter(of_step=step, state="scheduled")
        if not step.is_active:
            skip(waiting, MessageReason.STEP_INACTIVE)
        elif gets.number != had.number:
            waiting.update(step=gets.number)


@dataclass
class _Checking:
    """One check, and what it has found so far; `before` is what the sequence said."""

    wanted: SequenceDefinition
    before: SequenceDefinition | None
    stored: Sequence | None
    # Nobody deletes it meanwhile.
    segment: Segment | None

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self.templates: dict[str, MailTemplate] = {}
        self.rules: dict[str, CartPriceRule] = {}

    def run(self) -> None:
        """Look at everything, so that whoever writes a sequence sees all of it at once."""
        wanted = self.wanted
        row = Sequence(**{name: getattr(wanted, name) for name in ("trigger", *COLUMNS)})
        self.problems += problems_of(row, {"trigger", *COLUMNS})
        if wanted.reentry_days > MOST_DAYS:
            self._problem("reentry_days", "out_of_range", _at_most(MOST_DAYS))
        if wanted.max_sends > MOST:
            self._problem("max_sends", "out_of_range", _at_most(MOST))
        self._segment()
        if wanted.send_time == SendTime.BEST_HOUR and not apps.is_installed("personalization"):
            text = _("That needs the app “personalization”, which is not installed.")
            self._problem("send_time", "not_installed", text)
        if len(wanted.steps) > MOST_STEPS:
            self._problem("steps", "too_many", _at_most(MOST_STEPS))
            return
        self._load()
        seen: set[int] = set()
        for place, step in enumerate(wanted.steps):
            self._step(f"steps[{place}]", step, seen)

    def _problem(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def _segment(self) -> None:
        wanted, before = self.wanted, self.before
        if before is not None:
            for name in ("segment", "trigger"):
                if getattr(wanted, name) != getattr(before, name):
                    text = _("This never changes: make another sequence.")
                    self._problem(name, "read_only", text)
            if wanted.is_active and self.stored is not None and self.stored.segment_id is None:
                text = _("Its segment has been deleted.")
                self._problem("segment", "unknown_segment", text)
        elif self.segment is None:
            text = _("There is no segment “%(code)s”.") % {"code": wanted.segment}
            self._problem("segment", "unknown_segment", text)
        elif Sequence.objects.filter(segment=self.segment, trigger=wanted.trigger).exists():
            text = _("The segment has a sequence of this trigger.")
            self._problem("trigger", "unique", text)

    def _load(self) -> None:
        """Load what steps name; whoever deletes it waits, and then sees the sequence."""
        steps = self.wanted.steps
        templates = MailTemplate.objects.filter(code__in={step.template for step in steps})
        rules = CartPriceRule.objects.filter(
            code__in={step.coupon_rule for step in steps if step.coupon_rule}
        )
        for rows, found in ((rules, self.rules), (templates, self.templates)):
            locked = rows.order_by("pk").select_for_update(no_key=True)
            found.update({one.code: one for one in locked})

    def _step(self, path: str, step: StepDefinition, seen: set[int]) -> None:
        if not 1 <= step.number <= MOST:
            text = _("From 1 to %(most)s.") % {"most": MOST}
            self._problem(f"{path}.number", "number", text)
        elif step.number in seen:
            text = _("There is a step of this number.")
            self._problem(f"{path}.number", "number_taken", text)
        seen.add(step.number)
        if not 0 <= step.delay_minutes <= MOST_MINUTES:
            text = _("From 0 to %(most)s minutes.") % {"most": MOST_MINUTES}
            self._problem(f"{path}.delay_minutes", "delay", text)
        if step.template not in self.templates:
            text = _("There is no template “%(code)s”.") % {"code": step.template}
            self._problem(f"{path}.template", "unknown_template", text)
        if not 0 <= step.coupon_days <= MOST_DAYS:
            text = _("From 0 to %(most)s days; 0: it does not expire.") % {"most": MOST_DAYS}
            self._problem(f"{path}.coupon_days", "coupon_days", text)
        spelled = PREFIX_SPELLING.fullmatch(step.coupon_prefix)
        if spelled is None or len(step.coupon_prefix) > PREFIX_LENGTH:
            text = _("At most %(most)d letters, digits, “_” and “-” of ASCII.")
            self._problem(f"{path}.coupon_prefix", "invalid", text % {"most": PREFIX_LENGTH})
        if step.coupon_rule is not None and step.coupon_rule != self._rule_before(step.number):
            self._rule(f"{path}.coupon_rule", step.coupon_rule)

    def _rule_before(self, number: int) -> str | None:
        """Return the rule that the step has already: it may have become inactive meanwhile."""
        steps = self.before.steps if self.before is not None else ()
        return next((one.coupon_rule for one in steps if one.number == number), None)

    def _rule(self, path: str, code: str) -> None:
        rule = self.rules.get(code)
        if rule is None:
            text = _("There is no price rule “%(code)s”.") % {"code": code}
            self._problem(path, "unknown_rule", text)
        elif not rule.is_active:
            text = _("The price rule “%(name)s” is not active.") % {"name": rule.name}
            self._problem(path, "rule_inactive", text)
        elif rule.coupon != CouponKind.GENERATED:
            text = _("The price rule “%(name)s” has no generated coupons.")
            self._problem(path, "rule_without_coupons", text % {"name": rule.name})


def _at_most(number: int) -> str:
    return _("At most %(most)s.") % {"most": number}
