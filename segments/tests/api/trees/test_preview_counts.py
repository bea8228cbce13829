"""POST segments/preview/ with counts: what each node counts alone and as the end of the tree."""

import pytest
from django.db import connection

from conditions.matching import matching_customers
from segments.insight.previews import from_database
from segments.tests.api.bodies import AT_SHOP, FEMALE, MALE, PREVIEWING, tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with(*PREVIEWING)


def counted(found):
    return {one["path"]: (one["alone"], one["remaining"]) for one in found["counts"]}


def test_each_node_is_counted_alone_and_as_the_end_of_the_tree(ask, people):
    found = ask(tree(AT_SHOP, tree(MALE, FEMALE, match="any")), counts=True)

    assert counted(found) == {
        "": (2, 2),
        "conditions[0]": (3, 3),
        "conditions[1]": (3, 2),
        "conditions[1].conditions[0]": (2, 1),
        "conditions[1].conditions[1]": (1, 2),
    }
    assert [one["path"] for one in found["counts"]] == list(counted(found))


@pytest.mark.parametrize(
    ("match", "remaining"),
    [("all", [2, 1]), ("any", [2, 4]), ("none", [2, 0]), ("not_all", [2, 3])],
)
def test_every_match_is_counted(ask, people, match, remaining):
    found = counted(ask(tree(MALE, AT_SHOP, match=match), counts=True))

    assert [found[f"conditions[{index}]"][1] for index in (0, 1)] == remaining
    assert found[""] == (remaining[1], remaining[1])


def test_below_a_relation_group_customers_with_such_rows_are_counted(ask, people, make_order):
    ann, bea, cleo, _dan = people
    make_order(ann, grand_total=50, coupon_code="X")
    make_order(ann, grand_total=500)
    make_order(bea, grand_total=500, coupon_code="X")
    make_order(cleo, grand_total=5)
    big = {"attribute": "order.grand_total", "operator": "gte", "value": 100}
    no_coupon = {"attribute": "order.coupon_code", "operator": "is_empty"}

    found = ask(
        tree(AT_SHOP, {"relation": "orders", "match": "all", "conditions": [big, no_coupon]}),
        counts=True,
    )

    assert counted(found) == {
        "": (1, 1),
        "conditions[0]": (3, 3),
        "conditions[1]": (1, 1),
        "conditions[1].conditions[0]": (2, 2),
        "conditions[1].conditions[1]": (2, 1),
    }


def test_nested_rows_are_counted_by_their_customers(ask, people, make_order):
    make_order(people[0], grand_total=50)
    lines = {"relation": "order_items", "aggregate": "not_exists"}
    found = ask(
        tree({"relation": "sales", "aggregate": "count", "operator": "gte", "value": 1,
              "match": "any", "conditions": [tree(lines)]}),
        counts=True,
    )  # fmt: skip

    assert counted(found)["conditions[0].conditions[0].conditions[0]"] == (1, 1)


def test_what_remains_after_each_node_is_the_count_of_the_tree_that_ends_there(ask, people):
    conditions = [AT_SHOP, tree(MALE, tree(FEMALE, MALE, match="none"), match="not_all"), FEMALE]
    found = counted(ask(tree(*conditions), counts=True))

    for length in (1, 2, 3):
        cut = tree(*conditions[:length])
        assert found[f"conditions[{length - 1}]"] == (
            matching_customers(tree(conditions[length - 1])).count(),
            matching_customers(cut).count(),
        )


@pytest.mark.parametrize(("match", "count"), [("all", 4), ("none", 4), ("any", 0), ("not_all", 0)])
def test_an_empty_tree_is_counted_too(ask, people, match, count):
    found = ask(tree(match=match), counts=True)

    assert counted(found) == {"": (count, count)}
    assert found["count"] == count


def test_the_largest_tree_is_counted(ask, people, settings):
    settings.PREVIEW_TIMEOUT_SECONDS = 60
    deep = AT_SHOP
    for _ in range(8):
        deep = tree(deep)
    found = ask(tree(deep, *[MALE, FEMALE] * 95), counts=True)

    assert len(found["counts"]) == 200
    assert counted(found)["conditions[1]"] == (2, 1)


def test_past_the_time_limit_there_is_no_count(ask, people, settings):
    settings.PREVIEW_TIMEOUT_SECONDS = 0

    found = ask(tree(AT_SHOP), counts=True)

    assert (found["count"], found["exact"], found["customers"]) == (None, False, [])
    assert isinstance(found["estimate"], int) == (connection.vendor == "postgresql")
    assert counted(found) == {"": (None, None), "conditions[0]": (None, None)}


def test_the_count_does_not_wait_for_those_of_the_nodes(ask, people, settings, monkeypatch):
    settings.PREVIEW_TIMEOUT_SECONDS = 3

    def endless(*_):
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 7 FROM n) "
                "SELECT count(*) FROM n"
            )

    monkeypatch.setattr(from_database, "node_counts", endless)

    found = ask(tree(AT_SHOP), counts=True)

    assert (found["count"], found["exact"], len(found["customers"])) == (3, True, 3)
    assert counted(found)[""] == (None, None)
