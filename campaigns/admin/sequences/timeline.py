"""The timeline of a sequence: its mails with their delays and outcomes."""

from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.sequences.delays import delay_text
from campaigns.admin.sequences.start import can_start
from campaigns.audience.coupons import empty_coupon_names, reason_against_coupon_in_step
from campaigns.audience.preflight_warnings import hole_in_coupon, unseen_code
from campaigns.audience.senders import has_sender, stores_without_sender, unserved_stores
from campaigns.content.contents import content_of, faults_of, shows_code
from campaigns.content.values import SAMPLE_CODE
from campaigns.models import (
    Message,
    MessageState,
    OnDefinition,
    Reentry,
    SendTime,
    Sequence,
    Step,
    Trigger,
)
from campaigns.results.reports import counts_of_sequence, counts_of_steps
from campaigns.sequences.members import members_of
from campaigns.sequences.start_forecast import count_startable
from campaigns.templates.problems import TemplateRefused
from campaigns.words import reason_text, refusal_text
from core.clock import now
from core.figures.charts import Bar, bar_chart
from core.text.formats import day_shown, number_shown
from customers.models import Store
from price_rules.models import Coupon

# The days of the chart: from a week ago, as far as mails are due.
DAYS, BEFORE = 14, timedelta(days=7)
NONE = {"scheduled": 0, "sending": 0, "sent": 0, "failed": 0, "skipped": 0, "uncertain": 0}


@dataclass(frozen=True)
class Mail:
    """A step as shown; a deleted step only has the counts of its messages."""

    step: Step | None
    when: str
    coupon: str
    counts: dict[str, int]
    # Faults of the mail, and warnings about customers who cannot get it because of its coupon.
    warnings: Many[str] = ()


@dataclass(frozen=True)
class Timeline:
    """The context of one sequence."""

    sequence: Sequence
    begins: str
    mails: list[Mail]
    settings: list[str]
    report: dict[str, Any]
    # Reason, state in words, how many messages.
    reasons: list[tuple[str, str, int]]
    days: SafeString | str
    held: str
    # The number of present members for a start, and the progress of a start.
    members: int
    # How many of them have not triggered it, or may trigger it again.
    startable: int
    can_start: bool
    # Whether mails are being sent now; the stores that cannot send any.
    is_sending: bool
    without_sender: list[Store]


def begins(trigger: str, segment: str) -> str:
    """Return a sentence about the trigger of a sequence for the segment with this name."""
    text = _("A customer enters “%(segment)s”")
    if trigger == Trigger.EXIT:
        text = _("A customer leaves “%(segment)s”")
    return text % {"segment": segment}


def timeline_of(sequence: Sequence) -> Timeline:
    """Return the context of `sequence`."""
    report = counts_of_sequence(sequence)
    segment = sequence.segment
    follows = sequence.is_active and sequence.trigger == Trigger.ENTER
    members = members_of(sequence) if follows else 0
    return Timeline(
        sequence=sequence,
        begins=begins(sequence.trigger, segment.name if segment else sequence.segment_code),
        mails=_mails(sequence),
        settings=_settings(sequence),
        report=report,
        reasons=[
            (reason_text(reason), state, number)
            for name, state in (("failed", _("failed")), ("skipped", _("skipped")))
            for reason, number in report[f"{name}_by_reason"].items()
        ],
        days=_days(report["days"]),
        held=refusal_text(sequence.pause_reason) if sequence.pause_reason else "",
        members=members,
        startable=count_startable(sequence, now()) if members else 0,
        can_start=can_start(sequence),
        is_sending=sequence.is_active and not sequence.pause_reason and _is_sending(sequence),
        without_sender=_without_sender(sequence),
    )


def _is_sending(sequence: Sequence) -> bool:
    leaving = Q(state=MessageState.SENDING) | Q(state=MessageState.SCHEDULED, due_at__lte=now())
    return Message.objects.filter(leaving, has_sender(), sequence=sequence).exists()


def _without_sender(sequence: Sequence) -> list[Store]:
    """Return the stores of its scheduled mails that have no sender; all if none has one yet."""
    waiting = Message.objects.filter(sequence=sequence, state=MessageState.SCHEDULED)
    codes = list(waiting.order_by().values_list("store__code", flat=True).distinct())
    if codes:
        return stores_without_sender(codes)
    stores = list(Store.objects.order_by("pk"))
    unserved = unserved_stores(stores)
    return unserved if len(unserved) == len(stores) else []


def _mails(sequence: Sequence) -> list[Mail]:
    counts = counts_of_steps(sequence)
    steps = sequence.steps.select_related("template", "coupon_rule")
    in_time = sorted(steps, key=lambda step: (step.delay_minutes, step.number))
    found = [
        Mail(
            step,
            delay_text(step.delay_minutes),
            _coupon(step),
            counts.get(step.pk, NONE),
            list(_warnings(step)),
        )
        for step in in_time
    ]
    if None in counts:
        found.append(Mail(None, "", "", counts[None]))
    return found


def _coupon(step: Step) -> str:
    if step.coupon_rule is None:
        return ""
    if not step.coupon_days:
        return _("with a coupon of “%(rule)s”") % {"rule": step.coupon_rule.name}
    text = ngettext(
        "with a coupon of “%(rule)s”, good for %(days)s day",
        "with a coupon of “%(rule)s”, good for %(days)s days",
        step.coupon_days,
    )
    return text % {"rule": step.coupon_rule.name, "days": number_shown(step.coupon_days)}


def _warnings(step: Step) -> Iterator[str]:
    """Yield faults of its mail, and that its coupon keeps some or all customers from it."""
    content = content_of(step.template)
    try:
        yield from faults_of(content)
    except TemplateRefused as error:
        yield str(error)
    if why := reason_against_coupon_in_step(step, now()):
        yield refusal_text(why)
    rule = step.coupon_rule
    if rule is None:
        return
    if rule.websites:
        text = _("The price rule “%(rule)s” is for certain websites: others get no such mail.")
        yield text % {"rule": rule.name}
    if rule.customer_groups:
        text = _("The price rule “%(rule)s” is for certain groups: others get no such mail.")
        yield text % {"rule": rule.name}
    expires_at = now() + timedelta(days=step.coupon_days) if step.coupon_days else None
    sample = Coupon(rule=rule, code=SAMPLE_CODE, expires_at=expires_at)
    for name in empty_coupon_names([content], rule, coupon=sample):
        yield hole_in_coupon(name, rule)
    if not shows_code(content):
        yield unseen_code(rule)


def _settings(sequence: Sequence) -> list[str]:
    again = {"when": sequence.get_reentry_display()}
    found = [_("Starts again for the same customer: %(when)s.") % again]
    if sequence.reentry_days and sequence.reentry != Reentry.NEVER:
        text = ngettext(
            "At least %(n)s day lies between two starts.",
            "At least %(n)s days lie between two starts.",
            sequence.reentry_days,
        )
        found.append(text % {"n": number_shown(sequence.reentry_days)})
    if sequence.max_sends:
        text = ngettext(
            "A customer gets at most %(n)s mail of it, ever.",
            "A customer gets at most %(n)s mails of it, ever.",
            sequence.max_sends,
        )
        found.append(text % {"n": number_shown(sequence.max_sends)})
    if sequence.stop_on_order:
        found.append(_("It ends with an order: what is scheduled then is not sent."))
    if sequence.on_definition_change == OnDefinition.START:
        found.append(_("It starts for those, too, whom new conditions of the segment move."))
    else:
        found.append(_("New conditions of the segment start nothing."))
    if sequence.send_time == SendTime.BEST_HOUR:
        found.append(_("Each mail waits for the hour that suits its customer."))
    if settings.MAIL_QUIET_HOURS:
        text = _("What is due within %(hours)s waits until then, by the clock of the website.")
        found.append(text % {"hours": settings.MAIL_QUIET_HOURS.replace("-", "–")})
    return found


def _days(days: Many[dict[str, Any]]) -> SafeString | str:
    """Return bars of the messages that are due on each day; "" where there are none."""
    first: date = (now() - BEFORE).date()
    shown = [day for day in days if day["day"] >= first][:DAYS] or days[-DAYS:]
    if not shown:
        return ""
    bars = [Bar(day_shown(day["day"]), day["total"], _on_day(day)) for day in shown]
    return bar_chart(bars, _("Mails by the day on which they are due"))


def _on_day(day: dict[str, Any]) -> str:
    parts = (
        (day["scheduled"] + day["sending"], _("%(n)s scheduled")),
        (day["sent"], _("%(n)s sent")),
        (day["failed"], _("%(n)s failed")),
        (day["skipped"], _("%(n)s skipped")),
        (day["uncertain"], _("%(n)s perhaps sent")),
    )
    return " · ".join(text % {"n": number_shown(n)} for n, text in parts if n)
