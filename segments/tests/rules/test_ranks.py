"""Ranks among the members of a segment: references, scopes, and who follows."""

import pytest

from conditions.errors import InvalidTree
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.statement import statement_of
from conditions.upkeep.columns import ColumnsRead
from core.clock import now
from customers.models import Customer, Store, Website
from segments.admin.customer.reasons import lines_of
from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch
from segments.insight.explanations.customer_memberships import standings_of
from segments.insight.explanations.explanation import explain_membership
from segments.insight.previews.preview import preview
from segments.membership import is_member, memberships
from segments.models import MembershipChange, MembershipOverride, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.evaluation.rule import rule_of
from segments.rules.in_conditions.references import codes_in
from segments.rules.protected import protected_in, segments_in
from segments.tests.engine.harness import changes, is_right, settle, stored

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
            found = explain_membership(rule_of(segment), customer, can_see=lambda _asked: True)
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
    assert "€300: place 2 of 4" in lines
    assert "€300; average: €230" in lines
    assert "€300; median: €120" in lines


def test_a_preview_says_where_a_rank_begins(buyers, make_customer, make_order):
    """Catches a border that another place has, or that nobody in scope has."""
    buyer(make_customer, make_order, "eve", 300)
    buyer(make_customer, make_order, "guest", 400, kind="guest")
    said = {
        ("in_top", 2): "place 2 of 5: €300, shared by 2 customers",
        ("not_in_top", 1): "place 1 of 5: €500",
        ("in_top_percent", "50"): "place 2 of 5: €300, shared by 2 customers",
        ("in_bottom", 9): "place 5 of 5: €500",
        ("below_average", None): "average: €244",
        ("above_median", None): "median: €300",
        # Nothing is left for the last places but zero, which has none.
        ("in_top", 5): "place 4 of 5: €120",
    }
    for (operator, value), border in said.items():
        tree = {"match": "all", "conditions": [rank(operator, value)]}
        found = preview(tree, counts=True, can_see=lambda _asked: True).borders
        assert found == {"conditions[0]": border}
    for more in ({"ties": "out"}, {"per": "customer.store"}):
        tree = {"match": "all", "conditions": [rank(value=2, **more)]}
        assert preview(tree, counts=True, can_see=lambda _asked: True).borders == {}
    tree = {"match": "all", "conditions": [rank(value=2)]}
    assert preview(tree, counts=True, can_see=lambda _asked: False).borders == {}


def test_excluded_members_stay_in_the_population_of_the_scope(buyers, make_segment):
    """Includes and excludes change members, and never who is compared."""
    best = make_segment("Best", [rank(value=1)])
    MembershipOverride.objects.create(
        segment=best, customer=buyers["ann"], kind="exclude", created_at=now()
    )
    assert not rule_of(best).customers(as_of=now()).exists()


@pytest.fixture
def best(buyers, make_segment):
    """The best customer of four, and who is in a segment that refers to that; both current."""
    best = make_segment("Best", [rank()], code="best")
    nodes = [{"attribute": "segment", "operator": "is", "value": "best"}]
    of_best = make_segment("Of best", nodes)
    for segment in (best, of_best):
        refresh_segment(segment)
    settle()
    Segment.objects.update(worked_in_at=None)
    assert [one.is_stale for one in Segment.objects.order_by("pk")] == [False, False]
    return [best, of_best]


def test_others_follow_where_one_customer_changes(best, buyers, make_order, clock):
    """Catches segments with a rank, or behind one, that wait for their refresh."""
    runs = RefreshRun.objects.count()
    order = make_order(buyers["dan"], grand_total=900)
    settle()
    gained = [("ann", "entered", "refresh"), ("ann", "left", "event"), ("dan", "entered", "event")]
    assert [changes(one) for one in best] == [gained, gained]
    clock.advance(minutes=1)
    order.delete()
    settle()
    assert is_right(*best)
    assert [stored(one) for one in best] == [{"ann"}, {"ann"}]
    clock.advance(minutes=1)
    # Her number is known of her mark alone.
    MembershipChange.objects.all().delete()
    buyers["ann"].delete()
    Customer.objects.filter(external_id="dan").update(email="dan@shop.example")
    settle()
    assert [changes(one) for one in best] == 2 * [
        [("ann", "left", "event"), ("bob", "entered", "event")]
    ]
    assert RefreshRun.objects.count() == runs


def test_others_follow_where_time_passes(buyers, make_segment, make_order, clock):
    """Catches a figure or a population that loses rows by the clock alone."""
    clock.set("2026-01-05T12:00:00Z")
    make_order(buyers["cat"], grand_total=1, at="2026-01-04T12:00:00Z")
    lately = {"attribute": "order.created_at", "operator": "in_last_days", "value": 7}
    chosen = {"relation": "sales", "match": "all", "conditions": [lately]}
    bought = chosen | {"aggregate": "exists"}
    spent = chosen | {"aggregate": "sum", "of": "order.grand_total"}
    recent = make_segment("Recent", [bought])
    segments = [
        make_segment("Figure", [spent | {"operator": "in_top", "value": 1}]),
        make_segment("Group", [rank(among={"match": "all", "conditions": [bought]})]),
        make_segment("Members", [rank(among={"segment": recent.code})]),
    ]
    for segment in (recent, *segments):
        refresh_segment(segment)
    settle()
    for day, best in (("05", {"ann"}), ("09", {"cat"}), ("12", set())):
        clock.set(f"2026-01-{day}T13:00:00Z")
        settle()
        assert [stored(one) for one in segments] == [best] * 3
        assert is_right(*segments)
    assert {reason for one in segments for _who, _kind, reason in changes(one)[1:]} == {"time"}


def test_a_rank_behind_a_segment_of_one_website_follows_the_zones_of_all(
    buyers, make_customer, make_order, make_segment, clock
):
    """Catches a sweep that looks at the days of the referring segment's websites alone."""
    far = Website.objects.create(code="far", name="Far", timezone="America/Los_Angeles")
    home = buyers["ann"].website
    lately = {"attribute": "order.created_at", "operator": "in_last_days", "value": 1}
    spent = {"relation": "sales", "aggregate": "sum", "of": "order.grand_total"}
    spent |= {"match": "all", "conditions": [lately], "operator": "in_top", "value": 1}
    top = make_segment("Top", [spent])
    nodes = [{"attribute": "segment", "operator": "is", "value": top.code}]
    referring = make_segment("Referring", nodes, websites=[home.code])
    store = Store.objects.create(code="far", name="Far", website=far)
    eve = make_customer("eve", website=far, store=store)
    make_order(eve, grand_total=100, at="2026-01-28T20:00:00Z")
    make_order(buyers["bob"], grand_total=50, at="2026-01-30T06:00:00Z")
    clock.set("2026-01-30T07:00:00Z")
    for segment in (top, referring):
        refresh_segment(segment)
    settle()
    assert [stored(one) for one in (top, referring)] == [{"eve"}, set()]
    # Midnight in Los Angeles alone has passed.
    clock.set("2026-01-30T09:00:00Z")
    settle()
    assert [stored(one) for one in (top, referring)] == [{"bob"}, {"bob"}]


def test_a_reason_names_the_population_apart(buyers, make_segment):
    """Catches words that run into each other: "by money spentof the segment"."""
    vip = make_segment("VIP", [{"attribute": "lifetime.sales", "operator": "gte", "value": 1}])
    best = make_segment(
        "Best", [rank(value=2, among={"segment": vip.code}, per="customer.website")]
    )
    found = explain_membership(rule_of(best), buyers["bob"], can_see=lambda _asked: True)
    assert found.tree["conditions"][0]["because"] == (
        "because they are among the top 2 by money spent of the segment “VIP” of their website"
    )


def test_a_population_that_several_ranks_name_is_asked_for_once(make_segment):
    """Catches statements that double with each segment that two ranks of the next one name."""
    make_segment("s0", [rank()], code="s0")
    sizes = []
    for number in range(1, 5):
        among = {"segment": f"s{number - 1}"}
        beyond = rank("above_average", None, times="9", among=among)
        nodes = [rank(value=5, among=among), {"match": "none", "conditions": [beyond]}]
        segment = make_segment(f"s{number}", nodes, code=f"s{number}")
        sql, _params = statement_of(rule_of(segment).customers(as_of=now()))
        sizes.append(sql.count("SELECT"))
    assert sizes[3] - sizes[2] == sizes[2] - sizes[1]


@pytest.mark.parametrize("code", ["\0", "\ud800"])
def test_codes_that_no_database_takes_are_refused(db, code):
    """Catches an error of the database where a tree names a segment or a list."""
    of_list = {"attribute": f"priority_list.{code}", "operator": "is_not_empty"}
    for node in (rank(among={"segment": code}), of_list):
        with pytest.raises(InvalidTree):
            parse_tree({"match": "all", "conditions": [node]})


def test_a_refresh_that_ends_meanwhile_is_seen(best, buyers, make_order, monkeypatch):
    """Catches a batch that judges its own customers alone where all have to be compared."""
    Segment.objects.update(compares_customers=False)

    def locked(ids):
        Segment.objects.update(compares_customers=True)
        return set(ids)

    make_order(buyers["dan"], grand_total=900)
    with monkeypatch.context() as patch:
        patch.setattr(changed_customers, "try_lock_members", locked)
        process_batch()
    settle()
    assert [stored(one) for one in best] == [{"dan"}, {"dan"}]


def test_what_divides_a_population_is_read(buyers, make_segment):
    """Catches a customer of another store who is compared with those of the store before."""
    segment = make_segment("Best", [rank(per="customer.store")])
    read = ColumnsRead().of(segment.conditions)
    assert (Customer._meta.db_table, "store_id") in read


def test_a_rank_is_part_of_the_statement_that_finds_members(
    buyers, make_segment, django_assert_num_queries
):
    """However many customers there are: besides, the zones of the websites are looked up."""
    best = make_segment("Best", [rank(value=2)])
    customers = rule_of(best).customers(as_of=now())
    with django_assert_num_queries(2):
        assert list(customers.order_by("pk")) == [buyers["ann"], buyers["bob"]]
    assert matching_customers(best.conditions).count() == 2
