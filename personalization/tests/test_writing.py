"""What conditions read of profiles is what the rows say, whatever happens to these."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conditions.tests.upkeep.columns_told import columns_told, needs_sqlite
from core import clock
from customers.merging import merge_guest
from customers.models import (
    Category,
    Consent,
    Customer,
    DirtyCustomer,
    Order,
    ProductView,
)
from customers.privacy.erasing import erase_due, request_erasure
from personalization.engagement import engagement
from personalization.models import (
    BehaviorEvent,
    CustomerBrand,
    CustomerInterest,
    CustomerProfile,
    InterestShare,
    WaitingProfile,
)
from personalization.profiles import interest_baseline, live
from personalization.profiles.writing import NOTHING, figures_of, stored_figures
from personalization.tests.test_engagement import points_at
from personalization.tests.test_profile import put_into
from segments.editing.saving import create_segment
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.tick import tick
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def at():
    return clock.now()


def stored(customer):
    return stored_figures([customer.pk]).get(customer.pk, NOTHING)


def a_segment(node):
    tree = {"match": "all", "conditions": [node]}
    return create_segment(Definition(name="some", conditions=tree), author=None).segment


def members_of(segment):
    return set(segment.memberships.values_list("customer__external_id", flat=True))


def check():
    """Compare everybody's stored figures with those of the rows."""
    call_command("check_personalization")


def test_a_change_is_written_when_its_mark_is_processed(doing, make_customer, at):
    customer = make_customer()
    doing.view(customer, at - DAY)
    doing.behave(customer, at - DAY + MINUTE, "search")
    doing.order(customer, at - MINUTE)
    assert stored(customer) == NOTHING

    process_changes()

    found = stored(customer)
    assert (found.sessions_count, found.last_activity_at) == (2, at - MINUTE)
    raw = engagement(customer, as_of=at).raw
    assert abs(points_at(found.engagement_level, at) - raw) < 1e-9 * raw
    check()


def test_whoever_has_done_nothing_has_no_row(make_customer):
    make_customer()
    process_changes()
    assert not CustomerProfile.objects.exists()


def test_deletions_merges_and_moves_are_followed(doing, make_customer, at):
    customer, guest, other = make_customer(), make_customer(kind="guest"), make_customer()
    doing.view(customer, at - DAY)
    view = doing.view(guest, at - 2 * DAY)
    event = doing.behave(customer, at - MINUTE, "checkout_started")
    order = doing.order(customer, at - MINUTE)
    process_changes()
    assert CustomerProfile.objects.count() == 2

    merge_guest(guest, customer)
    process_changes()
    assert stored(customer).sessions_count == 3
    assert CustomerProfile.objects.count() == 1
    check()

    BehaviorEvent.objects.filter(pk=event.pk).delete()
    order.state = "canceled"
    order.save()
    process_changes()
    assert points_at(stored(customer).engagement_level, at) == pytest.approx(
        engagement(customer, as_of=at).raw
    )
    check()

    ProductView.objects.filter(pk=view.pk).update(customer=other)
    process_changes()
    assert (stored(customer).sessions_count, stored(other).sessions_count) == (2, 1)
    check()


def test_an_erased_customer_leaves_nothing(doing, make_customer, at):
    customer = make_customer()
    put_into(doing.product("shoe"), "shoes", brand="acme")
    doing.view(customer, at - DAY)
    process_changes()
    live.follow()
    assert CustomerInterest.objects.count() == CustomerBrand.objects.count() == 1

    request_erasure(customer, "delete", author=None)
    erase_due()
    process_changes()

    for model in (CustomerProfile, CustomerInterest, CustomerBrand, BehaviorEvent):
        assert not model.objects.exists()


def test_who_refuses_has_no_figures_and_gets_them_back(doing, make_customer, at):
    customer = make_customer()
    doing.view(customer, at - DAY)
    process_changes()

    for state, count in (("refused", 0), ("granted", 1)):
        Consent.objects.create(
            customer=customer,
            purpose="personalization",
            state=state,
            source="api",
            at=clock.now(),
        )
        process_changes()
        assert CustomerProfile.objects.count() == count
        check()


def test_what_is_dated_in_the_future_counts_when_its_time_comes(
    doing, make_customer, at, monkeypatch
):
    customer = make_customer()
    doing.view(customer, at - DAY)
    doing.login(customer, at + MINUTE * 3)
    process_changes()
    assert (stored(customer).sessions_count, stored(customer).due_at) == (1, at + MINUTE * 3)
    assert live.follow() == 0 or stored(customer).sessions_count == 1
    DirtyCustomer.objects.all().delete()

    later = at + MINUTE * 4
    monkeypatch.setattr("personalization.profiles.live.now", lambda: later)
    monkeypatch.setattr("personalization.profiles.writing.now", lambda: later)

    assert live.follow() == 1
    assert (stored(customer).sessions_count, stored(customer).due_at) == (2, None)
    assert list(DirtyCustomer.objects.values_list("customer_id", "reason", "source_table")) == [
        (customer.pk, "score", "personalization_customerprofile")
    ]
    assert live.follow() == 0


def test_the_first_time_everybody_is_written_with_their_interests(doing, make_customer, at):
    customers = [make_customer() for _ in range(3)]
    put_into(doing.product("shoe"), "shoes", brand="acme")
    for customer in customers:
        doing.view(customer, at - DAY)
    process_changes()
    assert interest_baseline.owed() is not None
    assert not CustomerInterest.objects.exists()

    assert live.follow() == 3

    assert interest_baseline.owed() is None
    assert [one.brands for one in stored_figures([one.pk for one in customers]).values()] == [
        ("acme",)
    ] * 3
    check()
    assert live.follow() == 0


def test_the_best_three_are_kept_and_a_deleted_category_goes(doing, make_customer, at):
    customer = make_customer()
    other = make_customer()
    for number, code in enumerate("abcde"):
        put_into(doing.product(code), f"c-{code}")
        for _ in range(number + 1):
            doing.view(customer, at - DAY, sku=code)
        doing.view(other, at - DAY, sku=code)
    live.write_every_night()
    assert stored(customer).interests == ("c-e", "c-d", "c-c")

    doing.product("e").product_categories.all().delete()
    Category.objects.get(code="c-e").delete()
    process_changes()
    live.follow()

    assert stored(customer).interests == ("c-d", "c-c", "c-b")
    check()


@needs_sqlite
def test_profiles_are_written_whatever_changes_that_they_are_made_of(doing, make_customer, at):
    customer, other = make_customer(), make_customer()
    for one in (customer, other):
        doing.view(one, at - DAY)
        doing.behave(one, at - DAY + MINUTE, "search")
        doing.wish(one, at - DAY)
        doing.put_in_cart(one, at - DAY)
        doing.order(one, at - MINUTE, ["shoe"])
    put_into(doing.product(), "shoes", brand="Aldo")
    process_changes()
    live.follow()

    with columns_told() as found:
        assert len(figures_of([customer.pk, other.pk], at)) == 2

    assert {("customers_order", "state"), ("customers_cartitem", "product_id")} <= found
    # What the shop is made of concerns everybody.
    of_all = {"customers_category", "customers_productattribute"}
    of_all.add(InterestShare._meta.db_table)
    assert {table for table, _column in found - live.columns_of_profiles()} == of_all
    # Of customers nothing but who is there.
    assert {one for one in found if one[0] == "customers_customer"} == {
        ("customers_customer", None)
    }


@pytest.mark.parametrize("by", ["process_changes", "tick"])
def test_memberships_come_before_profiles_that_no_segment_asks_for(doing, make_customer, at, by):
    customer = make_customer()
    viewers = a_segment({"relation": "product_views"})
    refresh_segment(viewers)
    doing.view(customer, at - DAY)
    process_batch()
    assert stored(customer) == NOTHING
    assert members_of(viewers) == {customer.external_id}
    check()

    doing.view(customer, at - MINUTE)
    process_changes() if by == "process_changes" else tick()
    assert stored(customer).sessions_count == 2
    assert not WaitingProfile.objects.exists()
    assert not DirtyCustomer.objects.exists()


def test_who_comes_to_ask_while_profiles_wait_gets_them_too(doing, make_customer, at):
    customer = make_customer()
    doing.view(customer, at - DAY)
    process_batch()
    engaged = a_segment(
        {"attribute": "personalization.sessions_count", "operator": "gte", "value": 1}
    )
    refresh_segment(engaged)
    assert members_of(engaged) == set()

    live.write_waiting()
    process_changes()
    assert members_of(engaged) == {customer.external_id}


def test_what_no_profile_is_made_of_writes_none(doing, make_customer, at):
    customer = make_customer()
    order = doing.order(customer, at - DAY)
    process_changes()
    CustomerProfile.objects.update(sessions_count=7)

    Order.objects.filter(pk=order.pk).update(grand_total=77)
    Customer.objects.filter(pk=customer.pk).update(first_name="Anna")
    process_changes()
    assert stored(customer).sessions_count == 7

    Order.objects.filter(pk=order.pk).update(state="canceled")
    process_changes()
    assert stored(customer).sessions_count == 1


def test_a_flood_is_left_to_the_worker_and_forgets_nothing_when_it_is_killed(
    doing, make_customer, at, monkeypatch
):
    customer = make_customer()
    doing.view(customer, at - DAY)
    live.write_changed(customers=None, changed=None)
    assert not CustomerProfile.objects.exists()

    with monkeypatch.context() as patch:
        patch.setattr("personalization.profiles.live._write", killed)
        with pytest.raises(KeyboardInterrupt):
            live.follow()
    assert interest_baseline.owed() is not None

    live.follow()
    assert stored(customer).sessions_count == 1
    assert interest_baseline.owed() is None


def killed(keys):
    raise KeyboardInterrupt


def test_what_comes_to_be_owed_meanwhile_is_done_again(doing, make_customer, at, monkeypatch):
    doing.view(make_customer(), at)
    interest_baseline.owe_everybody()
    write = live._write
    monkeypatch.setattr("personalization.profiles.live._write", lambda keys: owe(write, keys))

    live.follow()

    assert interest_baseline.owed() is not None


def owe(write, keys):
    interest_baseline.owe_everybody()
    return write(keys)


def test_the_night_writes_in_batches_what_differs_and_marks_it(
    doing, make_customer, at, monkeypatch
):
    customers = [make_customer() for _ in range(5)]
    for customer in customers:
        doing.view(customer, at - DAY)
    monkeypatch.setattr("personalization.profiles.interest_baseline.BATCH", 2)
    assert live.write_every_night() == 5
    DirtyCustomer.objects.all().delete()
    CustomerProfile.objects.filter(pk=customers[3].pk).update(sessions_count=7)
    CustomerProfile.objects.filter(pk=customers[1].pk).delete()

    assert live.write_every_night() == 2

    marked = set(DirtyCustomer.objects.values_list("customer_id", flat=True))
    assert marked == {customers[1].pk, customers[3].pk}


@pytest.mark.parametrize(
    "values",
    [
        {"sessions_count": 9},
        {"engagement_level": 0},
        {"engagement_level": None},
        {"last_activity_at": None},
    ],
)
def test_the_check_names_what_differs(doing, make_customer, at, capsys, values):
    customer = make_customer("C17")
    doing.view(customer, at - DAY)
    process_changes()
    check()
    assert "as the rows say" in capsys.readouterr().out

    CustomerProfile.objects.update(**values)

    with pytest.raises(CommandError, match="1 profile differs"):
        check()
    assert "C17" in capsys.readouterr().out


def test_who_waits_is_no_drift_and_is_written_soon(doing, make_customer, at):
    customer = make_customer()
    doing.view(customer, at - DAY)
    live.write_every_night()
    DirtyCustomer.objects.all().delete()
    CustomerProfile.objects.all().delete()
    WaitingProfile.objects.create(customer_id=customer.pk, at=at)
    WaitingProfile.objects.create(customer_id=customer.pk + 1, at=at)
    check()

    assert live.follow() == 1

    assert not WaitingProfile.objects.exists()
    assert stored(customer).sessions_count == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_a_customer_whose_row_is_held_waits_and_nobody_is_waited_for(doing, make_customer, at):
    from threading import Event, Thread

    from django.db import connections, transaction

    customer, free = make_customer(), make_customer()
    for one in (customer, free):
        doing.view(one, at - DAY)
    holds, let_go = Event(), Event()

    def hold():
        with transaction.atomic():
            Customer.objects.select_for_update().get(pk=customer.pk)
            holds.set()
            let_go.wait(30)
        connections.close_all()

    thread = Thread(target=hold)
    thread.start()
    holds.wait(30)
    try:
        process_changes()
        assert list(WaitingProfile.objects.values_list("pk", flat=True)) == [customer.pk]
        assert set(CustomerProfile.objects.values_list("pk", flat=True)) == {free.pk}
    finally:
        let_go.set()
        thread.join()
    live.follow()
    assert CustomerProfile.objects.count() == 2
