"""Live answers: definition, overrides, references, carts, guests, price rules."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.errors import InvalidTree
from customers.models import Cart, Customer, CustomerGroup, Order, Store, Website
from segments.membership import is_member, memberships, satisfies, segments_of
from segments.models import Membership, MembershipOverride, OverrideKind, Segment
from segments.rules.evaluation.rule import members_of

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BIG_CART = {
    "match": "all",
    "conditions": [{"attribute": "cart.grand_total", "operator": "gte", "value": "100"}],
}
HAS_ORDERED = {"match": "all", "conditions": [{"relation": "orders"}]}
NEVER_ORDERED = {
    "match": "all",
    "conditions": [{"relation": "orders", "aggregate": "not_exists"}],
}
EVERYBODY = {"match": "all", "conditions": []}


def tree_of(segment, operator="is"):
    return {
        "match": "all",
        "conditions": [{"attribute": "segment", "operator": operator, "value": segment}],
    }


@pytest.fixture
def website(db):
    return Website.objects.get(code="default")


@pytest.fixture
def customer(website):
    return make_customer("anna", website)


def make_customer(number, website, **values):
    return Customer.objects.create(
        external_id=number,
        website=website,
        store=Store.objects.get(code="default"),
        group=CustomerGroup.objects.get(code="general"),
        **values,
    )


def order(customer, total="50"):
    return Order.objects.create(
        number=f"{customer.external_id}-{Order.objects.count()}",
        customer=customer,
        store=customer.store,
        state="complete",
        created_at=NOW,
        updated_at=NOW,
        grand_total=Decimal(total),
    )


def make_segment(code, tree, **values):
    return Segment.objects.create(code=code, name=code, conditions=tree, **values)


def numbers(segment):
    return sorted(members_of(segment, as_of=NOW).values_list("external_id", flat=True))


def test_live_membership_follows_the_data_at_once(customer):
    make_segment("buyers", HAS_ORDERED)
    assert not is_member(customer, "buyers")
    order(customer)
    assert is_member(customer, "buyers")


def test_live_membership_is_judged_at_the_given_clock(customer):
    recent = {
        "match": "all",
        "conditions": [{"attribute": "order.created_at", "operator": "in_last_days", "value": 7}],
    }
    make_segment("recent", recent)
    order(customer)
    assert is_member(customer, "recent", as_of=NOW)
    assert not is_member(customer, "recent", as_of=NOW + timedelta(days=8))


def test_nobody_and_unknown_and_inactive_segments_have_no_members(customer):
    make_segment("off", EVERYBODY, is_active=False)
    make_segment("on", EVERYBODY)
    assert is_member(customer, "on")
    assert not is_member(None, "on")
    assert not is_member(customer, "off")
    assert not is_member(customer, "gone")


def test_a_stored_tree_that_is_not_valid_has_no_live_members(customer):
    make_segment("broken", {"match": "all", "conditions": [{"attribute": "gone"}]})
    assert not is_member(customer, "broken")


def test_an_include_makes_a_member_only_within_the_scope(customer, website):
    elsewhere = Website.objects.create(code="elsewhere", name="Elsewhere")
    stranger = make_customer("zoe", elsewhere)
    segment = make_segment("buyers", HAS_ORDERED)
    segment.websites.add(website)
    for one in (customer, stranger):
        MembershipOverride.objects.create(
            segment=segment, customer=one, kind=OverrideKind.INCLUDE, created_at=NOW
        )
    assert numbers(segment) == ["anna"]
    assert is_member(customer, "buyers")
    assert not is_member(stranger, "buyers")


def test_an_exclude_takes_a_match_out(customer):
    segment = make_segment("all", EVERYBODY)
    assert numbers(segment) == ["anna"]
    MembershipOverride.objects.create(
        segment=segment, customer=customer, kind=OverrideKind.EXCLUDE, created_at=NOW
    )
    assert numbers(segment) == []
    assert not is_member(customer, "all")


def test_a_reference_reads_the_definition_with_its_overrides_not_the_stored_members(customer):
    buyers = make_segment("buyers", HAS_ORDERED)
    parent = make_segment("parent", tree_of("buyers"))
    others = make_segment("others", tree_of("buyers", "is_not"))
    assert (numbers(parent), numbers(others)) == ([], ["anna"])
    MembershipOverride.objects.create(
        segment=buyers, customer=customer, kind=OverrideKind.INCLUDE, created_at=NOW
    )
    assert (numbers(parent), numbers(others)) == (["anna"], [])
    assert is_member(customer, "parent") and not is_member(customer, "others")


def test_an_inactive_segment_that_is_referred_to_has_no_members(customer):
    make_segment("off", EVERYBODY, is_active=False)
    assert numbers(make_segment("in", tree_of("off"))) == []
    assert numbers(make_segment("out", tree_of("off", "is_not"))) == ["anna"]
    assert is_member(customer, "out") and not is_member(customer, "in")


def test_a_reference_keeps_to_the_scope_of_the_segment_it_names(customer, website):
    guest = make_customer("guest-1", website, kind="guest")
    make_segment("registered", EVERYBODY)
    both = make_segment("both", tree_of("registered"), applies_to="both")
    assert numbers(both) == ["anna"]
    assert not is_member(guest, "both")


def test_a_given_cart_stands_in_for_the_active_ones_only(customer):
    make_segment("big-cart", BIG_CART)
    stored = Cart.objects.create(
        external_id="k",
        customer=customer,
        store=customer.store,
        created_at=NOW,
        updated_at=NOW,
        grand_total=Decimal(500),
    )
    assert is_member(customer, "big-cart")
    assert not is_member(customer, "big-cart", cart={"grand_total": "99.99"})
    assert is_member(customer, "big-cart", cart={"grand_total": 100})
    Cart.objects.filter(pk=stored.pk).update(is_active=False)
    any_big = {
        "match": "all",
        "conditions": [
            {
                "relation": "all_carts",
                "aggregate": "count",
                "operator": "is",
                "value": 2,
            }
        ],
    }
    make_segment("two-carts", any_big)
    assert is_member(customer, "two-carts", cart={"grand_total": 1})


def test_lines_of_a_given_cart_count(customer):
    tree = {
        "match": "all",
        "conditions": [
            {
                "relation": "carts",
                "conditions": [
                    {
                        "relation": "cart_items",
                        "aggregate": "sum",
                        "of": "cart_item.row_total",
                        "operator": "is",
                        "value": "7.50",
                    },
                    {"attribute": "cart.items_count", "operator": "is", "value": 1},
                ],
            }
        ],
    }
    make_segment("exact", tree)
    items = [{"sku": "a", "quantity": 3, "price": "2.50"}]
    assert is_member(customer, "exact", cart={"items": items})
    with_part = [*items, {"line": "9", "parent_line": "1", "sku": "b", "quantity": 1, "price": "1"}]
    assert is_member(customer, "exact", cart={"items": with_part})


def test_a_cart_that_is_not_right_is_refused_with_each_place(customer):
    make_segment("big-cart", BIG_CART)
    cart = {"colour": "red", "grand_total": "12,5", "items": [{"quantity": 1}], "store": "nowhere"}
    with pytest.raises(InvalidTree) as caught:
        is_member(customer, "big-cart", cart=cart)
    assert sorted(problem.path for problem in caught.value.problems) == [
        "cart.colour",
        "cart.grand_total",
        "cart.items[0].sku",
        "cart.store",
    ]


def test_an_anonymous_shopper_is_judged_by_the_cart_alone(website):
    for code, applies_to in (("reg", "registered"), ("guest", "guest"), ("both", "both")):
        make_segment(code, BIG_CART, applies_to=applies_to)
    make_segment("never-ordered", NEVER_ORDERED, applies_to="both")
    grouped = make_segment("grouped", BIG_CART, applies_to="both")
    grouped.customer_groups.add(CustomerGroup.objects.get(code="general"))
    codes = ["reg", "guest", "both", "never-ordered", "grouped"]
    assert memberships(codes, None, cart={"grand_total": 100}) == {
        "reg": False,
        "guest": True,
        "both": True,
        "never-ordered": True,
        "grouped": False,
    }
    assert not any(memberships(codes, None).values())


def test_price_rules_ask_is_and_is_not(customer):
    make_segment("buyers", HAS_ORDERED)
    make_segment("off", EVERYBODY, is_active=False)
    order(customer)
    assert satisfies("is", ["buyers"], customer)
    assert satisfies("is_one_of", ["off", "buyers"], customer)
    assert not satisfies("is", ["off"], customer)
    assert satisfies("is_not", ["off"], customer)
    assert satisfies("is_not_one_of", ["off", "gone"], customer)
    assert not satisfies("is_not_one_of", ["off", "buyers"], customer)
    with pytest.raises(ValueError, match="contains"):
        satisfies("contains", ["buyers"], customer)


@pytest.mark.parametrize("operator", ["is", "is_not", "is_one_of", "is_not_one_of"])
def test_an_anonymous_shopper_satisfies_no_price_rule(operator, website):
    make_segment("all", EVERYBODY, applies_to="both")
    assert not satisfies(operator, ["all"], None, cart={"grand_total": 1})


def test_for_the_cart_of_another_website_a_segment_has_no_members(customer, website):
    elsewhere = Website.objects.create(code="elsewhere", name="Elsewhere")
    Store.objects.create(code="far", name="Far", website=elsewhere)
    segment = make_segment("here", EVERYBODY)
    segment.websites.add(website)
    assert satisfies("is", ["here"], customer, cart={"store": "default"})
    assert not satisfies("is", ["here"], customer, cart={"store": "far"})
    assert satisfies("is_not", ["here"], customer, cart={"store": "far"})


def test_stored_segments_come_in_one_query_by_priority(customer, django_assert_num_queries):
    for code, priority, active in (("late", 5, True), ("first", 1, True), ("off", 0, False)):
        segment = make_segment(code, EVERYBODY, priority=priority, is_active=active)
        Membership.objects.create(segment=segment, customer=customer, entered_at=NOW)
    with django_assert_num_queries(1):
        assert segments_of(customer) == ["first", "late"]


def test_more_segments_take_no_more_queries(customer, django_assert_num_queries):
    segments = [make_segment(f"s{number}", HAS_ORDERED) for number in range(5)]
    for segment in segments:
        segment.websites.add(customer.website)
        segment.customer_groups.add(customer.group)
    order(customer)
    with CaptureQueriesContext(connection) as of_one:
        assert memberships(["s0"], customer) == {"s0": True}

    with django_assert_num_queries(len(of_one)):
        found = memberships([segment.code for segment in segments], customer)
    assert found == dict.fromkeys((segment.code for segment in segments), True)


def test_who_is_not_stored_is_in_no_segment():
    assert segments_of(Customer()) == []
