"""The newest statement counts, whatever way it comes in; who said no is not asked by a file."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import product
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from core.clock import now
from customers.imports.storing.sql import Sql
from customers.imports.storing.stale_rows import is_older
from customers.imports.tables import NEWSLETTER_SUBSCRIPTIONS
from customers.merging import merge_guest
from customers.models import (
    Customer,
    CustomerMerge,
    NewsletterSubscription,
    Order,
    Refund,
    Store,
)
from customers.models.identity.newsletter import UNDATED, SubscriptionStatus
from customers.tests.events.sender import START, Sender

pytestmark = pytest.mark.django_db

HEADER = "customer,status,status_changed_at\n"
CUSTOMER = "id,email\nc1,c1@shop.example\n"
YES, NO, UNKNOWN = "subscribed", "unsubscribed", "unconfirmed"


@pytest.fixture
def send(db):
    return Sender()


def said(status, at):
    return f"{HEADER}c1,{status},{at}\n"


def standing():
    found = NewsletterSubscription.objects.get()
    return found.status, found.status_changed_at.isoformat()[:10]


@pytest.fixture(params=["file", "event"])
def say(request, importer, send):
    """Say something of a subscription in one of the ways in; return whether it was older."""

    def by_file(status, at):
        report = importer(newsletter_subscriptions=said(status, at))
        (file,) = report.files
        assert file.read == file.created + file.updated + file.unchanged + file.older
        return bool(file.older)

    def by_event(status, at):
        data = {"customer": "c1", "status": status, "status_changed_at": at}
        return bool(send(send.event("newsletter.saved", **data), single=True)["older"])

    importer(customers=CUSTOMER)
    return by_file if request.param == "file" else by_event


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("stored", "row", "counts"),
    [
        ((NO, "2026-05-02"), (YES, "2026-05-01"), False),
        ((NO, "2026-05-02"), (YES, "2026-05-02"), False),
        ((NO, "2026-05-02"), (YES, "2026-05-03"), True),
        # Nobody has said it yet.
        ((NO, "2026-05-02"), (YES, "9000-01-01"), False),
        ((YES, "9000-01-01"), (NO, "2026-05-03"), True),
        ((YES, "2026-05-02"), (NO, "2026-05-01"), False),
        ((YES, "2026-05-02"), (NO, "2026-05-02"), True),
        ((UNKNOWN, "2026-05-02"), (YES, "2026-05-02"), False),
        ((UNKNOWN, "2026-05-02"), (NO, "2026-05-02"), True),
        # Nobody has said that either.
        ((NO, "2026-05-02"), (UNKNOWN, "2026-05-03"), False),
        ((UNKNOWN, "2026-05-03"), (NO, "2026-05-02"), True),
    ],
)
def test_the_later_of_two_statements_counts(say, stored, row, counts):
    assert not say(*stored)
    assert say(*row) != counts
    assert standing() == (row if counts else stored)


@pytest.mark.every_case
def test_no_of_the_future_counts_from_its_arrival(say, importer, clock):
    clock.at = START
    say(NO, "2099-01-01")
    assert standing() == (NO, "2026-05-01")
    clock.at += timedelta(hours=1)
    # The same file changes nothing; a later consent of the person undoes the refusal.
    assert importer(newsletter_subscriptions=said(NO, "2099-01-01")).files[0].updated == 0
    assert not say(YES, clock.at.isoformat())
    assert standing()[0] == YES


@pytest.mark.every_case
def test_yes_of_the_future_never_outdoes_a_no(say, clock):
    clock.at = START
    say(YES, (START + timedelta(hours=1)).isoformat())
    assert standing() == (YES, "1970-01-01")
    assert not say(NO, START.isoformat())
    # A clock that is a few minutes fast makes no difference.
    clock.at += timedelta(minutes=2)
    assert not say(YES, (clock.at + timedelta(minutes=4)).isoformat())
    assert standing() == (YES, "2026-05-01")


def test_fresh_no_in_local_time_counts_from_its_arrival(importer, clock):
    """Local time without an offset is read as UTC, up to 14 hours ahead."""
    clock.at = START
    importer(customers="id,email\nc1,a@shop.example\nc2,A@SHOP.example\n")
    importer(
        newsletter_subscriptions=f"{HEADER}c1,{NO},2026-04-20\nc2,{YES},2026-04-30T23:59:00Z\n"
    )
    standing = NewsletterSubscription.objects.standing().filter(customer__external_id="c2")
    for ahead, status in ((timedelta(days=99), YES), (timedelta(hours=14), NO)):
        importer(newsletter_subscriptions=said(NO, (START + ahead).isoformat()))
        assert standing.get().standing == status


@pytest.mark.parametrize("minutes", [3, 60 * 24 * 365])
def test_marketing_no_counts_after_an_event_of_the_future(send, importer, clock, minutes):
    clock.at = START
    importer(customers=CUSTOMER)
    send.say("customer.saved", at=minutes, id="c1", accepts_marketing=True)
    clock.at += timedelta(minutes=5)
    send.say("customer.saved", at=5, id="c1", accepts_marketing=False)
    assert Customer.objects.get().accepts_marketing is False


def test_marketing_yes_counts_after_a_no_of_the_future(send, importer, clock):
    clock.at = START
    importer(customers=CUSTOMER)
    send.say("customer.saved", at=9999, id="c1", accepts_marketing=False)
    # Nor does a consent undo a refusal while both are dated in the future.
    send.say("customer.saved", at=99999, id="c1", accepts_marketing=True)
    assert Customer.objects.get().accepts_marketing is False
    clock.at += timedelta(minutes=5)
    send.say("customer.saved", at=5, id="c1", accepts_marketing=True)
    assert Customer.objects.get().accepts_marketing is True


@pytest.mark.both
def test_migration_dates_what_was_said_in_the_future(make_customer, clock):
    migration = import_module("customers.migrations.0029_no_statements_of_the_future")
    clock.at = START
    ahead, store = START + timedelta(days=9_999), Store.objects.get()
    customer = make_customer("c1", accepts_marketing=False, refused_marketing_at=ahead)
    merge = CustomerMerge.objects.create(guest_external_id="g", customer=customer, at=ahead)
    for status in (YES, NO):
        one = make_customer(status)
        one.subscriptions.create(store=store, status=status, status_changed_at=ahead)
    migration.fill(apps, SimpleNamespace(connection=connection))
    found = dict(NewsletterSubscription.objects.values_list("status", "status_changed_at"))
    assert found == {YES: UNDATED, NO: START}
    customer.refresh_from_db()
    merge.refresh_from_db()
    assert (customer.refused_marketing_at, merge.at) == (START, START)


@pytest.mark.both
def test_python_and_sql_agree_on_which_statement_is_older(make_customer, clock):
    """Each statement beside each: `NewsletterSubscription.outdates` and the import's SQL."""
    clock.at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    store = Store.objects.get(code="default")
    moments = [clock.at + timedelta(hours=hours) for hours in (-2, -1, 0, 1, 2)]
    for status, at in product(SubscriptionStatus.values, moments):
        customer = make_customer(f"{status}-{at.hour}")
        NewsletterSubscription.objects.create(
            customer=customer, store=store, status=status, status_changed_at=at
        )
    table = NewsletterSubscription._meta.db_table
    older = is_older(Sql(connection), NEWSLETTER_SUBSCRIPTIONS, "r", "t")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT r.id, t.id FROM {table} AS r CROSS JOIN {table} AS t WHERE {older}")
        in_sql = set(cursor.fetchall())
    rows = list(NewsletterSubscription.objects.all())
    in_python = {
        (row.pk, stored.pk)
        for row, stored in product(rows, rows)
        if stored.outdates(row.status, row.status_changed_at)
    }
    assert len(rows) == 20
    assert in_sql == in_python


def test_what_a_person_said_is_not_undone_by_the_file_of_the_night(importer):
    shop = {"customers": CUSTOMER, "newsletter_subscriptions": said(YES, "2026-01-01T00:00:00Z")}
    importer(**shop)
    NewsletterSubscription.objects.update(status=NO, status_changed_at=now())
    report = importer(**shop)
    assert NewsletterSubscription.objects.get().status == NO
    assert [(one.file, one.older) for one in report.files if one.older] == [
        ("newsletter_subscriptions.csv", 1)
    ]


def accepts(value):
    return f"id,accepts_marketing\nc1,{value}\n"


def refuse_by_file(importer, send):
    importer(customers=accepts("false"))


def refuse_by_event(importer, send):
    send.say("customer.saved", id="c1", accepts_marketing=False)


def refuse_by_model(importer, send):
    customer = Customer.objects.get()
    customer.accepts_marketing = False
    customer.save(update_fields=["accepts_marketing"])


def refuse_by_update(importer, send):
    Customer.objects.update(accepts_marketing=False)


def refuse_by_bulk_update(importer, send):
    customer = Customer.objects.get()
    customer.accepts_marketing = False
    Customer.objects.bulk_update([customer], ["accepts_marketing"])


REFUSALS = [
    refuse_by_event,
    refuse_by_model,
    refuse_by_update,
    refuse_by_bulk_update,
]


@pytest.mark.parametrize("refuse", REFUSALS)
@pytest.mark.parametrize("cell", ["true", ""])
def test_a_file_without_times_undoes_no_refusal(importer, send, clock, refuse, cell):
    clock.at = START + timedelta(minutes=2)
    importer(customers=accepts("true"))
    refuse(importer, send)
    importer(customers=accepts(cell))
    assert Customer.objects.get().accepts_marketing is False
    # Nor does an event that says nothing of it.
    send.say("customer.saved", id="c1", accepts_marketing=None)
    assert Customer.objects.get().accepts_marketing is False
    clock.at += timedelta(hours=1)
    send.say("customer.saved", at=60, id="c1", accepts_marketing=True)
    assert Customer.objects.get().accepts_marketing is True
    importer(customers=accepts(cell))
    assert Customer.objects.get().accepts_marketing is (True if cell else None)


@pytest.mark.parametrize("refuse", [refuse_by_file, refuse_by_model, refuse_by_update])
def test_a_consent_older_than_a_noted_refusal_does_not_count(importer, send, clock, refuse):
    """The event arrives after the refusal was noted, but the consent was given before."""
    importer(customers=accepts("true"))
    clock.at = START + timedelta(hours=2)
    refuse(importer, send)
    clock.at += timedelta(hours=1)
    send.say("customer.saved", at=60, id="c1", accepts_marketing=True)
    assert Customer.objects.get().accepts_marketing is False


def test_a_repeated_file_changes_no_time_of_a_refusal(importer, clock):
    clock.at = now()
    importer(customers=accepts("false"))
    noted_at = Customer.objects.get().refused_marketing_at
    assert noted_at == clock.at
    clock.at += timedelta(days=1)
    assert importer(customers=accepts("false")).files[0].unchanged == 1
    assert Customer.objects.get().refused_marketing_at == noted_at


def test_between_files_the_later_one_counts(importer):
    steps = (("true", True), ("", None), ("false", False), ("", False), ("true", True))
    for cell, value in steps:
        importer(customers=accepts(cell))
        assert Customer.objects.get().accepts_marketing is value


def test_a_refusal_that_a_person_repeats_is_not_the_files_any_more(importer, send):
    importer(customers=accepts("false"))
    send.say("customer.saved", id="c1", accepts_marketing=False)
    importer(customers=accepts("false"))
    importer(customers=accepts("true"))
    assert Customer.objects.get().accepts_marketing is False


@pytest.mark.parametrize(("guest", "customer"), [(False, None), (False, True), (None, False)])
def test_a_merge_keeps_a_refusal(make_customer, guest, customer):
    make_customer("g", kind="guest", accepts_marketing=guest)
    make_customer("c", accepts_marketing=customer)
    assert merge_guest("g", "c").accepts_marketing is False
    assert Customer.objects.get().accepts_marketing is False


@pytest.mark.parametrize("refusing", ["g", "c"])
@pytest.mark.parametrize(
    ("refused_at", "consented_at", "accepts"),
    [(5, 10, True), (10, 5, False), (5, None, False)],
)
def test_later_dated_statement_counts_after_a_merge(
    importer, send, clock, refusing, refused_at, consented_at, accepts
):
    """A guest's old refusal outlasted the consent that the account gave with a date."""
    clock.at = START + timedelta(hours=1)
    consenting = "c" if refusing == "g" else "g"
    kinds = "id,kind,accepts_marketing\ng,guest,{g}\nc,registered,{c}\n"
    importer(customers=kinds.format(**{refusing: "", consenting: "true"}))
    send.say("customer.saved", at=refused_at, id=refusing, accepts_marketing=False)
    if consented_at:
        send.say("customer.saved", at=consented_at, id=consenting, accepts_marketing=True)
    assert merge_guest("g", "c").accepts_marketing is accepts
    assert Customer.objects.get().accepts_marketing is accepts


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("refused_at", "accepts"), [(7, True), (12, False)])
def test_consent_keeps_its_time_in_a_merge(importer, send, clock, together, refused_at, accepts):
    """A late older refusal of the account undid the consent that the guest gave after it."""
    clock.at = START + timedelta(hours=1)
    importer(customers="id,kind\ng,guest\nc,registered\n")
    events = [
        send.event("customer.saved", 5, id="c", accepts_marketing=False),
        send.event("customer.saved", 10, id="g", accepts_marketing=True),
        send.event("customer.merged", 11, guest="g", customer="c"),
        send.event("customer.saved", 12, id="c", first_name="Ann"),
        send.event("customer.saved", refused_at, id="c", accepts_marketing=False),
    ]
    for batch in [events] if together else [[one] for one in events]:
        send(*batch)
    assert Customer.objects.get().accepts_marketing is accepts


def test_a_merge_keeps_the_refusal_of_the_same_moment(importer):
    importer(
        customers="id,kind\ng,guest\nc,registered\n",
        newsletter_subscriptions=f"{HEADER}g,unsubscribed,2026-05-01\nc,subscribed,2026-05-01\n",
    )
    merge_guest("g", "c")
    assert NewsletterSubscription.objects.get().status == NO


ORDERS = "number,state,created_at,updated_at,grand_total\n"
LINES = "order,line,sku,quantity,row_total\n"


def test_an_order_that_is_older_than_what_is_stored_stays_with_its_lines(importer):
    importer(
        orders=f"{ORDERS}o1,complete,2026-05-01,2026-05-10,100\no2,new,2026-05-01,2026-05-10,7\n",
        order_items=f"{LINES}o1,1,A,1,100\no2,1,B,1,7\n",
    )
    report = importer(
        orders=f"{ORDERS}o1,processing,2026-05-01,2026-05-05,90\no2,complete,2026-05-01,,8\n",
        order_items=f"{LINES}o1,1,C,3,90\no1,2,D,1,0\no2,1,B,1,8\n",
    )
    one, two = Order.objects.order_by("number")
    assert (one.state, one.grand_total, one.items.get().product.sku) == ("complete", 100, "A")
    # A row that does not say when it is counts as before.
    assert (two.state, two.grand_total) == ("complete", 8)
    assert [(one.read, one.updated, one.older) for one in report.files] == [(2, 1, 1), (3, 1, 2)]


def test_an_order_of_an_event_is_not_undone_by_a_file_that_was_made_before(importer, send):
    data = {"number": "o1", "created_at": "2026-11-01T00:00:00Z"}
    send.say("order.saved", **data, state="complete", updated_at="2026-11-10", grand_total="100")
    importer(orders=f"{ORDERS}o1,processing,2026-11-01,2026-11-05,90\n")
    assert (Order.objects.get().state, Order.objects.get().grand_total) == ("complete", 100)


GUEST = {
    "customers": "id,email,kind\ng,a@shop.example,guest\nc,a@shop.example,registered\n",
    "orders": "number,customer,state,created_at,grand_total\no1,g,complete,2026-05-01,25\n",
    "newsletter_subscriptions": f"{HEADER}g,unsubscribed,2026-05-02\nc,subscribed,2026-05-01\n",
    "wishlists": "customer,is_shared\ng,true\nc,false\n",
    "wishlist_items": "customer,sku,added_at\ng,A,2026-05-01\nc,A,2026-05-02\ng,B,2026-05-01\n",
    "logins": "customer,logged_in_at\ng,2026-05-01\nc,2026-05-01\n",
    "addresses": "customer,city\ng,Ulm\nc,Bonn\n",
}


def test_the_number_of_a_merged_guest_means_the_customer_in_every_file(importer):
    importer(**GUEST)
    merge_guest("g", "c")
    customer = Customer.objects.get()
    for _night in range(2):
        importer(**GUEST)
        assert Customer.objects.get() == customer
        assert Order.objects.get().customer == customer
        assert customer.subscriptions.get().status == NO
        wished = customer.wishlist.items.values_list("product__sku", flat=True)
        assert sorted(wished) == ["A", "B"]
        assert customer.logins.count() == 2
        assert sorted(customer.addresses.values_list("city", flat=True)) == ["Bonn", "Ulm"]


def test_a_guests_later_refusal_in_a_file_reaches_the_customer(importer, send, clock):
    clock.at = START
    header = "id,kind,accepts_marketing\n"
    importer(customers=f"{header}g,guest,true\nc,registered,true\n")
    merge_guest("g", "c")
    night = f"{header}g,guest,false\nc,registered,true\n"
    report = importer(customers=night)
    assert (report.files[0].older, Customer.objects.get().accepts_marketing) == (1, False)
    # The next file repeats the same refusal, which the customer's consent is newer than.
    clock.at += timedelta(hours=1)
    send.say("customer.saved", at=60, id="c", accepts_marketing=True)
    importer(customers=night)
    assert Customer.objects.get().accepts_marketing is True
    # A guest who consents meanwhile and refuses again has made a new statement.
    importer(customers=f"{header}g,guest,yes\n")
    importer(customers=f"{header}g,guest,no\n")
    assert Customer.objects.get().accepts_marketing is False


def test_a_refusal_that_a_guest_had_when_merged_is_not_new(importer, send, clock):
    clock.at = START
    header = "id,kind,accepts_marketing\n"
    night = f"{header}g,guest,false\nc,registered,true\n"
    importer(customers=night)
    merge_guest("g", "c")
    assert Customer.objects.get().accepts_marketing is False
    clock.at += timedelta(hours=1)
    send.say("customer.saved", at=60, id="c", accepts_marketing=True)
    importer(customers=night)
    assert Customer.objects.get().accepts_marketing is True


def test_a_yes_of_tomorrow_does_not_outdo_the_no_of_a_merged_guest(importer):
    importer(customers=GUEST["customers"])
    merge_guest("g", "c")
    tomorrow = (now() + timedelta(days=1)).date()
    rows = f"g,unsubscribed,2026-05-02\nc,subscribed,{tomorrow}\n"
    importer(newsletter_subscriptions=HEADER + rows)
    assert standing() == (NO, "2026-05-02")


def test_no_of_a_merged_guest_beats_a_later_not_active(importer):
    importer(customers=GUEST["customers"])
    merge_guest("g", "c")
    importer(
        newsletter_subscriptions=f"{HEADER}g,unsubscribed,2026-05-02\nc,not_active,2026-05-03\n"
    )
    assert standing() == (NO, "2026-05-02")


def test_a_row_that_stands_twice_is_refused_for_merged_guests_too(importer):
    importer(**GUEST)
    merge_guest("g", "c")
    rows = f"{HEADER}g,subscribed,2026-05-01\ng,unsubscribed,2026-05-02\n"
    assert importer.problems(newsletter_subscriptions=rows) != []


def test_a_refund_is_its_size_whatever_its_sign(importer, send):
    importer(
        customers="id\nc1\n",
        refunds="number,customer,created_at,amount\nr1,c1,2026-05-01,-100\n",
        refund_items="refund,line,sku,quantity,row_total\nr1,1,A,-2,-100\n",
    )
    line = {"line": "1", "sku": "A", "quantity": "-1", "row_total": "-5"}
    data = {"number": "r2", "customer": "c1", "created_at": "2026-05-01", "amount": "-5"}
    send.say("refund.saved", **data, items=[line])
    for refund, amount, quantity in zip(
        Refund.objects.order_by("number"), (100, 5), (2, 1), strict=True
    ):
        stored = refund.items.get()
        assert (refund.amount, stored.row_total, stored.quantity) == (amount, amount, quantity)


@pytest.mark.parametrize("text", ["2026-11-02 09:50:26 +0100", "2026-11-02 08:50:26 UTC"])
def test_times_are_read_as_shops_in_ruby_write_them(importer, text):
    importer(customers=f"id,registered_at\nc1,{text}\n")
    assert Customer.objects.get().registered_at == datetime(2026, 11, 2, 8, 50, 26, tzinfo=UTC)


def test_a_refusal_is_as_old_as_it_says_however_late_it_is_told(send, importer):
    importer(customers=CUSTOMER)
    yes = {"customer": "c1", "status": YES, "status_changed_at": "2026-01-01T00:00:00Z"}
    no = yes | {"status": NO, "status_changed_at": "2026-02-01T00:00:00Z"}
    send(send.event("newsletter.saved", 30, **yes), single=True)
    send(send.event("newsletter.saved", 10, **no), single=True)
    assert standing() == (NO, "2026-02-01")
    # What was told before stays older.
    send(send.event("newsletter.saved", 20, **yes), single=True)
    assert standing() == (NO, "2026-02-01")


def test_a_late_refusal_of_marketing_counts_where_nothing_was_said_since(send, importer):
    importer(customers=CUSTOMER + "c2,c2@shop.example\n")
    for number, newer in (("c1", {"first_name": "Ann"}), ("c2", {"accepts_marketing": True})):
        send.say("customer.saved", at=30, id=number, **newer)
        older = {"id": number, "accepts_marketing": False, "last_name": "Old"}
        send.say("customer.saved", at=10, **older)
    found = dict(Customer.objects.values_list("external_id", "accepts_marketing"))
    assert found == {"c1": False, "c2": True}
    assert not Customer.objects.filter(last_name="Old").exists()


def test_a_late_refusal_does_not_outdo_a_consent_that_was_cleared(send, importer):
    importer(customers=CUSTOMER)
    for at, accepts in ((10, False), (20, True), (30, None), (15, False)):
        send.say("customer.saved", at=at, id="c1", accepts_marketing=accepts)
    assert Customer.objects.get().accepts_marketing is None
    # What was refused after the consent still counts.
    send.say("customer.saved", at=25, id="c1", accepts_marketing=False)
    assert Customer.objects.get().accepts_marketing is False


def test_a_late_refusal_outdoes_a_consent_of_tomorrow(send, importer, clock):
    clock.at = START + timedelta(hours=1)
    importer(customers=CUSTOMER)
    for at, accepts in ((100, True), (110, None), (30, False)):
        send.say("customer.saved", at=at, id="c1", accepts_marketing=accepts)
    assert Customer.objects.get().accepts_marketing is False


@pytest.mark.parametrize("consented", [5, 9_999], ids=["before", "future"])
def test_late_refusal_outdoes_an_events_other_consent(send, importer, clock, consented):
    clock.at = START + timedelta(hours=1)
    importer(customers=CUSTOMER)
    send.say("customer.saved", at=consented, id="c1", accepts_marketing=True)
    send.say("customer.saved", at=30, id="c1", first_name="Ann")
    taken = send.say("customer.saved", at=10, id="c1", accepts_marketing=False)
    assert (taken["older"], Customer.objects.get().accepts_marketing) == (1, False)


def test_late_refusal_outdoes_a_consent_without_a_time(send, importer):
    importer(customers=accepts("true"))
    send.say("customer.saved", at=30, id="c1", first_name="Ann")
    send.say("customer.saved", at=10, id="c1", accepts_marketing=False)
    importer(customers=accepts("true"))
    assert Customer.objects.get().accepts_marketing is False


def test_file_corrects_no_late_refusal_of_an_event(send, importer):
    importer(customers=accepts("false"))
    send.say("customer.saved", at=30, id="c1", first_name="Ann")
    send.say("customer.saved", at=10, id="c1", accepts_marketing=False)
    importer(customers=accepts("true"))
    assert Customer.objects.get().accepts_marketing is False


@pytest.mark.skipif(connection.vendor != "sqlite", reason="is about SQLite's planner")
def test_a_refusal_is_looked_up_by_its_mailbox_without_statistics():
    """By its store, 50,000 subscriptions took more than eight minutes instead of a second."""
    plan = NewsletterSubscription.objects.standing().explain()
    assert "customer_mailbox_idx (mailbox=?)" in plan
    assert "(store_id=?)" not in plan
