"""Sending: claim one message, check eligibility, render, hand over, store the outcome.

Each of these is a transaction of its own, so that a kill at any instant sends nothing twice: a
message whose sender died is `uncertain`, and is not sent again automatically.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from campaigns.audience.coupons import reason_against_coupon_of
from campaigns.audience.freezing import freeze_due
from campaigns.audience.senders import sender_of
from campaigns.consent.addresses import hash_of
from campaigns.consent.eligibility import reason_against
from campaigns.consent.suppression import suppress
from campaigns.content.composing import composed_message, mail_of
from campaigns.content.contents import version_of
from campaigns.content.message_coupons import coupon_of, rule_of, take_back_coupon
from campaigns.content.personal import best_time
from campaigns.content.placements import Placed
from campaigns.content.variants import variant_of, variant_of_message
from campaigns.delivery.claiming import Wait, claim, give_back, note_lost, retry, still_ours
from campaigns.delivery.sent_messages import mark_sent
from campaigns.models import (
    OPEN,
    Campaign,
    CampaignState,
    Message,
    MessageReason,
    MessageState,
    Reason,
    SendTime,
    Sequence,
    SuppressionReason,
)
from campaigns.sequences.ending import reason_for_ending
from campaigns.sequences.frequency_cap import got_enough
from campaigns.sequences.quiet_hours import after_quiet
from campaigns.templates.problems import TemplateRefused
from campaigns.transports.outcome import Handed, Outcome
from campaigns.transports.transport import Carrier, carrier_of
from campaigns.winners.deciding import decide_due
from core import clock
from core.clock import checked_clock
from core.database.prepared import rows_by_key
from core.tracing.spans import SpanKind, span
from customers.models import Customer
from customers.models.identity.newsletter import subscription_with_standing
from price_rules.coupons.coupon_validity import reason_against_new_coupon
from price_rules.models import CartPriceRule, Coupon

logger = logging.getLogger(__name__)

# After this many refusals in a row for the sender or the content, a campaign is paused.
REFUSED_IN_ROW = 10
# Seconds between two checks for messages whose sender has died; the messages sent between two
# checks are a block.
LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Sent:
    """The numbers of messages by outcome."""

    sent: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0


def send_due(
    *,
    limit: int | None = None,
    as_of: datetime | None = None,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> Sent:
    """Send messages that are due at `as_of` (aware; now unless given), at most `limit`.

    Campaigns whose time has come are frozen first, and winners of tests are decided. MAIL_SENDERS
    threads send concurrently. Ends when nothing is due any more, after about `seconds`, or when
    `stop` is set; a message that is being handed over is finished. Does nothing where MAIL_ENABLED
    is off. Raises ValueError for an `as_of` without a time zone.
    """
    fixed = None if as_of is None else checked_clock(as_of)
    if not settings.MAIL_ENABLED:
        return Sent()

    def current_time() -> datetime:
        return fixed or clock.now()

    freeze_due(current_time())
    decide_due(current_time())
    run = _Run(current_time, limit, None if seconds is None else time.monotonic() + seconds, stop)
    if settings.MAIL_SENDERS == 1:
        run.send()
    else:
        with ThreadPoolExecutor(settings.MAIL_SENDERS) as pool:
            for done in [pool.submit(run.send_in_thread) for _ in range(settings.MAIL_SENDERS)]:
                done.result()
    finish_campaigns(current_time())
    found = run.found
    return Sent(**{name: found[name] for name in ("sent", "failed", "skipped", "uncertain")})


class _Run:
    """The shared state of the senders of one call."""

    def __init__(
        self,
        at: Callable[[], datetime],
        limit: int | None,
        until: float | None,
        stop: threading.Event | None,
    ) -> None:
        self.at = at
        self.found: Counter[str] = Counter()
        self._left = limit
        self._until = until
        self._stop = stop or threading.Event()
        self._lock = threading.Lock()

    def send_in_thread(self) -> None:
        """Send in a thread with its own database connection."""
        try:
            self.send()
        finally:
            connection.close()

    def send(self) -> None:
        """Send until nothing is due or a limit is reached."""
        carrier = carrier_of(
            settings.EMAIL_URL,
            data_dir=settings.DATA_DIR,
            lease_seconds=settings.MAIL_LEASE_SECONDS,
        )
        rules = RuleChecks()
        try:
            look_again = 0.0
            while self._may_go_on():
                if time.monotonic() >= look_again:
                    self._note({MessageState.UNCERTAIN: note_lost(self.at())})
                    rules = RuleChecks()
                    look_again = time.monotonic() + LOOK_EVERY_SECONDS
                try:
                    message = claim(self.at())
                except Wait as wait:
                    self._give_back_turn()
                    if not self._wait(wait.seconds):
                        return
                    continue
                if message is None:
                    self._give_back_turn()
                    return
                self._note({send_claimed(message, carrier, self.at, rules): 1})
        finally:
            carrier.close()

    def _may_go_on(self) -> bool:
        if self._stop.is_set() or (self._until is not None and time.monotonic() >= self._until):
            return False
        with self._lock:
            if self._left is None:
                return True
            self._left -= 1
            return self._left >= 0

    def _give_back_turn(self) -> None:
        with self._lock:
            if self._left is not None:
                self._left += 1

    def _wait(self, seconds: float) -> bool:
        """Wait up to a second for the rate limit and return whether to go on.

        A run with a time limit does not wait: it is a worker's, which has other tasks and comes
        again.
        """
        if self._until is not None:
            return False
        return not self._stop.wait(min(seconds, 1.0))

    def _note(self, counts: dict[str, int]) -> None:
        with self._lock:
            self.found.update(counts)


class RuleChecks:
    """Checks whether price rules give usable coupons, once for each block of messages.

    A rule that gives none is checked again for each message: a user may correct the rule meanwhile.
    """

    def __init__(self) -> None:
        self._useful: set[int] = set()

    def why_useless(self, rule: CartPriceRule, at: datetime) -> str:
        """Return why nobody could use a new coupon of `rule`; "" if somebody could."""
        if rule.pk in self._useful:
            return ""
        why = reason_against_new_coupon(rule, at)
        if not why:
            self._useful.add(rule.pk)
        return why


def send_claimed(
    message: Message,
    carrier: Carrier,
    at: Callable[[], datetime],
    rules: RuleChecks | None = None,
) -> str:
    """Send a message that was claimed; return the state that it has then.

    `rules` caches the checks of price rules for a block of messages, if there is a block.
    """
    rules = rules or RuleChecks()
    (loaded,) = rows_by_key("message to send", Message.objects.db, _to_send, message.pk)
    customer = loaded.customer
    if customer is None:
        return _end(loaded, MessageState.SKIPPED, "erased")
    reason = _reason(loaded, customer, at())
    if reason is not None:
        return _end(loaded, MessageState.SKIPPED, reason)
    if is_early(loaded, customer, at()):
        return MessageState.SCHEDULED
    sender = sender_of(loaded.store_id)
    if sender is None or not sender.is_complete or not settings.PUBLIC_URL:
        return _hold(loaded, "sender_missing")
    rule = rule_of(loaded)
    if rule is not None and (why := rules.why_useless(rule, at())):
        return _hold(loaded, why)
    if rule is not None and (
        unusable := reason_against_coupon_of(customer, rule, loaded.store.website, at())
    ):
        return _end(loaded, MessageState.SKIPPED, unusable)
    earlier = loaded.coupon
    try:
        if loaded.template_id is None:
            # A message that is retried or sent again keeps its content.
            loaded.variant = variant_of(loaded, customer, at())
        variant = variant_of_message(loaded)
        if loaded.template_id is None:
            loaded.template = version_of(loaded, variant)
        if loaded.template is None:
            return _end(loaded, MessageState.FAILED, "template")
        coupon_of(loaded, variant, customer, at())
        said = composed_message(loaded, customer, sender, variant)
    except TemplateRefused as error:
        return _drop(loaded, earlier, MessageState.FAILED, "template", str(error)[:500])
    if said.rendered.empty:
        # A shop does not send "Your code: " without a code, or "Hello ," without a name.
        holes = ", ".join(sorted(said.rendered.empty))
        return _drop(loaded, earlier, MessageState.SKIPPED, "empty", holes[:500])
    address = str(customer.email)
    values = {"address": address, "address_hash": hash_of(address)}
    values |= {"template": loaded.template, "variant": loaded.variant}
    try:
        # Where this fails, nothing was handed over.
        if not still_ours(loaded, at(), **values):
            if Message.objects.filter(pk=loaded.pk, customer=customer.pk).exists():
                return _state_of(loaded)
            return _drop(loaded, earlier, MessageState.SKIPPED, MessageReason.ERASED)
    except IntegrityError:
        return _drop(loaded, earlier, MessageState.SKIPPED, Reason.SAME_ADDRESS)
    with span("mail.send", kind=SpanKind.CLIENT) as traced:
        handed = carrier.hand_over(mail_of(loaded, said.rendered, sender, address))
        traced.set(outcome=str(handed.outcome.value))
    state = note(loaded, handed, address, at())
    if state == MessageState.SENT:
        _note_shown(said.placed)
    return state


def _to_send(pk: int) -> QuerySet[Message]:
    return Message.objects.filter(pk=pk).select_related(
        "campaign__coupon_rule",
        "campaign__frozen_template",
        "sequence__segment",
        "of_step__template",
        "of_step__coupon_rule",
        "customer__website",
        "customer__group",
        "store__website",
        "coupon",
    )


def _note_shown(placed: Placed) -> None:
    """Store the exposures; a failure does not change that the mail was sent."""
    try:
        placed.note_shown()
    except DatabaseError:
        logger.exception("What a mail has shown is not stored")


def is_early(message: Message, customer: Customer, at: datetime) -> bool:
    """Postpone a claimed message whose time has not come; return whether it was postponed.

    Postponed once to the customer's best hour, if the campaign or sequence is set so; and a
    sequence's message to the end of the quiet hours.
    """
    source = message.campaign or message.sequence
    due_at, is_timed = at, message.is_timed
    if source is not None and source.send_time == SendTime.BEST_HOUR and not is_timed:
        due_at, is_timed = best_time(customer, at), True
    if message.sequence is not None:
        due_at = after_quiet(due_at, message.store.website.timezone)
    if is_timed != message.is_timed or due_at > at:
        Message.objects.filter(pk=message.pk).update(is_timed=is_timed, due_at=due_at)
    if due_at <= at:
        return False
    give_back(message)
    return True


def _reason(message: Message, customer: Customer, at: datetime) -> str | None:
    """Return why a claimed message is not sent; None if it is."""
    over = reason_for_ending(message) if message.sequence_id else None
    if over is not None:
        return over
    subscription = subscription_with_standing(customer, message.store_id)
    respects = bool(message.campaign and message.campaign.respects_holdout)
    reason = reason_against(customer, subscription, at, respects_holdout=respects, besides=message)
    if reason is not None or message.sequence is None:
        return reason
    if message.due_at < at - timedelta(hours=settings.MAIL_TOO_LATE_HOURS):
        return MessageReason.TOO_LATE
    return MessageReason.MAX_SENDS if got_enough(message.sequence, message) else None


def note(message: Message, handed: Handed, address: str, at: datetime) -> str:
    """Store the outcome of a hand-over; return the new state of the message."""
    state: str
    match handed.outcome:
        case Outcome.SENT:
            mark_sent(message, _row_of_attempt(message), at, reply=handed.detail)
            state = MessageState.SENT
            _note_in_row(message, refused=False)
        case Outcome.PASSING:
            state = retry(message, at, "unreachable", handed.detail)
        case Outcome.REJECTED:
            with transaction.atomic():
                state = _end(message, MessageState.FAILED, "rejected", handed.detail, bounced_at=at)
                suppress(address, SuppressionReason.HARD_BOUNCE, at)
        case Outcome.REFUSED:
            state = _end(message, MessageState.FAILED, "refused", handed.detail)
            _note_in_row(message, refused=True)
        case Outcome.LOGIN:
            state = _hold(message, "login")
        case Outcome.ADDRESS:
            state = _end(message, MessageState.FAILED, "address", handed.detail)
        case Outcome.UNCERTAIN:
            if settings.MAIL_UNCERTAIN == "resend":
                return retry(message, at, "no_reply", handed.detail)
            state = _end(message, MessageState.UNCERTAIN, "no_reply", handed.detail)
    return state


def _end(message: Message, state: str, reason: str, reply: str = "", **more: object) -> str:
    """Write how the attempt of `message` ended.

    This also replaces `uncertain`, which another process may have set after the end of the lease:
    the sender knows the outcome. A report of the delivery takes precedence. Return the message's
    state.
    """
    values = {"state": state, "reason": reason, "reply": reply, "lease_until": None, **more}
    return state if _row_of_attempt(message).update(**values) else _state_of(message)


def _drop(
    message: Message, earlier: Coupon | None, state: str, reason: str, reply: str = ""
) -> str:
    """End a message that was not handed over; return its new state.

    A coupon that this attempt has issued is taken back, but not the `earlier` one: an earlier
    attempt may have delivered it.
    """
    with transaction.atomic():
        # If another process has the message by now, it also has the coupon.
        if earlier is None and _row_of_attempt(message).select_for_update(of=("self",)).exists():
            take_back_coupon(message)
        return _end(message, state, reason, reply)


def _state_of(message: Message) -> str:
    found: str = Message.objects.values_list("state", flat=True).get(pk=message.pk)
    return found


def _row_of_attempt(message: Message) -> QuerySet[Message]:
    """Return the row of `message`, unless its attempt has ended, or another has begun."""
    states = (MessageState.SENDING, MessageState.UNCERTAIN)
    return Message.objects.filter(pk=message.pk, state__in=states, attempts=message.attempts)


def _note_in_row(message: Message, *, refused: bool) -> None:
    """Count refusals in a row; ten of them pause the campaign or sequence."""
    rows = _source_of(message)
    if not refused:
        # The count as of the claim: most campaigns have no refusals, which saves an update.
        source = message.campaign or message.sequence
        if source is not None and source.refused_in_row:
            rows.update(refused_in_row=0)
        return
    rows.update(refused_in_row=F("refused_in_row") + 1)
    if rows.filter(refused_in_row__gte=REFUSED_IN_ROW).exists():
        _pause(message, "refused")


def _hold(message: Message, why: str) -> MessageState:
    """Give a claimed message back, and pause its source until a user resolves `why`."""
    give_back(message)
    _pause(message, why)
    return MessageState.SCHEDULED


def _pause(message: Message, why: str) -> None:
    """Pause the campaign or sequence of `message` automatically, and store why."""
    rows = _source_of(message)
    if message.campaign_id:
        rows = rows.filter(state=CampaignState.SENDING)
        paused = rows.update(state=CampaignState.PAUSED, pause_reason=why, refused_in_row=0)
    else:
        paused = rows.filter(pause_reason="").update(pause_reason=why, refused_in_row=0)
    if paused:
        logger.warning("%s was paused: %s", message.source, why)


def _source_of(message: Message) -> QuerySet[Any]:
    """Return the row of the campaign or sequence of a message."""
    if message.campaign_id:
        return Campaign.objects.filter(pk=message.campaign_id)
    return Sequence.objects.filter(pk=message.sequence_id or 0)


def finish_campaigns(at: datetime) -> int:
    """Mark campaigns as sent where no messages are left to send; return how many.

    A campaign whose winner is not chosen yet is not finished.
    """
    sending = Campaign.objects.filter(state=CampaignState.SENDING)
    done = sending.exclude(messages__state__in=OPEN).exclude(
        test_share__isnull=False, decision__isnull=True
    )
    changed: int = Campaign.objects.filter(
        pk__in=list(done.values_list("pk", flat=True)), state=CampaignState.SENDING
    ).update(state=CampaignState.SENT, finished_at=at)
    return changed
