"""The contract's table of sequences, EA01 to EA27, each with a clock."""

from datetime import UTC, timedelta

import pytest
from django.db import transaction

from campaigns.management.consistency import findings
from campaigns.models import MailTemplate, Message, Run, Sequence
from campaigns.results.reports import report_of_sequence
from campaigns.sending import Sent, send_due
from campaigns.sequences import advance
from campaigns.sequences.members import ask_to_start
from campaigns.tests.conftest import NOBODY
from campaigns.tests.sequences.rows import dues, new_step, runs, states, steps_of
from campaigns.transports.outcome import Outcome
from core.clock import now
from core.problems import Invalid
from customers.models import Customer, NewsletterSubscription, Order, Orders, Store
from customers.privacy.erasing import go_on, request_erasure
from customers.privacy.retention import purge
from price_rules.coupons.issuing import issue_coupon
from price_rules.models import Coupon, Reservation
from price_rules.resource import PRICE_RULES
from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.editing.saving import save_segment
from segments.models import MembershipChange
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sums_are_right(db):
    """Whatever a test does, rows, runs and the change log fit together after it."""
    yield
    assert list(findings()) == []


def subscription(customer):
    return NewsletterSubscription.objects.filter(customer=customer)


# EA01, EA02: entering ----------------------------------------------------------------------------


def test_ea01_entering_makes_a_row_for_each_active_step(
    make_sequence, make_subscriber, enter, change, clock
):
    sequence = make_sequence(1, 24, 72)
    first, second, third = steps_of(sequence)
    off = second | {"is_active": False}
    change(sequence, steps=[first, off, third])
    t0 = now()
    enter(make_subscriber("1"))
    assert states() == [(1, "scheduled", ""), (3, "scheduled", "")]
    assert dues(t0) == [1, 72]
    assert runs(sequence) == [("started", "")]
    clock.advance(minutes=59)
    assert send_due() == Sent()
    clock.advance(minutes=1)
    assert send_due() == Sent(sent=1)
    assert send_due() == Sent()
    message = Message.objects.get(state="sent")
    assert (message.source, message.kind) == (f"sequence:{sequence.pk}", "sequence")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"email": None}, "no_email"),
        ({"status": "unsubscribed"}, "unsubscribed"),
        ({"status": "not_active"}, "not_subscribed"),
        ({"status": None}, "not_subscribed"),
        ({"accepts_marketing": False}, "refused_marketing"),
    ],
)
def test_ea02_who_may_not_get_mail_has_a_run_without_rows(
    make_sequence, make_subscriber, enter, values, reason
):
    sequence = make_sequence(1)
    other = make_subscriber("2", **values)
    enter(make_subscriber("1"))
    enter(other)
    assert runs(sequence) == [("started", ""), ("not_eligible", reason)]
    assert Message.objects.count() == 1
    NewsletterSubscription.objects.update_or_create(
        customer=other,
        defaults={"status": "subscribed", "store": other.store, "status_changed_at": now()},
    )
    advance()
    assert Message.objects.count() == 1


# EA03, EA04: leaving and coming back -------------------------------------------------------------


def test_ea03_leaving_skips_what_is_scheduled_and_starts_the_exit(
    make_sequence, make_subscriber, enter, leave, clock
):
    entered, left = make_sequence(0, 24), make_sequence(2, trigger="exit")
    customer = make_subscriber("1")
    enter(customer)
    assert send_due() == Sent(sent=1)
    clock.advance(hours=1)
    t0 = now()
    leave(customer)
    assert states(sequence=entered) == [(1, "sent", ""), (2, "skipped", "left")]
    assert states(sequence=left) == [(1, "scheduled", "")]
    assert dues(t0, sequence=left) == [2]


def test_ea04_without_an_exit_sequence_rows_are_only_skipped(
    make_sequence, make_subscriber, enter, leave
):
    make_sequence(1)
    customer = make_subscriber("1")
    enter(customer)
    leave(customer)
    assert states() == [(1, "skipped", "left")]


def test_coming_back_skips_the_exit_and_enters_by_the_re_entry(
    make_sequence, make_subscriber, enter, leave
):
    entered, left = make_sequence(1), make_sequence(5, trigger="exit")
    customer = make_subscriber("1")
    enter(customer)
    leave(customer)
    enter(customer)
    assert states(sequence=left) == [(1, "skipped", "re_entered")]
    assert states(sequence=entered) == [(1, "skipped", "left"), (1, "scheduled", "")]


# EA05 to EA07: again -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reentry", "more"), [("never", 0), ("after_completion", 0), ("always", 1)]
)
def test_ea05_and_ea07_beside_a_run_that_has_not_ended(
    make_sequence, make_subscriber, enter, reentry, more, clock
):
    sequence = make_sequence(5, reentry=reentry)
    enter(make_subscriber("1"))
    clock.advance(hours=1)
    ask_to_start(sequence, now(), expected=1, author=None)
    assert len(runs(sequence)) == 1 + more
    assert Message.objects.filter(state="scheduled").count() == 1 + more


@pytest.mark.parametrize("reentry", ["never", "after_completion", "always"])
@pytest.mark.parametrize(("days", "later"), [(0, True), (3, False), (2, True)])
def test_ea06_leaves_and_comes_back(
    make_sequence, make_subscriber, enter, leave, clock, reentry, days, later
):
    sequence = make_sequence(0, reentry=reentry, reentry_days=days)
    customer = make_subscriber("1")
    enter(customer)
    send_due()
    clock.advance(days=1)
    leave(customer)
    clock.advance(days=1)
    enter(customer)
    again = reentry != "never" and later
    assert len(runs(sequence)) == 1 + again


def test_a_run_that_was_no_start_does_not_keep_from_starting(
    make_sequence, make_subscriber, enter, leave
):
    sequence = make_sequence(1, reentry="never")
    customer = make_subscriber("1", status="not_active")
    enter(customer)
    leave(customer)
    subscription(customer).update(status="subscribed")
    enter(customer)
    assert runs(sequence) == [("not_eligible", "not_subscribed"), ("started", "")]


# EA08, EA09: subscriptions -----------------------------------------------------------------------


def test_ea08_unsubscribing_skips_in_the_same_transaction(make_sequence, make_subscriber, enter):
    make_sequence(1, 2)
    one, two = make_subscriber("1"), make_subscriber("2")
    enter(one, two)
    with transaction.atomic():
        subscription(one).update(status="unsubscribed")
        assert states(customer=one) == [
            (1, "skipped", "unsubscribed"),
            (2, "skipped", "unsubscribed"),
        ]
        transaction.set_rollback(True)
    assert {state for _step, state, _why in states()} == {"scheduled"}
    row = subscription(one).get()
    row.status = "unsubscribed"
    row.save()
    assert {state for _step, state, _why in states(customer=one)} == {"skipped"}
    assert {state for _step, state, _why in states(customer=two)} == {"scheduled"}


def test_ea08_of_that_store_only(make_sequence, make_subscriber, enter):
    make_sequence(1)
    customer = make_subscriber("1")
    other = Store.objects.create(code="other", name="Other", website=customer.website)
    NewsletterSubscription.objects.create(
        customer=customer, store=other, status="subscribed", status_changed_at=now()
    )
    enter(customer)
    subscription(customer).filter(store=other).update(status="unsubscribed")
    assert states() == [(1, "scheduled", "")]


def test_ea09_a_subscription_that_is_removed_or_not_active(make_sequence, make_subscriber, enter):
    make_sequence(1)
    one, two = make_subscriber("1"), make_subscriber("2")
    enter(one, two)
    subscription(one).update(status="not_active")
    assert states(customer=one) == [(1, "skipped", "not_subscribed")]
    subscription(two).delete()
    advance()
    assert states(customer=two) == [(1, "skipped", "not_subscribed")]


def test_ea09_a_removed_subscription_is_seen_by_the_sender_too(
    make_sequence, make_subscriber, enter, mail
):
    make_sequence(0)
    customer = make_subscriber("1")
    enter(customer)
    subscription(customer).delete()
    assert send_due() == Sent(skipped=1)
    assert (mail, states()) == ([], [(1, "skipped", "not_subscribed")])


# EA10: erasure -----------------------------------------------------------------------------------


def test_ea10_an_erasure_keeps_the_counts(make_sequence, make_subscriber, enter, rule, clock):
    gift = new_step(1, 0, "one", "ten", 7)
    sequence = make_sequence(steps=[gift, new_step(2, 60, "two")])
    customer = make_subscriber("1")
    enter(customer)
    send_due()
    assert Message.objects.get(state="sent").coupon is not None
    go_on(request_erasure(customer, Orders.ANONYMIZE, author=None).pk)
    assert states() == [(1, "sent", ""), (2, "skipped", "erased")]
    for row in Message.objects.all():
        assert (row.customer, row.address, row.coupon) == (None, "", None)
        assert row.due_at.astimezone(UTC).hour == 0
    run = Run.objects.get()
    assert (run.customer, run.started_at.astimezone(UTC).hour) == (None, 0)
    report = report_of_sequence(sequence, now())
    assert (report["total"], report["sent"], report["skipped"], report["runs"]) == (2, 1, 1, 1)


# EA11 to EA14: sending ---------------------------------------------------------------------------


def test_ea11_the_oldest_due_first(make_sequence, make_subscriber, enter, clock, mail):
    make_sequence(2, 1)
    enter(make_subscriber("1"))
    clock.advance(hours=3)
    assert send_due() == Sent(sent=2)
    assert [one["Subject"] for one in mail] == ["two", "one"]


def test_ea11_an_inactive_sequence_waits(make_sequence, make_subscriber, enter, change, mail):
    sequence = make_sequence(0)
    enter(make_subscriber("1"))
    change(sequence, is_active=False)
    assert send_due() == Sent()
    assert states() == [(1, "scheduled", "")]
    change(sequence, is_active=True)
    assert send_due() == Sent(sent=1)


def test_ea11_judged_again_just_before(make_sequence, make_subscriber, enter, mail):
    make_sequence(0)
    customer = make_subscriber("1")
    enter(customer)
    Customer.objects.filter(pk=customer.pk).update(accepts_marketing=False)
    assert send_due() == Sent(skipped=1)
    assert states() == [(1, "skipped", "refused_marketing")]


def test_ea12_while_mail_is_off_nothing_is_sent_or_skipped(
    make_sequence, make_subscriber, enter, settings, clock
):
    settings.MAIL_ENABLED = False
    make_sequence(0, 2)
    enter(make_subscriber("1"))
    clock.advance(hours=73)
    assert send_due() == Sent()
    assert states() == [(1, "scheduled", ""), (2, "scheduled", "")]
    settings.MAIL_ENABLED = True
    assert send_due() == Sent(sent=1, skipped=1)
    assert states() == [(1, "skipped", "too_late"), (2, "sent", "")]


def test_ea13_a_template_that_does_not_render_fails_alone(
    make_sequence, make_subscriber, enter, clock
):
    make_sequence(0, 1)
    template = MailTemplate.objects.get(code="one")
    template.versions.all().delete()
    enter(make_subscriber("1"))
    clock.advance(hours=1)
    assert send_due() == Sent(sent=1, failed=1)
    assert states() == [(1, "failed", "template"), (2, "sent", "")]


def test_ea14_a_passing_error_is_tried_again_with_one_message_id(
    make_sequence, make_subscriber, enter, clock, server, settings
):
    make_sequence(0)
    enter(make_subscriber("1"))
    server.moods.append(Outcome.PASSING)
    for minutes in (0, 1, 5, 15, 60):
        clock.advance(minutes=minutes)
        send_due()
    assert states() == [(1, "failed", "unreachable")]
    assert len(server.handed) == settings.MAIL_ATTEMPTS == 5
    assert len({one.message_id for one in server.handed}) == 1


# EA15 to EA18: steps -----------------------------------------------------------------------------


def test_ea15_a_step_that_is_deactivated(make_sequence, make_subscriber, enter, change):
    sequence = make_sequence(1, 2)
    enter(make_subscriber("1"))
    first, second = steps_of(sequence)
    off = second | {"is_active": False}
    change(sequence, steps=[first, off])
    assert states() == [(1, "scheduled", ""), (2, "skipped", "step_inactive")]
    change(sequence, steps=[first, second])
    enter(make_subscriber("2"))
    assert states(customer__external_id="1")[1] == (2, "skipped", "step_inactive")
    assert states(customer__external_id="2")[1] == (2, "scheduled", "")


def test_ea16_steps_behind_one_that_is_deleted_move_up(
    make_sequence, make_subscriber, enter, change, clock, mail
):
    sequence = make_sequence(0, 1, 2)
    enter(make_subscriber("1"))
    clock.advance(hours=1)
    send_due()
    first, _second, third = steps_of(sequence)
    change(sequence, steps=[first, third])
    assert [one["number"] for one in steps_of(sequence)] == [1, 2]
    assert steps_of(sequence)[1]["template"] == "three"
    assert states() == [(1, "sent", ""), (2, "sent", ""), (2, "scheduled", "")]
    clock.advance(hours=1)
    assert send_due() == Sent(sent=1)
    assert [one["Subject"] for one in mail] == ["one", "two", "three"]


def test_ea16_what_is_scheduled_of_the_deleted_step_is_skipped(
    make_sequence, make_subscriber, enter, change
):
    sequence = make_sequence(1, 2, 3)
    enter(make_subscriber("1"))
    _first, second, third = steps_of(sequence)
    change(sequence, steps=[second, third])
    assert states() == [
        (1, "skipped", "step_inactive"),
        (1, "scheduled", ""),
        (2, "scheduled", ""),
    ]


def refused(make, **values):
    with pytest.raises(Invalid) as error:
        make(**values)
    return [(problem.path, problem.code) for problem in error.value.problems]


def test_ea17_a_number_is_taken_once_for_each_trigger(make_sequence):
    one = new_step(1, 0, "one")
    found = refused(make_sequence, steps=[one, one])
    assert found == [("steps[1].number", "number_taken")]
    make_sequence(0)
    make_sequence(0, trigger="exit")
    assert refused(make_sequence) == [("trigger", "unique")]


def test_ea18_every_finding_at_once(make_sequence, rule):
    plain = {"code": "plain", "name": "Plain", "action": "percent", "value": 5}
    PRICE_RULES.create(plain, author=None)
    off = plain | {"code": "off", "coupon": "generated", "is_active": False}
    PRICE_RULES.create(off, author=None)
    steps = [
        new_step(0, -1, "nothing", "gone", -1),
        new_step(2**70, 2**70, "one", "off", 2**70),
        new_step(3, 0, "one", "plain", 0, "no blanks"),
        new_step(4, 0, "one", "ten", 7, "CART"),
    ]
    assert refused(make_sequence, steps=steps) == [
        ("steps[0].number", "number"),
        ("steps[0].delay_minutes", "delay"),
        ("steps[0].template", "unknown_template"),
        ("steps[0].coupon_days", "coupon_days"),
        ("steps[0].coupon_rule", "unknown_rule"),
        ("steps[1].number", "number"),
        ("steps[1].delay_minutes", "delay"),
        ("steps[1].coupon_days", "coupon_days"),
        ("steps[1].coupon_rule", "rule_inactive"),
        ("steps[2].coupon_prefix", "invalid"),
        ("steps[2].coupon_rule", "rule_without_coupons"),
    ]
    assert not Sequence.objects.exists()


# EA19 to EA21: coupons ---------------------------------------------------------------------------


@pytest.fixture
def gifts(make_sequence, rule):
    """A sequence of two steps with coupons, at once and a day later."""
    gift = {"coupon_rule": "ten", "coupon_days": 7, "coupon_prefix": "CART"}
    return make_sequence(steps=[new_step(1, 0, "one", **gift), new_step(2, 24 * 60, "two", **gift)])


def test_ea19_a_coupon_of_ones_own(gifts, make_subscriber, enter):
    customer = make_subscriber("7")
    enter(customer)
    at = now()
    send_due()
    coupon = Coupon.objects.get(customer=customer)
    assert coupon.code.startswith("CART")
    assert len(coupon.code) == 14
    assert set(coupon.code[4:]) <= set("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    assert (coupon.uses, coupon.expires_at - at) == (1, timedelta(days=7))


@pytest.mark.parametrize("became", ["unused", "used", "reserved", "expired"])
def test_ea20_the_same_code_while_it_can_be_used(gifts, make_subscriber, enter, clock, became):
    customer = make_subscriber("1")
    enter(customer)
    send_due()
    coupon = Coupon.objects.get(customer=customer)
    clock.advance(days=1)
    if became == "used":
        Order.objects.create(
            number="1",
            customer=customer,
            store=customer.store,
            created_at=now(),
            updated_at=now(),
            grand_total=10,
            coupon_code=coupon.code,
        )
    elif became == "reserved":
        Reservation.objects.create(
            coupon=coupon, order="1", customer=customer, expires_at=now() + timedelta(hours=1)
        )
    elif became == "expired":
        Coupon.objects.filter(pk=coupon.pk).update(expires_at=now())
    assert send_due() == Sent(sent=1)
    assert Coupon.objects.filter(customer=customer).count() == (1 if became == "unused" else 2)


def test_ea21_never_the_code_of_somebody_else(gifts, make_subscriber, enter, rule):
    one, twelve = make_subscriber("1"), make_subscriber("12")
    issue_coupon(rule, twelve, now(), prefix="CART1")
    enter(one)
    send_due()
    assert Coupon.objects.get(customer=one) != Coupon.objects.get(customer=twelve)


# EA22, EA23: silence -----------------------------------------------------------------------------


def test_ea22_activation_is_silent_and_members_start_by_intent(
    make_sequence, make_subscriber, enter, clock
):
    customers = [make_subscriber(str(number)) for number in range(5)]
    enter(*customers)
    sequence = make_sequence(0)
    assert advance() == 0
    assert not Message.objects.exists()
    clock.advance(hours=1)
    ask_to_start(sequence, now(), expected=5, author=None)
    assert len(states()) == 5
    advance()
    assert send_due() == Sent(sent=5)


@pytest.mark.parametrize("is_empty", [True, False])
def test_ea22_the_first_refresh_of_a_new_segment(
    make_sequence, make_subscriber, make_segment, is_empty
):
    """Also where the sequence was active before; later refreshes start it."""
    new = make_segment("New", code="new")
    sequence = make_sequence(0, segment="new")
    if not is_empty:
        make_subscriber("1")
    refresh_segment(new)
    advance()
    assert runs(sequence) == []
    make_subscriber("2")
    refresh_segment(new)
    advance()
    assert runs(sequence) == [("started", "")]


def test_a_new_definition_is_silent_unless_said(make_sequence, make_subscriber, segment, change):
    sequence = make_sequence(0)
    make_subscriber("1")
    everybody = Definition(
        name="Carts", applies_to="both", conditions={"match": "all", "conditions": []}
    )
    save_segment(segment, everybody, author=None)
    refresh_segment(segment)
    assert set(MembershipChange.objects.values_list("reason", flat=True)) == {"definition"}
    assert advance() == 1
    assert runs(sequence) == []
    nobody = Definition(
        name="Carts", applies_to="both", conditions={"match": "all", "conditions": [NOBODY]}
    )
    save_segment(segment, nobody, author=None)
    refresh_segment(segment)
    advance()
    change(sequence, on_definition_change="start")
    save_segment(segment, everybody, author=None)
    refresh_segment(segment)
    advance()
    assert runs(sequence) == [("started", "")]
    save_segment(segment, nobody, author=None)
    refresh_segment(segment)
    advance()
    assert states() == [(1, "skipped", "left")]


def test_ea23_a_segment_that_is_deactivated(make_sequence, make_subscriber, enter, segment):
    make_sequence(1)
    left = make_sequence(0, trigger="exit")
    enter(make_subscriber("1"))
    set_active([segment], False)
    advance()
    assert states() == [(1, "skipped", "segment_inactive")]
    assert runs(left) == []
    assert send_due() == Sent()


def test_ea23_a_segment_that_is_deleted(make_sequence, make_subscriber, enter, change, segment):
    sequence = make_sequence(1)
    enter(make_subscriber("1"))
    with pytest.raises(SegmentInUse):
        delete_segments([segment])
    change(sequence, is_active=False)
    delete_segments([segment])
    advance()
    assert states() == [(1, "skipped", "segment_inactive")]
    sequence.refresh_from_db()
    assert (sequence.segment, sequence.segment_code) == (None, "carts")


# EA24, EA25: cleaning ----------------------------------------------------------------------------


def test_ea24_old_rows_go_and_re_entry_is_kept(
    make_sequence, make_subscriber, enter, leave, clock, settings
):
    sequence = make_sequence(0, reentry="never", max_sends=1)
    customer = make_subscriber("1")
    enter(customer)
    send_due()
    leave(customer)
    clock.advance(days=91)
    done = {}
    for rule, count in purge():
        done[rule] = done.get(rule, 0) + count
    assert done["campaigns.message"] == 1
    assert not Message.objects.exists()
    assert Run.objects.get().purged_sends == 1
    enter(customer)
    assert len(runs(sequence)) == 1


def test_ea24_what_is_uncertain_stays(make_sequence, make_subscriber, enter, clock):
    make_sequence(0)
    enter(make_subscriber("1"))
    Message.objects.update(state="uncertain", reason="lost")
    clock.advance(days=91)
    list(purge())
    assert states() == [(1, "uncertain", "lost")]


def test_ea25_unused_coupons_of_ours_go_after_their_time(
    gifts, make_subscriber, enter, clock, rule
):
    one, two, three = (make_subscriber(str(number)) for number in range(3))
    enter(one, two)
    send_due()
    used = Coupon.objects.get(customer=two)
    Order.objects.create(
        number="1",
        customer=two,
        store=two.store,
        created_at=now(),
        updated_at=now(),
        grand_total=10,
        coupon_code=used.code,
    )
    others = issue_coupon(rule, three, now(), expires_at=now() + timedelta(days=7))
    clock.advance(days=36)
    list(purge())
    assert Coupon.objects.filter(customer=one).exists()
    clock.advance(days=2)
    list(purge())
    assert set(Coupon.objects.filter(rule=rule)) == {used, others}


# EA26, EA27 --------------------------------------------------------------------------------------


def test_ea26_statistics_of_sequence_step_and_day(make_sequence, make_subscriber, enter, clock):
    sequence = make_sequence(0, 24)
    enter(make_subscriber("1"), make_subscriber("2"))
    enter(make_subscriber("3", status="unsubscribed"))
    send_due()
    subscription(Customer.objects.get(external_id="2")).update(status="unsubscribed")
    report = report_of_sequence(sequence, now())
    names = ("total", "scheduled", "sent", "failed", "skipped", "uncertain", "unique_customers")
    assert [report[name] for name in names] == [4, 1, 2, 0, 1, 0, 2]
    assert (report["runs"], report["not_eligible"]) == (2, 1)
    assert report["skipped_by_reason"] == {"unsubscribed": 1}
    assert [[one[name] for name in names] for one in report["steps"]] == [
        [2, 0, 2, 0, 0, 0, 2],
        [2, 1, 0, 0, 1, 0, 2],
    ]
    assert [one["number"] for one in report["steps"]] == [1, 2]
    assert [(str(one["day"]), one["total"]) for one in report["days"]] == [
        ("2026-04-10", 2),
        ("2026-04-11", 2),
    ]


def test_ea27_the_fourth_message_is_one_too_many(make_sequence, make_subscriber, enter, clock):
    make_sequence(0, 1, 2, 3, max_sends=3)
    enter(make_subscriber("1"))
    for _hour in range(4):
        send_due()
        clock.advance(hours=1)
    assert states() == [
        (1, "sent", ""),
        (2, "sent", ""),
        (3, "sent", ""),
        (4, "skipped", "max_sends"),
    ]
