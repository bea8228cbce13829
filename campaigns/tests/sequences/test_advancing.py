"""Advancing: each change once, in order, whatever dies or runs beside it."""

import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from campaigns import tasks
from campaigns.audience.freezing import NotSent
from campaigns.delivery.lifecycle import resolve
from campaigns.management.consistency import findings
from campaigns.models import Message, Run, SequenceCursor
from campaigns.sending import Sent, send_due
from campaigns.sequences import advance, advancing, members
from campaigns.sequences.members import ask_to_start
from campaigns.tests.sequences.rows import dues, new_step, runs, states
from core.clock import now
from customers.merging import merge_guest
from customers.models import NewsletterSubscription, Order
from segments.editing.activation import set_active
from segments.editing.overrides import remove_override, set_override
from segments.engine.members.change_log import purge_changes
from segments.models import Membership, MembershipChange, MembershipOverride, OverrideKind
from segments.tests.engine.harness import at_once
from tests.cases import first

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sums_are_right(db):
    """Whatever a test does, rows, runs and the change log fit together after it."""
    yield
    assert list(findings()) == []


def include(segment, *customers):
    for one in customers:
        set_override(segment, one, OverrideKind.INCLUDE, author=None)


def exclude(segment, *customers):
    for one in customers:
        found = MembershipOverride.objects.get(segment=segment, customer=one)
        remove_override(found, author=None)


def test_each_entry_is_read_once(make_sequence, make_subscriber, segment):
    make_sequence(1)
    include(segment, make_subscriber("1"), make_subscriber("2"))
    assert advance() == 2
    assert advance() == 0
    assert Message.objects.count() == 2


def test_in_and_out_and_in_within_one_block(make_sequence, make_subscriber, segment):
    entered, left = make_sequence(1), make_sequence(1, trigger="exit")
    customer = make_subscriber("1")
    include(segment, customer)
    exclude(segment, customer)
    include(segment, customer)
    assert advance() == 3
    assert states(sequence=entered) == [(1, "skipped", "left"), (1, "scheduled", "")]
    assert states(sequence=left) == [(1, "skipped", "re_entered")]


def test_nothing_of_what_was_before_its_activation(
    make_sequence, make_subscriber, segment, change, clock
):
    sequence = make_sequence(1, is_active=False)
    include(segment, make_subscriber("1"))
    change(sequence, is_active=True)
    include(segment, make_subscriber("2"))
    assert advance() == 2 - 1 * (SequenceCursor.objects.count() == 1)
    assert [run.customer.external_id for run in Run.objects.all()] == ["2"]


def test_a_block_that_breaks_off_is_read_again(
    make_sequence, make_subscriber, segment, monkeypatch
):
    monkeypatch.setattr(advancing, "BLOCK", 2)
    make_sequence(1)
    include(segment, *(make_subscriber(str(number)) for number in range(5)))
    start, calls = advancing.start_runs, []

    def broken(*args):
        calls.append(args)
        started = start(*args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return started

    monkeypatch.setattr(advancing, "start_runs", broken)
    with pytest.raises(RuntimeError):
        advance()
    assert Message.objects.count() == 2
    assert advance() == 3
    assert Message.objects.count() == 5


def test_changes_while_the_segment_is_inactive_start_nothing(
    make_sequence, make_subscriber, segment
):
    make_sequence(1)
    include(segment, make_subscriber("1"))
    set_active([segment], False)
    assert advance() == 1
    assert not Run.objects.exists()


def test_a_log_that_was_purged_meanwhile(make_sequence, make_subscriber, segment, clock):
    make_sequence(1)
    include(segment, make_subscriber("1"))
    clock.advance(days=100)
    purge_changes(before=now())
    include(segment, make_subscriber("2"))
    assert advance() == 1
    assert [run.customer.external_id for run in Run.objects.all()] == ["2"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_start_everybody_once(make_sequence, make_subscriber, segment):
    make_sequence(1)
    include(segment, *(make_subscriber(str(number)) for number in range(20)))
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    counts = at_once(advance, advance)
    assert sorted(counts) == [0, 20]
    assert Message.objects.count() == 20


# Members by intent -------------------------------------------------------------------------------


def test_members_start_in_blocks_that_survive_a_kill(
    make_sequence, make_subscriber, segment, monkeypatch
):
    monkeypatch.setattr(members, "BLOCK", 3)
    include(segment, *(make_subscriber(str(number)) for number in range(10)))
    sequence = make_sequence(1)
    ask_to_start(sequence, now(), expected=10, author=None)
    start, calls = members.start_runs, []

    def broken(*args):
        calls.append(args)
        started = start(*args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return started

    monkeypatch.setattr(members, "start_runs", broken)
    with pytest.raises(RuntimeError):
        advance()
    sequence.refresh_from_db()
    assert (Message.objects.count(), sequence.started_members) == (3, 3)
    advance()
    sequence.refresh_from_db()
    assert (Message.objects.count(), sequence.starting_at) == (10, None)
    assert len(set(Message.objects.values_list("customer", flat=True))) == 10


def test_deactivating_ends_a_start_that_is_under_way(
    make_sequence, make_subscriber, segment, monkeypatch, change
):
    monkeypatch.setattr(members, "BLOCK", 3)
    include(segment, *(make_subscriber(str(number)) for number in range(10)))
    sequence = make_sequence(1)
    ask_to_start(sequence, now(), expected=10, author=None)
    sequence.refresh_from_db()
    change(sequence, is_active=False)
    advance()
    assert Message.objects.count() == 0


@pytest.mark.parametrize("is_read", [True, False])
def test_who_has_just_entered_is_not_started_twice(
    make_sequence, make_subscriber, segment, is_read
):
    """Even where it may start beside a run under way: entering and the intent are one."""
    sequence = make_sequence(1, reentry="always")
    include(segment, make_subscriber("1"))
    if is_read:
        advance()
    ask_to_start(sequence, now(), expected=1, author=None)
    advance()
    assert len(runs(sequence)) == 1 + is_read


@pytest.mark.parametrize(
    ("values", "expected", "code"),
    [
        ({}, 3, "audience_changed"),
        ({"trigger": "exit"}, 1, "not_enter"),
        ({"is_active": False}, 1, "sequence_inactive"),
    ],
)
def test_a_start_that_is_refused(make_sequence, make_subscriber, segment, values, expected, code):
    include(segment, make_subscriber("1"))
    sequence = make_sequence(1, **values)
    with pytest.raises(NotSent) as error:
        ask_to_start(sequence, now(), expected=expected, author=None)
    assert error.value.code == code
    assert not Run.objects.exists()


def test_leaving_by_a_new_definition_ends_a_run_that_was_started_by_intent(
    make_sequence, make_subscriber, segment
):
    customer = make_subscriber("1")
    include(segment, customer)
    sequence = make_sequence(1)
    ask_to_start(sequence, now(), expected=1, author=None)
    exclude(segment, customer)
    MembershipChange.objects.filter(kind="left").update(reason="definition")
    advance()
    assert states() == [(1, "skipped", "left")]


# Time of day, orders, merges ---------------------------------------------------------------------


def test_rows_within_quiet_hours_are_due_at_their_end(
    make_sequence, make_subscriber, enter, clock, settings
):
    settings.MAIL_QUIET_HOURS = "21:00-08:00"
    make_sequence(0, 10, 30)
    customer = make_subscriber("1")
    customer.store.website.timezone = "UTC"
    customer.store.website.save()
    t0 = now()
    enter(customer)
    assert dues(t0) == [0, 20, 30]


def test_nothing_leaves_within_quiet_hours(make_sequence, make_subscriber, enter, clock, settings):
    make_sequence(1)
    customer = make_subscriber("1")
    customer.store.website.timezone = "UTC"
    customer.store.website.save()
    enter(customer)
    settings.MAIL_QUIET_HOURS = "13:00-20:00"
    clock.advance(hours=2)
    assert send_due() == Sent()
    assert states() == [(1, "scheduled", "")]
    clock.advance(hours=6)
    assert send_due() == Sent(sent=1)


def test_the_best_hour(make_sequence, make_subscriber, enter, clock, monkeypatch, mail):
    from campaigns import sending

    monkeypatch.setattr(sending, "best_time", lambda _customer, at: at + timedelta(hours=5))
    make_sequence(1, send_time="best_hour")
    enter(make_subscriber("1"))
    clock.advance(hours=1)
    assert send_due() == Sent()
    clock.advance(hours=5)
    assert send_due() == Sent(sent=1)


@pytest.mark.parametrize(
    ("minutes", "state", "is_stopped"),
    [(30, "new", True), (-30, "new", False), (30, "canceled", False), (0, "new", False)],
)
def test_an_order_stops_the_rest(
    make_sequence, make_subscriber, enter, clock, minutes, state, is_stopped
):
    make_sequence(0, 1, stop_on_order=True)
    customer = make_subscriber("1")
    enter(customer)
    send_due()
    Order.objects.create(
        number="1",
        customer=customer,
        store=customer.store,
        state=state,
        created_at=now() + timedelta(minutes=minutes),
        updated_at=now(),
        grand_total=10,
    )
    clock.advance(hours=1)
    if is_stopped:
        assert send_due() == Sent(skipped=1)
        assert states()[1] == (2, "skipped", "ordered")
    else:
        advance()
        assert send_due() == Sent(sent=1)


def test_a_merge_lets_the_earlier_run_go_on(make_sequence, make_subscriber, enter, clock):
    make_sequence(5)
    guest = make_subscriber("guest", kind="guest")
    enter(guest)
    clock.advance(hours=1)
    customer = make_subscriber("1")
    enter(customer)
    merge_guest(guest, customer)
    assert states() == [(1, "scheduled", ""), (1, "skipped", "merged")]
    assert set(Message.objects.values_list("customer", flat=True)) == {customer.pk}
    assert set(Run.objects.values_list("customer", flat=True)) == {customer.pk}
    clock.advance(hours=4)
    assert send_due() == Sent(sent=1)


def test_ten_refusals_hold_a_sequence_and_wrong_log_ins_at_once(
    make_sequence, make_subscriber, enter, server
):
    from campaigns.editing.sequences import resume_sequence
    from campaigns.transports.outcome import Outcome

    sequence = make_sequence(0)
    enter(*(make_subscriber(str(number)) for number in range(14)))
    server.moods.append(Outcome.REFUSED)
    assert send_due() == Sent(failed=10)
    sequence.refresh_from_db()
    assert sequence.pause_reason == "refused"
    assert send_due() == Sent()
    resume_sequence(sequence, author=None)
    server.moods[:] = [Outcome.LOGIN]
    send_due()
    sequence.refresh_from_db()
    assert sequence.pause_reason == "login"
    resume_sequence(sequence, author=None)
    server.moods[:] = [Outcome.SENT]
    assert send_due() == Sent(sent=4)


def test_what_is_uncertain_of_a_sequence_may_be_sent_again(
    make_sequence, make_subscriber, enter, mail
):
    make_sequence(0)
    enter(make_subscriber("1"))
    Message.objects.update(state="uncertain", reason="lost", attempts=1)
    resolve(Message.objects.get(), "again", now(), author=None)
    assert states() == [(1, "scheduled", "")]
    assert send_due() == Sent(sent=1)
    assert len(mail) == 1


def test_a_coupon_of_a_rule_that_is_switched_off_is_not_sent(
    make_sequence, make_subscriber, enter, rule, mail
):
    sequence = make_sequence(steps=[new_step(1, 0, "one", "ten", 7)])
    enter(make_subscriber("1"))
    type(rule).objects.update(is_active=False)
    assert send_due() == Sent()
    sequence.refresh_from_db()
    assert sequence.pause_reason == "rule_inactive"
    assert not mail


def test_a_step_skips_who_cannot_use_its_coupon(make_sequence, make_subscriber, enter, rule, mail):
    make_sequence(steps=[new_step(1, 0, "one", "ten", 7)])
    enter(make_subscriber("1"))
    type(rule).objects.update(customer_groups=["wholesale"])
    assert send_due() == Sent(skipped=1)
    assert states() == [(1, "skipped", "coupon_other_group")]
    assert not mail


# At random ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", first(range(6)))
def test_any_story_is_as_a_plain_account_of_the_log_says(
    make_sequence, make_subscriber, segment, clock, monkeypatch, seed
):
    """Against an account of each customer alone, entry by entry, whatever the blocks."""
    dice = random.Random(seed)
    monkeypatch.setattr(advancing, "BLOCK", dice.choice([1, 3, 1000]))
    reentry = dice.choice(["never", "after_completion", "always"])
    days = dice.choice([0, 0, 2])
    enter = make_sequence(1, 30, reentry=reentry, reentry_days=days)
    leave = make_sequence(2, trigger="exit", reentry="always")
    customers = [make_subscriber(str(number)) for number in range(5)]
    for _step in range(40):
        customer = dice.choice(customers)
        if Membership.objects.filter(segment=segment, customer=customer).exists():
            exclude(segment, customer)
        else:
            include(segment, customer)
        clock.advance(hours=dice.choice([0, 1, 7, 40]))
        if dice.random() < 0.5:
            advance()
        if dice.random() < 0.2:
            # What is sent is sent: lateness is not what this is about.
            send_due()
    advance()
    for customer in customers:
        changes = MembershipChange.objects.filter(customer_id=customer.pk).order_by("sequence")
        started, last = 0, None
        for change in changes:
            if change.kind != "entered":
                continue
            # Leaving has ended the run before, whatever the re-entry.
            if last is None or (reentry != "never" and change.at - last >= timedelta(days=days)):
                started, last = started + 1, change.at
        assert Run.objects.filter(sequence=enter, customer=customer).count() == started
        exits = changes.filter(kind="left").count()
        assert Run.objects.filter(sequence=leave, customer=customer).count() == exits
        is_member = Membership.objects.filter(segment=segment, customer=customer).exists()
        gone = leave if is_member else enter
        assert not Message.objects.filter(
            sequence=gone, customer=customer, state="scheduled"
        ).exists()
    assert NewsletterSubscription.objects.count() == len(customers)


def test_what_is_settled_between_two_looks_is_read_once(
    make_sequence, make_subscriber, segment, monkeypatch
):
    make_sequence(0)
    customer, look = make_subscriber("1"), advancing.latest_cursor

    def looked():
        found = look()
        if not Run.objects.exists():
            include(segment, customer)
        return found

    monkeypatch.setattr(advancing, "latest_cursor", looked)
    assert advance() == 1
    send_due()
    assert advance() == 0
    assert Run.objects.count() == 1


def test_mail_is_sent_whatever_stops_sequences(
    make_sequence, make_subscriber, segment, enter, monkeypatch
):
    make_sequence(0)
    enter(make_subscriber("1"))

    def broken(**_more):
        raise RuntimeError("stopped")

    monkeypatch.setattr(tasks, "advance", broken)
    with pytest.raises(RuntimeError):
        tasks.tick()
    assert states() == [(1, "sent", "")]


def test_a_block_is_begun_again_where_a_customer_goes_meanwhile(
    make_sequence, make_subscriber, segment, monkeypatch
):
    make_sequence(1)
    include(segment, make_subscriber("1"))
    follow, calls = advancing._follow, []

    def interrupted(*args):
        calls.append(args)
        follow(*args)
        if len(calls) == 1:
            raise IntegrityError("a customer is gone")

    monkeypatch.setattr(advancing, "_follow", interrupted)
    assert advance() == 1
    assert (len(calls), Run.objects.count()) == (2, 1)


def test_the_command_advances_too(make_sequence, make_subscriber, segment):
    make_sequence(0)
    include(segment, make_subscriber("1"))
    call_command("send_mail", "--once")
    assert states() == [(1, "sent", "")]
