"""Rows of Maho's table: what is stored of them, and what is refused."""

import json

import pytest

from customers.models import CustomerGroup, Website
from segments.maho.document import Document, UnreadableDocument, read_document
from segments.maho.importing import import_segments
from segments.maho.phrases import Negatives
from segments.maho.report import as_json
from segments.models import Segment, SegmentVersion
from segments.tests.maho.rules_in_short import BIG, COUPON, GONE, MAPS, combine, leaf, row

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("number", ["1e99999999999", f"1e{'9' * 60}", f"1e-{'9' * 60}"])
@pytest.mark.parametrize("as_text", [True, False], ids=["serialised", "object"])
def test_a_number_of_any_exponent_is_refused_with_its_place(number, as_text):
    big = leaf("customer_clv", "lifetime_sales", ">=", 0.25)
    columns = {} if as_text else {"conditions_serialized": combine(big)}
    text = json.dumps({"maps": MAPS, "segments": [row(big) | columns]}).replace("0.25", number)
    ((error,),) = [
        one["errors"] for one in as_json(import_segments(read_document(text)))["segments"]
    ]
    assert "conditions[0]" in error["path"]
    assert not Segment.objects.exists()


def imported(*rows, maps=MAPS, **options):
    document = read_document(json.dumps({"maps": maps, "segments": rows}))
    return import_segments(document, **options)


def refused(raw, **options):
    (outcome,) = imported(raw, **options)
    assert not Segment.objects.exists()
    return [(error.path, error.code) for error in outcome.errors]


def test_a_row_is_stored_as_the_first_version_of_a_segment():
    CustomerGroup.objects.create(code="vip", name="VIP")
    (outcome,) = imported(
        row(
            BIG,
            name=" Große Kunden ",
            description="two\nlines",
            is_active="0",
            refresh_mode="manual",
            customer_group_ids="1, 2",
        )
    )

    segment = Segment.objects.get()
    assert (outcome.status, outcome.code) == ("imported", segment.code)
    assert (segment.name, segment.code) == ("Große Kunden", "groe-kunden")
    assert (segment.description, segment.version) == ("two\nlines", 1)
    assert (segment.is_active, segment.refresh_mode) == (False, "manual")
    assert segment.conditions == {
        "match": "all",
        "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": "500"}],
    }
    assert [website.code for website in segment.websites.all()] == ["default"]
    assert sorted(group.code for group in segment.customer_groups.all()) == ["general", "vip"]


@pytest.mark.parametrize(
    ("columns", "active", "mode"),
    [
        ({}, True, "auto"),
        ({"is_active": 0, "refresh_mode": None}, False, "auto"),
        ({"is_active": 1, "refresh_mode": ""}, True, "auto"),
        ({"is_active": False, "refresh_mode": "manual"}, False, "manual"),
        ({"is_active": None}, True, "auto"),
    ],
)
def test_columns_may_be_numbers_or_left_out(columns, active, mode):
    imported({"name": "A", "conditions_serialized": combine(BIG), **columns})

    segment = Segment.objects.get()
    assert (segment.is_active, segment.refresh_mode, segment.description) == (active, mode, "")
    assert not segment.websites.exists() and not segment.customer_groups.exists()


@pytest.mark.parametrize("ids", ["1,3", "1, 3", ["1", "3"], [1, 3]], ids=str)
def test_ids_of_websites_are_a_list_or_a_comma_separated_text(ids):
    Website.objects.create(code="b2b", name="B2B")
    imported(row(BIG, website_ids=ids), maps={"website_id": {"1": "default", "3": "b2b"}})

    assert sorted(site.code for site in Segment.objects.get().websites.all()) == ["b2b", "default"]


def test_the_tree_may_be_text_or_object():
    imported(
        row(BIG), row(conditions_serialized=combine(BIG)), row(conditions_serialized=combine())
    )
    trees = list(Segment.objects.order_by("pk").values_list("conditions", flat=True))
    assert trees[0] == trees[1] != trees[2] == {"match": "all", "conditions": []}


def test_a_name_that_comes_again_gets_a_code_of_its_own():
    outcomes = imported(row(BIG), row(BIG), row(BIG, name="!!!"))
    assert [outcome.code for outcome in outcomes] == ["imported", "imported-2", "segment"]


def test_one_that_is_refused_stops_no_other():
    outcomes = imported(row(BIG, name="A"), row(GONE, name="B"), "no row", row(COUPON, name="C"))

    assert [outcome.status for outcome in outcomes] == ["imported", "refused", "refused", "changed"]
    assert sorted(Segment.objects.values_list("name", flat=True)) == ["A", "C"]


def test_a_dry_run_says_the_same_and_writes_nothing():
    rows = (row(BIG), row(BIG), row(GONE), row(COUPON))
    dry = imported(*rows, dry_run=True)

    assert not Segment.objects.exists() and not SegmentVersion.objects.exists()
    assert as_json(dry) == as_json(imported(*rows))
    assert [outcome.code for outcome in dry] == ["imported", "imported-2", "", "imported-3"]


def test_negatives_are_read_as_they_were_where_that_is_asked_for():
    (outcome,) = imported(row(COUPON), negatives=Negatives.ANY_ROW)

    assert outcome.status == "imported"
    assert Segment.objects.get().conditions["conditions"][0]["aggregate"] == "exists"


@pytest.mark.parametrize(
    ("columns", "path", "code"),
    [
        ({"name": None}, "name", "blank"),
        ({"name": ""}, "name", "blank"),
        ({"name": 5}, "name", "not_a_text"),
        ({"name": "x" * 300}, "name", "max_length"),
        ({"name": "a\0b"}, "name", "invalid_text"),
        ({"description": "\ud800"}, "description", "invalid_text"),
        ({"is_active": "2"}, "is_active", "not_a_boolean"),
        ({"is_active": "yes"}, "is_active", "not_a_boolean"),
        ({"refresh_mode": "hourly"}, "refresh_mode", "unknown_choice"),
        ({"refresh_mode": ["auto"]}, "refresh_mode", "unknown_choice"),
        ({"website_ids": "1,4"}, "website_ids", "unknown_id"),
        ({"website_ids": ["1", ""]}, "website_ids", "unknown_id"),
        ({"website_ids": {"1": "1"}}, "website_ids", "unknown_id"),
        ({"customer_group_ids": "99"}, "customer_group_ids", "unknown_id"),
        ({"customer_group_ids": "0"}, "customer_group_ids", "unknown_choice"),
        ({"conditions_serialized": None}, "conditions_serialized", "missing_value"),
        ({"conditions_serialized": ""}, "conditions_serialized", "missing_value"),
        ({"conditions_serialized": "{"}, "conditions_serialized", "not_json"),
        ({"conditions_serialized": '{"a": 1, "a": 2}'}, "conditions_serialized", "not_json"),
        ({"conditions_serialized": "[" * 100_000}, "conditions_serialized", "not_json"),
        (
            {"conditions_serialized": 'a:1:{s:4:"type";N;}'},
            "conditions_serialized",
            "php_serialized",
        ),
        (
            {"conditions_serialized": 'O:8:"stdClass":0:{}'},
            "conditions_serialized",
            "php_serialized",
        ),
        ({"conditions_serialized": "N;"}, "conditions_serialized", "php_serialized"),
        ({"conditions_serialized": "[]"}, "", "not_a_node"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_the_column(columns, path, code):
    assert refused(row(BIG, **columns)) == [(path, code)]


def test_a_missing_column_of_conditions_is_refused():
    assert refused({"name": "A"}) == [("conditions_serialized", "missing_value")]


@pytest.mark.parametrize(
    ("condition", "path", "code"),
    [
        (leaf("customer_clv", "lifetime_sales", ">=", "12,5"), "value", "not_a_number"),
        (leaf("customer_clv", "lifetime_sales", ">=", ""), "value", "empty_value"),
        (leaf("customer_clv", "lifetime_sales", ">=", True), "value", "not_a_number"),
        (leaf("customer_clv", "lifetime_sales", ">=", "1.23456"), "value", "not_a_number"),
        (leaf("order_attributes", "average_order_amount", ">", "x"), "value", "not_a_number"),
        (leaf("order_attributes", "total_ordered_amount", "<", "x"), "value", "not_a_number"),
        (leaf("customer_attributes", "dob", "==", "2026-02-30"), "value", "not_a_date"),
        (leaf("customer_attributes", "email", "==", "a\0"), "value", "invalid_text"),
        (leaf("customer_attributes", "store_id", "==", "2"), "value", "unknown_choice"),
        (GONE, "value", "unknown_choice"),
        (leaf("customer_attributes", "email", "()", ["x"] * 1001), "value", "too_many_values"),
    ],
)
@pytest.mark.parametrize("negatives", Negatives)
def test_what_the_parser_refuses_is_reported_at_its_place_in_maho_s_tree(
    condition, path, code, negatives
):
    found = refused(row(BIG, combine(BIG, condition, aggregator="any")), negatives=negatives)
    assert found == [(f"conditions[1].conditions[1].{path}", code)]


def test_what_is_no_valid_unicode_is_spelled_out_wherever_it_stands():
    half = "\ud800"
    tree = combine(
        leaf("customer_attributes", half),
        leaf("customer_attributes", "email", half),
        leaf("customer_attributes", "group_id", "==", half),
        leaf("customer_attributes", "email", "==", half),
        leaf(half, "email"),
    )
    (outcome,) = imported(row(conditions_serialized=tree, refresh_mode=half, name=half))

    assert len(outcome.errors) == 7
    assert [error.message.encode() for error in outcome.errors if half in error.message] == []
    with pytest.raises(UnreadableDocument) as caught:
        read_document('{"segments": [], "maps": {"\\ud800": {"\\ud800": 1}}}')
    assert "\\ud800" in str(caught.value)


def test_a_value_nested_as_deep_as_can_be_read_is_refused_like_any_other():
    nested, rows = [], [row(BIG)]
    for depth in range(1_200):
        nested = [nested]
        if depth % 20 == 0:
            rows.append(row(conditions_serialized=combine(leaf("customer_clv", nested))))
    outcomes = import_segments(Document(rows, MAPS))

    assert outcomes[0].status == "imported"
    assert {outcome.status for outcome in outcomes[1:]} == {"refused"}


def test_all_problems_of_a_row_are_reported_in_its_order():
    tree = combine(
        GONE,
        combine(COUPON, leaf("x", "y"), leaf("customer_clv", "lifetime_sales", "<", "much")),
        leaf("customer_attributes", "group_id", "==", "44"),
    )
    assert refused(row(name="", website_ids="5", conditions_serialized=tree)) == [
        ("website_ids", "unknown_id"),
        ("name", "blank"),
        ("conditions[0].value", "unknown_choice"),
        ("conditions[1].conditions[1].type", "unknown_type"),
        ("conditions[1].conditions[2].value", "not_a_number"),
        ("conditions[2].value", "unknown_id"),
    ]


def test_a_tree_that_is_too_deep_is_refused_where_it_is():
    tree = BIG
    for _level in range(10):
        tree = combine(tree)
    ((path, code),) = refused(row(conditions_serialized=tree))
    assert (path, code) == (".".join(["conditions[0]"] * 10), "too_deep")

    for _level in range(200):
        tree = combine(tree)
    assert [code for _path, code in refused(row(conditions_serialized=tree))] == ["too_deep"]


def test_a_tree_of_too_many_nodes_is_refused_at_the_first_beyond():
    assert refused(row(*[BIG] * 200)) == [("conditions[199]", "too_many_nodes")]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff", "JSON"),
        (b"", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "segments"),
        (b'{"segments": {}}', "segments"),
        (b'{"segments": [], "segments": []}', "segments"),
        (b'{"segments": [NaN]}', "NaN"),
        (b'{"segments": [], "maps": [1]}', "maps"),
        (b'{"segments": [], "maps": {"store_id": "x"}}', "maps.store_id"),
        (b'{"segments": [], "maps": {"store_id": {"1": 2}}}', "maps.store_id.1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(content, place):
    with pytest.raises(UnreadableDocument, match=place):
        read_document(content)


def test_what_php_writes_for_empty_maps_is_no_fault():
    assert read_document(b'{"segments": [], "maps": []}').maps == {}
    assert read_document(b'{"segments": [], "maps": {"rule_id": []}}').maps == {"rule_id": {}}


def test_a_byte_order_mark_is_no_fault():
    assert read_document(b"\xef\xbb\xbf" + b'{"segments": []}').rows == []
