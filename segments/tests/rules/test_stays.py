"""When customers were in segments: from the log alone, and who follows when it changes."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils.translation import override

from conditions.errors import InvalidTree
from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading import read_sentence
from conditions.reading.exact import exact
from conditions.reading.vocabulary.minute_cache import forget
from customers.models import Customer, CustomerTag, DirtyCustomer, Website
from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.engine.maintenance import purge
from segments.engine.members.change_log import purge_changes
from segments.insight.explanations.explanation import explain_membership
from segments.models import ChangeReason, MembershipChange, OwedRefresh, Segment
from segments.refresh import refresh_segment
from segments.rules.evaluation.rule import rule_of
from segments.rules.in_conditions.stays import (
    ATTRIBUTES,
    segments_followed_by,
    segments_named_in_stays,
)
from segments.rules.protected import segments_in

CATALOGUE = Path(settings.BASE_DIR).parent / "shared" / "contract" / "catalogue_more.csv"

pytestmark = pytest.mark.django_db

OF_TAG = {"attribute": "customer.tags", "operator": "has", "value": "vip"}


def stays(*conditions, segment="vip", **group):
    named = {"attribute": "stay.segment", "operator": "is", "value": segment}
    chosen = [named, *conditions] if segment else list(conditions)
    return {"relation": "stays", "match": "all", "conditions": chosen, **group}


def condition(attribute, operator, value=None):
    node = {"attribute": f"stay.{attribute}", "operator": operator}
    return node if value is None else {**node, "value": value}


STILL_IN = condition("left_at", "is_empty")
LAST_IN_VIP = {"rows": 1, "match": "all", "conditions": stays()["conditions"]}


def found(*nodes, at=None):
    """Return who fits, as query, complement and evaluator agree."""
    tree = {"match": "all", "conditions": list(nodes)}
    customers = set(matching_customers(tree, as_of=at).values_list("external_id", flat=True))
    others = matching_customers({"match": "none", "conditions": [tree]}, as_of=at)
    everybody = set(Customer.objects.values_list("external_id", flat=True))
    assert set(others.values_list("external_id", flat=True)) == everybody - customers
    assert customers == {
        one.external_id for one in Customer.objects.all() if explain(tree, one, as_of=at).holds
    }
    return customers


@pytest.fixture
def vip(make_segment, make_customer, clock):
    """A segment by a tag that a, b and c had for ten days; only a has it still."""
    segment = make_segment("VIP", [OF_TAG], code="vip")
    for number in "abcd":
        make_customer(number)
    for number in "abc":
        CustomerTag.objects.create(customer=Customer.objects.get(external_id=number), tag="vip")
    process_changes()
    refresh_segment(segment)
    clock.advance(days=10)
    CustomerTag.objects.exclude(customer__external_id="a").delete()
    process_changes()
    clock.advance(days=5)
    return segment


def tag(number):
    CustomerTag.objects.create(customer=Customer.objects.get(external_id=number), tag="vip")


@pytest.mark.once
@pytest.mark.skipif(not CATALOGUE.exists(), reason=f"{CATALOGUE} is not there")
def test_the_catalogue_names_every_attribute():
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"].startswith("stay.")]
    named = [(row["code"], row["label"], row["type"], row["level"]) for row in rows]
    ours = [(one.code, str(one.label), one.type.name, one.relation) for one in ATTRIBUTES]
    assert ours == named


@pytest.mark.both
def test_a_purged_entry_leaves_what_the_membership_knows(vip, clock, make_customer):
    assert found(stays()) == {"a", "b", "c"}
    assert found(stays(condition("days", "is", 10))) == {"b", "c"}
    assert found(stays(condition("days", "is", 15))) == {"a"}

    purge_changes(before=clock() - timedelta(days=10))

    assert found(stays(STILL_IN, condition("days", "is", 15))) == {"a"}
    assert found(stays(condition("entered_at", "is_empty"))) == {"b", "c"}
    assert found(stays(condition("days", "is_empty"))) == {"b", "c"}

    purge_changes(before=clock() + timedelta(days=1))

    assert found(stays()) == {"a"}
    tag("b")
    process_changes()
    assert found(stays(STILL_IN, condition("days", "is", 0))) == {"b"}


@pytest.mark.both
def test_days_are_those_of_the_zone_and_add_up(make_segment, make_customer):
    """Aggregates, ranges of days and single days: 23:30 UTC is the next day in Berlin."""
    segments = [make_segment(name, code=name.lower()) for name in ("VIP", "Trial")]
    customers = [make_customer("a"), make_customer("b")]
    Website.objects.update(timezone="Europe/Berlin")
    at = datetime(2026, 4, 10, 12, tzinfo=UTC)
    rows = [
        (0, 0, "entered", "2026-03-01T22:30Z"),
        (0, 0, "left", "2026-03-01T23:30Z"),
        (0, 1, "entered", "2026-03-28T12:00Z"),
        (0, 1, "left", "2026-03-29T12:00Z"),
        (0, 0, "entered", "2026-04-01T12:00Z"),
        (1, 1, "entered", "2026-04-09T12:00Z"),
    ]
    for segment, customer, kind, when in rows:
        MembershipChange.objects.create(
            segment=segments[segment],
            customer_id=customers[customer].pk,
            kind=kind,
            reason=ChangeReason.REFRESH,
            at=datetime.fromisoformat(when),
        )
    assert found(stays(condition("days", "is", 1)), at=at) == {"a", "b"}
    assert found(stays(condition("days", "between", [2, 9])), at=at) == {"a"}
    longest = {"aggregate": "max", "of": "stay.days", "operator": "gte", "value": 9}
    assert found(stays(**longest), at=at) == {"a"}
    total = {"aggregate": "sum", "of": "stay.days", "operator": "is", "value": 2}
    assert found(stays(segment=None, **total), at=at) == {"b"}
    assert found(stays(segment=None, aggregate="count", operator="is", value=2), at=at) == {
        "a",
        "b",
    }
    kinds = {"aggregate": "count_distinct", "of": "stay.segment", "operator": "is", "value": 2}
    assert found(stays(segment=None, **kinds), at=at) == {"b"}
    assert found(condition("segment", "is_not", "trial"), at=at) == {"a"}


@pytest.mark.both
def test_an_entry_of_a_named_segment_turns_who_asks_for_it(
    vip, make_segment, clock, member_numbers
):
    asking = make_segment("Lately", [stays(condition("left_at", "in_last_days", 30))])
    other = make_segment("Other", [stays(segment="lately")])
    for segment in (asking, other):
        refresh_segment(segment)
    assert member_numbers(asking) == ["b", "c"]
    CustomerTag.objects.all().delete()

    process_changes()

    assert member_numbers(asking) == ["a", "b", "c"] == member_numbers(other)
    change = MembershipChange.objects.filter(segment=other).latest("sequence")
    assert (change.kind, change.reason) == ("entered", "event")
    assert not DirtyCustomer.objects.exists()

    # By a refresh as a whole, too.
    tag("d")
    DirtyCustomer.objects.all().delete()
    refresh_segment(vip)
    marked = DirtyCustomer.objects.values_list("customer_id", "source_table", "is_rolled_up")
    assert list(marked) == [
        (Customer.objects.get(external_id="d").pk, "segments_stay", True),
    ]


def test_days_grow_by_themselves(vip, make_segment, clock, member_numbers):
    Website.objects.update(timezone="Europe/Berlin")
    process_changes()
    asking = make_segment("Long", [stays(STILL_IN, condition("days", "gte", 16))])
    refresh_segment(asking)
    sweep()
    for hours, expected in ((9, []), (2, ["a"])):
        clock.advance(hours=hours)
        sweep()
        process_changes()
        assert member_numbers(asking) == expected
    assert MembershipChange.objects.latest("sequence").reason == "time"


def test_entries_count_where_a_tree_names_their_segment(vip, make_segment):
    assert segments_named_in_stays([vip.pk]) == set()
    every = make_segment("Every", [stays(segment=None, last=LAST_IN_VIP, aggregate="every")])
    within = make_segment("In", [{"attribute": "segment", "operator": "is", "value": every.code}])
    assert segments_named_in_stays([vip.pk, every.pk, within.pk]) == {vip.pk}
    assert list(segments_followed_by(within)) == [vip]
    set_active([every], False)
    assert segments_named_in_stays([vip.pk]) == set()
    assert not segments_followed_by(vip).exists()


@pytest.mark.parametrize(
    "node",
    [
        stays(segment=None),
        stays(aggregate="every"),
        condition("days", "gte", 3),
        # Which stay is the last depends on stays in other segments.
        stays(last=1),
    ],
)
def test_a_tree_that_asks_for_its_own_stays_does_not_say_that_it_is_current(
    vip, make_segment, node
):
    own = make_segment("Own", [node], code="own")
    within = make_segment("In", [{"attribute": "segment", "operator": "is", "value": "own"}])
    named = make_segment("Named", [stays()])
    last = make_segment("Last", [stays(segment=None, last=LAST_IN_VIP, aggregate="every")])
    for segment in (own, within, named, last):
        refresh_segment(segment)
        segment.refresh_from_db()
    assert [one.is_stale for one in (own, within, named, last)] == [True, True, False, False]


def test_what_the_log_loses_is_owed_a_refresh(vip, make_segment, clock, settings):
    asking = make_segment("Ever", [stays()], handling={"refresh_mode": "manual"})
    within = make_segment("In", [{"attribute": "segment", "operator": "is", "value": asking.code}])
    refresh_segment(asking)
    settings.KEEP_CHANGES_DAYS = 1

    purge()

    assert set(OwedRefresh.objects.values_list("segment", flat=True)) == {asking.pk, within.pk}


def test_a_name_is_a_reference(vip, make_segment):
    asking = make_segment("Ever", [stays()], code="ever")
    for own, value, code in (
        ("vip", "vip", "circular_segment"),
        ("vip", "ever", "circular_segment"),
        (None, "nope", "unknown_segment"),
    ):
        with pytest.raises(InvalidTree) as refused:
            parse_tree({"match": "all", "conditions": [stays(segment=value)]}, segment=own)
        assert [(one.path, one.code) for one in refused.value.problems] == [
            ("conditions[0].conditions[0].value", code)
        ]
    with pytest.raises(SegmentInUse):
        delete_segments([vip])
    assert list(segments_in(asking.conditions, "")) == [
        (".conditions[0].conditions[0].value", "vip")
    ]
    latest = {"aggregate": "latest", "of": "stay.segment", "operator": "is", "value": "vip"}
    of_latest = make_segment("Latest", [stays(segment=None, **latest)])
    assert list(segments_in(of_latest.conditions, "")) == [(".conditions[0].value", "vip")]
    assert found(stays(segment=None, **latest)) == {"a", "b", "c"}
    delete_segments([asking, of_latest, vip])
    assert not Segment.objects.exists()


def test_rows_are_shown_to_who_may_see_members(vip, make_segment):
    rule = rule_of(make_segment("Asking", [stays(STILL_IN)]))
    customer = Customer.objects.get(external_id="a")
    shown = [
        explain_membership(rule, customer, can_see=lambda asked, may=may: may in asked.permissions)
        .tree["conditions"][0]
        .get("actual")
        for may in ("segments.view_members", "nothing")
    ]
    assert shown[0]["count"] == 1 and shown[0]["rows"][0].startswith("VIP: 2026-04-10T12:00")
    assert shown[1] is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans otherwise")
def test_a_batch_reads_the_log_by_the_index_of_customers(vip):
    MembershipChange.objects.bulk_create(
        MembershipChange(segment=vip, customer_id=pk, kind="entered", reason="refresh", at=at)
        for at in [datetime(2026, 1, 1, tzinfo=UTC)]
        for pk in range(10_000, 40_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE segments_membershipchange")
    tree = {"match": "all", "conditions": [stays(STILL_IN)]}
    only = Customer.objects.filter(pk__lt=5)
    plan = matching_customers(tree).filter(pk__in=only).explain()
    assert (
        "change_customer_idx" in plan and "Seq Scan on segments_membershipchange_first" not in plan
    )


@pytest.mark.once
def test_sentences_are_read_back_in_each_language(vip):
    """What a stay is asked, on a day in words of its own."""
    on_day = stays(
        condition("entered_at", "on_or_before", "2026-05-01"),
        {"match": "any", "conditions": [STILL_IN, condition("left_at", "after", "2026-05-01")]},
    )
    expected = {
        "en": [
            "Customers who were in the segment “VIP” on May 1, 2026.",
            "Customers who have a stay in the segment “VIP”, that is not over, of at least 30"
            " days.",
            "Customers who have a stay in the segment “VIP”, left in the last 7 days.",
            "Customers who have at least 2 stays in the segment “VIP”.",
            "Customers who were never in the segment “VIP”.",
        ],
        "de": [
            "Kunden, die am 1. Mai 2026 im Segment „VIP“ waren.",
        ],
        "fr": [
            "Clients qui étaient dans le segment «\u00a0VIP\u00a0» le 1er mai 2026.",
        ],
    }
    asked = [
        on_day,
        stays(STILL_IN, condition("days", "gte", 30)),
        stays(condition("left_at", "in_last_days", 7)),
        stays(aggregate="count", operator="gte", value=2),
        condition("segment", "is_not", "vip"),
        {**on_day, "aggregate": "not_exists"},
        stays(condition("entered_at", "on_or_before", "2026-05-01"), aggregate="every"),
    ]
    for language in ("en", "de", "fr"):
        with override(language):
            sentences = []
            for node in asked:
                tree = normal(parse_tree({"match": "all", "conditions": [node]}).json)
                sentences.append(parse_tree(tree).sentence())
                assert exact(sentences[-1]) == tree, sentences[-1]
            for number, words in enumerate(expected[language]):
                assert sentences[number] == words


ON_DAY = stays(
    condition("entered_at", "on_or_before", "2026-05-01"),
    {"match": "any", "conditions": [STILL_IN, condition("left_at", "after", "2026-05-01")]},
    aggregate="exists",
)
FOR_30_DAYS = stays(STILL_IN, condition("days", "gte", 30), aggregate="exists")
LATELY = [
    stays(condition("left_at", "in_last_days", 7), aggregate="exists"),
    stays(condition("left_at", "in_period", "last_week"), aggregate="exists"),
]


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "nodes"),
    [
        ("en", "were in VIP on 1 May 2026", [ON_DAY]),
        ("de", "waren am 1. Mai 2026 in VIP", [ON_DAY]),
        ("fr", "étaient dans VIP le 1er mai 2026", [ON_DAY]),
        ("en", "in VIP for at least 30 days", [FOR_30_DAYS]),
        ("de", "seit mindestens 30 Tagen in VIP", [FOR_30_DAYS]),
        ("fr", "dans VIP depuis au moins 30 jours", [FOR_30_DAYS]),
        ("en", "left VIP in the last week", LATELY),
        ("en", "dropped out of VIP in the last week", LATELY),
        ("de", "sind in der letzten Woche aus VIP herausgefallen", LATELY),
        ("de", "haben VIP in der letzten Woche verlassen", LATELY),
        ("fr", "ont quitté VIP cette dernière semaine", LATELY),
        ("en", "were never in VIP", [stays(aggregate="not_exists")]),
        ("de", "waren nie in VIP", [stays(aggregate="not_exists")]),
        ("fr", "n'ont jamais été dans VIP", [stays(aggregate="not_exists")]),
        ("en", "not in VIP for at least 30 days", [{**FOR_30_DAYS, "aggregate": "not_exists"}]),
        (
            "fr",
            "sont entrés dans VIP ce mois-ci",
            [stays(condition("entered_at", "in_period", "this_month"), aggregate="exists")],
        ),
    ],
)
def test_stays_are_read_in_each_language(vip, language, text, nodes):
    read = read_sentence(text, language=language)
    found = [one.conditions["conditions"] for one in read.readings]
    assert all([node] in found for node in nodes)
    assert (len(found), read.unread) == (len(nodes), [])


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "no longer VIP"), ("de", "nicht mehr in VIP"), ("fr", "ne sont plus dans VIP")],
)
def test_who_no_longer_is_a_member_was_one(vip, language, text):
    """Catches customers who were never in the segment, and "VIP" taken for the tag alone."""
    forget()
    (read,) = read_sentence(text, language=language).readings
    assert read.conditions["conditions"] == [
        stays(condition("left_at", "is_not_empty"), aggregate="exists"),
        {"attribute": "segment", "operator": "is_not", "value": "vip"},
    ]


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no longer in VIP on 1 May 2026"),
        ("de", "sind letzten Monat nicht mehr in VIP"),
        ("fr", "ne sont plus dans VIP le mois dernier"),
    ],
)
def test_time_of_a_state_that_ended_is_not_dropped(vip, language, text):
    """Catches customers who left at any time."""
    read = read_sentence(text, language=language)
    assert (read.readings, bool(read.unread)) == ([], True)


def absent_since(operator, value):
    """Return the conditions that somebody was in VIP, but at no time in these days."""
    still_in = {"match": "any", "conditions": [STILL_IN, condition("left_at", operator, value)]}
    return [stays(aggregate="exists"), stays(still_in, aggregate="not_exists")]


SINCE_MAY = [
    [
        stays(condition("left_at", "on_or_after", "2026-05-01"), aggregate="exists"),
        {"attribute": "segment", "operator": "is_not", "value": "vip"},
    ],
    absent_since("on_or_after", "2026-05-01"),
]


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "nodes"),
    [
        ("en", "no longer in VIP since 1 May 2026", SINCE_MAY),
        ("de", "seit 1. Mai 2026 nicht mehr in VIP", SINCE_MAY),
        ("fr", "ne sont plus dans VIP depuis le 1er mai 2026", SINCE_MAY),
        ("de", "sind nicht mehr in VIP seit 30 Tagen", [absent_since("in_last_days", 30)]),
        ("en", "not in VIP since 1 May 2026", [absent_since("on_or_after", "2026-05-01")[1:]]),
    ],
)
def test_time_since_customers_are_no_members_is_read(vip, language, text, nodes):
    """Catches a time that is left out: they left since then, or before and did not come back."""
    forget()
    read = read_sentence(text, language=language)
    assert [one.conditions["conditions"] for one in read.readings] == nodes
    assert not read.unread


@pytest.mark.once
def test_a_denial_of_several_segments_is_not_divided(vip, make_segment):
    """Catches "never in VIP or Summer guests" that asks for members of the second one."""
    make_segment("Summer guests", code="guests")
    (read,) = read_sentence("never in VIP or Summer guests", language="en").readings
    assert read.conditions["conditions"] == [
        {"attribute": "segment", "operator": "is_not_one_of", "value": ["vip", "guests"]}
    ]


IN_VIP = {"match": "all", "conditions": [condition("segment", "is", "vip")]}
CAME_BACK = {
    "steps": [
        {"relation": "stays", "at": "stay.left_at", **IN_VIP},
        {"relation": "stays", **IN_VIP},
    ]
}
TWICE = [stays(aggregate="count", operator=operator, value=2) for operator in ("is", "gte")]
MOST_ORDERS = {
    "attribute": "lifetime.number_of_orders",
    "operator": "in_top",
    "value": 20,
    "among": {"segment": "vip"},
}


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "nodes"),
    [
        ("en", "left VIP and came back", [CAME_BACK]),
        ("de", "haben das Segment VIP verlassen und sind zurückgekommen", [CAME_BACK]),
        ("fr", "ont quitté le segment VIP puis sont revenus", [CAME_BACK]),
        ("en", "entered VIP twice", TWICE),
        ("de", "sind zweimal in das Segment VIP gekommen", TWICE),
        ("fr", "sont entrés deux fois dans le segment VIP", TWICE),
        ("en", "the 20 customers of segment VIP with the most orders", [MOST_ORDERS]),
        ("de", "die 20 Kunden des Segments VIP mit den meisten Bestellungen", [MOST_ORDERS]),
        ("fr", "les 20 clients du segment VIP avec le plus de commandes", [MOST_ORDERS]),
    ],
)
def test_returns_counts_and_ranks_name_a_segment(vip, language, text, nodes):
    """Catches "came back" that is taken for a bounced mail, and a number that is left out."""
    read = read_sentence(text, language=language)
    assert [one.conditions["conditions"] for one in read.readings] == [[one] for one in nodes]
    assert not read.unread


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("20 customers of segment VIP", ["20"]),
        ("left the shop in May", ["left", "shop in May"]),
        ("in VIP since 1 May 2026", ["since 1 May 2026"]),
        ("left VIP for 30 days", ["left VIP for 30 days"]),
    ],
)
def test_what_no_stay_says_is_left_unread(vip, text, unread):
    read = read_sentence(text, language="en")
    assert [one.text for one in read.unread] == unread
    assert not any("stays" in str(one.conditions) for one in read.readings)


@pytest.mark.once
def test_the_time_of_something_else_is_not_that_of_a_stay(vip):
    read = read_sentence("bought in the last 7 days in VIP", language="en")
    (found,) = read.readings
    assert {"attribute": "segment", "operator": "is", "value": "vip"} in found.conditions[
        "conditions"
    ]


@pytest.mark.once
@pytest.mark.parametrize("may_see", [False, True])
def test_values_are_for_who_may_see_members(vip, client_with, may_see):
    more = ["segments.view_members"] if may_see else []
    client = client_with("conditions.preview", *more)
    reply = client.get("/api/v1/conditions/values/", {"attribute": "stay.segment"})
    assert reply.json() == ([{"value": "vip", "label": "VIP"}] if may_see else [])


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "were in VIP in May 2026"),
        ("de", "waren im Mai 2026 in VIP"),
        ("fr", "étaient dans VIP en mai 2026"),
    ],
)
def test_month_of_a_stay_is_some_of_its_days_or_all(vip, language, text):
    """Catches a month that is dropped, and one of its two meanings taken without a word."""
    read = read_sentence(text, language=language)
    assert not read.unread
    groups = [one.conditions["conditions"][0] for one in read.readings]
    times = [
        {(one["attribute"], one["operator"]): one.get("value") for one in _leaves(group)}
        for group in groups
    ]
    entered, left = ("stay.entered_at", "on_or_before"), "stay.left_at"
    assert [one[entered] for one in times] == ["2026-05-31", "2026-05-01"]
    assert times[0][left, "on_or_after"] == "2026-05-01"
    assert times[1][left, "after"] == "2026-05-31"


def _leaves(node):
    """Return the conditions on attributes within `node`."""
    if "attribute" in node:
        return [node]
    return [leaf for one in node["conditions"] for leaf in _leaves(one)]
