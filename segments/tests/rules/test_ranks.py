"""Ranks among the members of a segment: references, scopes, and who follows."""

import pytest

from conditions.errors import InvalidTree
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from core.clock import now
from customers.models import Customer
from segments.admin.customer.reasons import lines_of
from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.insight.explanation import explain_membership
from segments.insight.preview import preview
from segments.insight.standing import standings_of
from segments.membership import is_member, memberships
from segments.models import MembershipOverride, Segment
from segments.refresh import refresh_segment
from segments.rules.protected import protected_in, segments_in
from segments.rules.references import codes_in
from segments.rules.rule import rule_of

pytestmark = pytest.mark.django_db


def rank(operator="in_top", value=1, **more):
    node = {"attribute": "lifetime.sales", "operator": operator, **more}
    return node if value is None else {**node, "value": value}


def buyer(make_customer, make_order, number, amount, **values):
    customer = make_customer(number, **values)
    if amount:
        make_order(customer, grand_total=amount)
    return customer


@pytest.fixture
def buyers(make_customer, make_order):
    return {
        number: buyer(make_customer, make_order, number, amount)
        for number, amount in (("ann", 500), ("bob", 300), ("cat", 120), ("dan", 0))
    }


def test_populations_are_references(buyers, make_segment):
    """A segment that others compare with is named by them, kept, and cannot lead back."""
    vip = make_segment("VIP", [{"attribute": "lifetime.sales", "operator": "gte", "value": 1}])
    tree = {"match": "all", "conditions": [rank(among={"segment": vip.code})]}
    best = make_segment("Best", tree["conditions"])
    assert codes_in(best.conditions) == {vip.code}
    assert list(segments_in(best.conditions, "c")) == [("c.conditions[0].among.segment", vip.code)]
    with pytest.raises(SegmentInUse):
        delete_segments([vip], author=None)
    with pytest.raises(InvalidTree) as refused:
        parse_tree(
            {"match": "all", "conditions": [rank(among={"segment": best.code})]}, segment=vip.code
        )
    assert [one.code for one in refused.value.problems] == ["circular_segment"]
    assert set(rule_of(best).customers(as_of=now())) == {buyers["ann"]}
    set_active([vip], False)
    assert not rule_of(best).customers(as_of=now()).exists()


def test_conditions_of_a_population_are_protected(db):
    """What prices may not differ by is found in `among`, at its own path."""
    male = {"attribute": "customer.gender", "operator": "is", "value": "male"}
    tree = {
        "match": "all",
        "conditions": [rank(among={"match": "all", "conditions": [male]})],
    }
    assert list(protected_in(tree, "c")) == ["c.conditions[0].among.conditions[0].attribute"]


def test_a_rank_is_about_the_scope_of_its_own_segment(
    buyers, make_customer, make_order, make_segment
):
    """Wherever the tree of a segment is asked, its scope is the population, not the asker's."""
    guest = buyer(make_customer, make_order, "guest", 900, kind="guest")
    registered = make_segment("Registered", [rank()])
    everybody = make_segment("Both", [rank()], applies_to="both")
    referring = make_segment(
        "Referring",
        [{"attribute": "segment", "operator": "is", "value": registered.code}],
        applies_to="both",
    )
    ann = buyers["ann"]
    for segment, members in ((registered, {ann}), (everybody, {guest}), (referring, {ann})):
        assert set(rule_of(segment).customers(as_of=now())) == members
        refresh_segment(segment)
        assert {one.customer for one in segment.memberships.all()} == members
        for customer in (ann, guest):
            is_in = customer in members
            assert is_member(customer, segment) == is_in
            found = explain_membership(rule_of(segment), customer, sees=lambda _asked: True)
            assert found.member == is_in
            assert memberships([segment.code], customer) == {segment.code: is_in}
    assert preview(everybody.conditions, applies_to="both").count == 1
    counted = preview(everybody.conditions, applies_to="both", counts=True).counts
    assert [(one.path, one.alone) for one in counted] == [("", 1), ("conditions[0]", 1)]


def test_the_population_is_everybody_whoever_is_asked_about(buyers, make_segment):
    """A shard or a batch asks about some customers: these are compared with all others."""
    average = make_segment("Average", [rank("above_average", None)])
    best = make_segment("Best", [rank(value=2)])
    some = Customer.objects.filter(external_id__in=["bob", "cat", "dan"]).values("pk")
    for segment in (average, best):
        found = rule_of(segment).customers(as_of=now(), only=some)
        assert list(found) == [buyers["bob"]]


def test_a_customer_is_shown_the_place_and_the_amount(buyers, make_segment):
    """The page of a customer says in words what a rank has found, of rows as of attributes."""
    spent = {"relation": "sales", "aggregate": "sum", "of": "order.grand_total"}
    make_segment("Best", [rank(value=2), rank("above_average", None, times="1.5")])
    lately = {"attribute": "order.created_at", "operator": "after", "value": "2020-01-01"}
    chosen = {"match": "all", "conditions": [lately]}
    make_segment("Rows", [spent | chosen | {"operator": "below_median"}])
    found = standings_of(buyers["bob"], as_of=now())
    lines = [
        line.found
        for one in (*found.entering, *found.near, *found.away)
        for line in lines_of(one.reason, lambda _asked: True)
    ]
    assert "300 EUR: place 2 of 4" in lines
    assert "300 EUR; average: 230 EUR" in lines
    assert "300 EUR; median: 120 EUR" in lines


def test_excluded_members_stay_in_the_population_of_the_scope(buyers, make_segment):
    """Includes and excludes change members, and never who is compared."""
    best = make_segment("Best", [rank(value=1)])
    MembershipOverride.objects.create(
        segment=best, customer=buyers["ann"], kind="exclude", created_at=now()
    )
    assert not rule_of(best).customers(as_of=now()).exists()


def test_refreshes_alone_bring_ranks_up_to_date(buyers, make_segment):
    """Neither a rank nor a segment that refers to one says that it is current in between."""
    best = make_segment("Best", [rank()], code="best")
    nodes = [{"attribute": "segment", "operator": "is", "value": "best"}]
    of_best = make_segment("Of best", nodes)
    plain = make_segment("Plain", [{"attribute": "lifetime.sales", "operator": "gte", "value": 1}])
    for segment in (best, of_best, plain):
        refresh_segment(segment)
    assert [one.is_stale for one in Segment.objects.order_by("pk")] == [True, True, False]


def test_a_rank_is_part_of_the_statement_that_finds_members(
    buyers, make_segment, django_assert_num_queries
):
    """However many customers there are: besides, the zones of the websites are looked up."""
    best = make_segment("Best", [rank(value=2)])
    customers = rule_of(best).customers(as_of=now())
    with django_assert_num_queries(2):
        assert list(customers.order_by("pk")) == [buyers["ann"], buyers["bob"]]
    assert matching_customers(best.conditions).count() == 2
