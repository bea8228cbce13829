"""Coupons at the till: how uses are counted, whose a coupon is, and reservations."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit import SUBJECTS
from core.clock import now
from customers.merging import merge_guest
from customers.models import AuditEntry, Customer, CustomerGroup, Order, Website
from customers.models.identity.erasure import Orders
from customers.privacy import retention
from customers.privacy.erasing import erase_due, request_erasure
from customers.tests.rows import an_order
from price_rules.audit import COUPON
from price_rules.coupons.coupon_validity import issued_coupon
from price_rules.coupons.issuing import issue_coupon
from price_rules.coupons.uses import reservations_of, uses_of_rule
from price_rules.evaluation import evaluate
from price_rules.resource import PRICE_RULES
from price_rules.tests.conftest import items
from price_rules.till import redemption
from price_rules.till.redemption import NotRedeemed, redeem, release

pytestmark = pytest.mark.django_db
CART = {"items": items(("A", 1, 10))}


@pytest.fixture
def save10(make_rule, clock):
    """A rule whose code everybody may use twice, each customer once."""
    return make_rule(
        "r1", coupon="specific", coupon_code="Save10", uses_total=2, uses_per_customer=1
    )


def status(code, customer=None):
    """Return the coupon's status and the reason, if its rule was not applied."""
    found = evaluate(CART | {"coupon_code": code}, customer=customer)
    reason = found.not_applied[0].reason.value if found.not_applied else None
    return found.coupon.status, reason


def refusal(code, order, customer=None):
    with pytest.raises(NotRedeemed) as refused:
        redeem(issued_coupon(code), order, customer, author=None)
    return refused.value.refusal.value


def test_codes_compare_folded(save10):
    assert status("sAVE10") == ("applied", None)
    assert status("save 10") == ("unknown", "coupon_other")
    assert evaluate(CART).coupon.status is None
    assert evaluate(CART | {"coupon_code": "sAVE10"}).coupon.code == "sAVE10"


def test_a_valid_code_whose_rule_gives_nothing(make_rule):
    make_rule("r1", coupon="specific", coupon_code="A", min_subtotal=100)
    make_rule("r2", coupon="specific", coupon_code="B", is_active=False)

    assert status("A") == ("valid_not_applied", "min_subtotal")
    assert status("B")[0] == "valid_not_applied"


def test_orders_with_the_code_are_uses_unless_canceled(save10, make_customer):
    ann, bob, cy = make_customer("ann"), make_customer("bob"), make_customer("cy")
    an_order(ann, coupon_code="SAVE10")
    canceled = an_order(bob, coupon_code="save10", state="canceled")

    assert status("Save10", ann) == ("used_up", "used_up_by_customer")
    assert status("Save10", bob) == ("applied", None)
    canceled.state = "closed"
    canceled.save()
    assert status("Save10", cy) == ("used_up", "used_up")
    assert status("Save10") == ("used_up", "used_up")


def test_a_reservation_counts_until_it_ends_or_its_order_comes(save10, make_customer, clock):
    ann = make_customer("ann")
    redeem(issued_coupon("SAVE10"), "O1", ann, author=None)
    assert refusal("SAVE10", "O2", ann) == "used_up_by_customer"
    redeem(issued_coupon("SAVE10"), "O3", None, author=None)
    assert refusal("SAVE10", "O4") == "used_up"

    # The order comes with the code: one use, not two; another is canceled before it comes.
    an_order(ann, "O1", coupon_code="Save10")
    an_order(None, "O3", coupon_code="Save10", state="canceled")
    redeem(issued_coupon("SAVE10"), "O4", None, author=None)
    assert refusal("SAVE10", "O5") == "used_up"
    clock.advance(minutes=60)
    assert redeem(issued_coupon("SAVE10"), "O5", None, author=None)


def test_again_for_the_same_order_is_the_same(save10, clock, make_customer):
    first = redeem(issued_coupon("SAVE10"), "O1", None, author=None)
    clock.advance(minutes=59)
    again = redeem(issued_coupon("save10"), "O1", None, author=None)
    assert (again.pk, again.expires_at) == (first.pk, first.expires_at)

    an_order(None, "O1", coupon_code="Save10")
    clock.advance(hours=5)
    assert redeem(issued_coupon("SAVE10"), "O1", None, author=None).pk == first.pk
    assert AuditEntry.objects.filter(subject=COUPON).count() == 1


def test_a_use_is_of_the_customer_whose_order_arrives(save10, make_customer):
    ann, bob = make_customer("ann"), make_customer("bob")
    redeem(issued_coupon("SAVE10"), "O1", ann, author=None)
    an_order(bob, "O1")

    assert refusal("SAVE10", "O2", bob) == "used_up_by_customer"
    assert redeem(issued_coupon("SAVE10"), "O2", ann, author=None)


def test_the_use_of_an_order_that_has_arrived_is_not_given_back(save10):
    redeem(issued_coupon("SAVE10"), "O1", None, author=None)
    order = an_order(None, "O1", coupon_code="SAVE10")
    assert not release(issued_coupon("SAVE10"), "O1", author=None)
    order.state = "canceled"
    order.save()
    assert release(issued_coupon("SAVE10"), "O1", author=None)


def test_what_is_given_back_may_be_used_again(save10):
    for order in ("O1", "O2"):
        redeem(issued_coupon("SAVE10"), order, None, author=None)
    assert refusal("SAVE10", "O3") == "used_up"

    assert release(issued_coupon("SAVE10"), "O1", author=None)
    assert not release(issued_coupon("SAVE10"), "O1", author=None)
    assert redeem(issued_coupon("SAVE10"), "O3", None, author=None)
    deeds = AuditEntry.objects.filter(subject=COUPON).order_by("pk")
    assert [(one.action, (one.before or one.after)["order"]) for one in deeds] == [
        ("created", "O1"),
        ("created", "O2"),
        ("deleted", "O1"),
        ("created", "O3"),
    ]
    assert SUBJECTS.find(COUPON) is not None


def test_a_coupon_that_was_issued_to_somebody_is_of_no_use_to_others(
    make_rule, make_customer, clock
):
    rule = make_rule("r1", coupon="generated")
    one, twelve = make_customer("1"), make_customer("12")
    until = clock() + timedelta(days=7)
    code = issue_coupon(rule, one, now(), prefix="CART", expires_at=until).code

    assert len(code) == 14
    assert status(code, one) == ("applied", None)
    assert status(code, twelve) == ("not_own", "not_own_coupon")
    assert status(code) == ("not_own", "not_own_coupon")
    assert refusal(code, "O1", twelve) == "not_own"
    clock.at = until
    assert status(code, one) == ("expired", "expired_coupon")
    assert refusal(code, "O1", one) == "expired"


def test_a_guests_coupon_and_reservation_come_along_when_they_register(
    make_rule, make_customer, clock
):
    rule = make_rule("r1", coupon="generated", uses_per_customer=1)
    guest, ann = make_customer("g", kind="guest"), make_customer("ann")
    code = issue_coupon(rule, guest, now()).code
    redeem(issued_coupon(code), "O1", guest, author=None)
    merge_guest("g", "ann")

    assert issued_coupon(code).customer == ann
    assert refusal(code, "O2", ann) == "used_up"


@pytest.mark.both
@pytest.mark.parametrize("has_arrived", [True, False])
def test_redemption_of_a_merged_guest_is_the_accounts(
    save10, make_customer, monkeypatch, has_arrived
):
    """The merge comes after the call has looked up the guest, or the guest's order."""
    guest, ann = make_customer("g", kind="guest"), make_customer("ann")
    if has_arrived:
        an_order(guest, "O1")
    look_up = redemption._customer_of_order

    def merge_after(number):
        found = look_up(number)
        if Customer.objects.filter(pk=guest.pk).exists():
            merge_guest("g", "ann")
        return found

    if has_arrived:
        monkeypatch.setattr(redemption, "_customer_of_order", merge_after)
    else:
        merge_guest("g", "ann")
    named = None if has_arrived else guest
    reservation = redeem(issued_coupon("SAVE10"), "O1", named, author=None)
    assert reservation.customer == ann
    assert refusal("SAVE10", "O2", ann) == "used_up_by_customer"


def test_redemption_of_a_deleted_customer_is_nobodys(save10, make_customer):
    ann = make_customer("ann")
    Customer.objects.all().delete()
    assert redeem(issued_coupon("SAVE10"), "O1", ann, author=None).customer is None


def test_the_coupon_of_somebody_erased_is_nobodys_and_its_uses_count(make_rule, make_customer):
    rule = make_rule("r1", coupon="generated", uses_total=1)
    ann = make_customer("ann")
    coupon = issue_coupon(rule, ann, now())
    redeem(issued_coupon(coupon.code), "O1", ann, author=None)
    request_erasure(ann, Orders.ANONYMIZE, author=None)
    erase_due()

    coupon.refresh_from_db()
    assert coupon.customer is None
    assert status(coupon.code) == ("unknown", "coupon_other")
    assert uses_of_rule(rule, at=now()) == 1


def test_another_code_of_a_rule_does_not_begin_anew(save10, make_rule):
    for order in ("O1", "O2"):
        an_order(None, order, coupon_code="Save10")
    PRICE_RULES.change(save10, {"coupon_code": "other"}, author=None)

    assert status("Save10") == ("unknown", "coupon_other")
    assert status("OTHER") == ("used_up", "used_up")


@pytest.mark.parametrize("names_it", [True, False])
def test_a_reservation_is_a_use_when_its_order_comes_whether_it_names_the_code(
    make_rule, make_customer, clock, names_it
):
    make_rule("r1", coupon="specific", coupon_code="ONCE", uses_total=1)
    ann, bob = make_customer("ann"), make_customer("bob")
    redeem(issued_coupon("ONCE"), "O1", ann, author=None)
    order = an_order(ann, "O1", coupon_code="once" if names_it else "")
    clock.advance(days=40)
    list(retention.purge())
    assert refusal("ONCE", "O2", bob) == "used_up"
    assert status("ONCE", bob) == ("used_up", "used_up")
    assert not release(issued_coupon("ONCE"), "O1", author=None)
    order.state = "canceled"
    order.save()
    assert redeem(issued_coupon("ONCE"), "O2", bob, author=None)


def test_an_order_that_has_come_without_the_code_is_redeemed_once(make_rule, make_customer):
    make_rule("r1", coupon="specific", coupon_code="ONCE", uses_total=1, uses_per_customer=1)
    ann, bob = make_customer("ann"), make_customer("bob")
    an_order(ann, "O1")
    an_order(bob, "O2")
    first = redeem(issued_coupon("ONCE"), "O1", None, author=None)
    assert first.customer == ann
    assert redeem(issued_coupon("ONCE"), "O1", ann, author=None).pk == first.pk
    assert refusal("ONCE", "O2", bob) == "used_up"
    assert refusal("ONCE", "O3", ann) == "used_up"


def test_what_a_redemption_says_may_not_contradict_what_is_known(save10, make_customer):
    ann, bob = make_customer("ann"), make_customer("bob")
    redeem(issued_coupon("SAVE10"), "O1", ann, author=None)
    an_order(ann, "O2")
    an_order(bob, "O3", coupon_code="OTHER")
    an_order(bob, "O4", state="canceled")
    assert refusal("SAVE10", "O1", bob) == "other_customer"
    assert refusal("SAVE10", "O2", bob) == "other_customer"
    assert refusal("SAVE10", "O3", bob) == "other_coupon"
    assert refusal("SAVE10", "O4", bob) == "order_canceled"


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"segments": {"operator": "is", "segments": ["vip"]}}, "segment"),
        ({"customer_groups": ["vip"]}, "other_group"),
        ({"starts_on": date(9000, 1, 1)}, "not_started"),
        ({"ends_on": date(2000, 1, 1)}, "ended"),
        ({"is_active": False}, "inactive"),
    ],
)
def test_who_may_redeem_is_judged_as_at_the_till(
    make_rule, make_customer, make_segment, values, reason
):
    make_segment("vip")
    CustomerGroup.objects.create(code="vip", name="VIP")
    make_rule("r1", coupon="specific", coupon_code="VIP", **values)
    for customer in (make_customer("ann", kind="guest"), None):
        assert refusal("VIP", "O1", customer) == reason
        assert status("VIP", customer)[1] == reason


def test_a_coupon_of_another_website_than_the_orders_is_refused(make_rule):
    Website.objects.create(code="elsewhere", name="Elsewhere")
    make_rule("r1", coupon="specific", coupon_code="VIP", websites=["elsewhere"])
    an_order(None, "O1")
    assert refusal("VIP", "O1") == status("VIP")[1] == "other_website"
    # Of an order that has not arrived the website is not known.
    assert redeem(issued_coupon("VIP"), "O2", None, author=None)


@pytest.mark.parametrize("leaves", ["deleted", "erased"])
def test_used_code_stays_used_without_its_customer(make_rule, make_customer, clock, leaves):
    """The orders go with the customer; the code could be used a second time."""
    rule = make_rule("r1", coupon="specific", coupon_code="Save10", uses_total=2)
    bob = make_customer("bob")
    an_order(bob, "O1", coupon_code="other, save10")
    # The shop transmits no code for this order.
    redeem(issued_coupon("Save10"), "O2", bob, author=None)
    an_order(bob, "O2")
    if leaves == "deleted":
        bob.delete()
    else:
        request_erasure(bob, Orders.DELETE, author=None)
        erase_due()
    assert not Order.objects.exists()
    clock.advance(days=60)
    list(retention.purge())
    assert uses_of_rule(rule, at=clock()) == 2
    assert status("save10")[0] == "used_up"
    an_order(None, "O1", coupon_code="save10")
    assert uses_of_rule(rule, at=clock()) == 2
    # Nobody has to wait for such uses before the rule can be deleted.
    assert reservations_of(rule) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
def test_deletion_locks_customer_before_reservations(make_customer):
    """A redemption that locks both in this order would deadlock with a deletion in the other."""
    bob = make_customer("bob")
    an_order(bob, "O1")
    with CaptureQueriesContext(connection) as queries:
        bob.delete()
    texts = [one["sql"] for one in queries]
    locks = [number for number, text in enumerate(texts) if "FOR UPDATE" in text]
    updates = [at for at, text in enumerate(texts) if 'UPDATE "price_rules_reservation"' in text]
    assert locks[0] < updates[0]
