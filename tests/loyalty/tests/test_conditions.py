"""What the app registers is there everywhere, with no other change."""

import random
import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.core.management import call_command
from hypothesis import given

from conditions import registry
from conditions.errors import InvalidTree
from conditions.evaluator.facts import FactStore
from conditions.explain import explain
from conditions.language import types
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.reading import read_sentence
from conditions.tests.agreement.test_agreement import SETTINGS, by_evaluator, by_query
from conditions.tests.examples.awkward_values import AMOUNTS, INSTANTS, TEXTS
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import AS_OF, trees
from conditions.tests.language.test_truth_table import BY_NAME, answers, expected, store_customers
from conditions.upkeep.checks import check_columns, check_declared
from core.registries import check_permissions
from customers.changes import declared
from customers.changes.checks import check_marked
from customers.merging import merge_guest
from customers.models import Customer
from segments.editing.saving import create_segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling
from tests.loyalty.models import LoyaltyAccount, PointsEntry
from tests.loyalty.tests.rows import NOW, entry, is_, tree

OWN = {"loyalty", "points_entry"}


EXAMPLE = settings.BASE_DIR / "tests" / "loyalty"


def matches(root):
    found = matching_customers(root, as_of=NOW).order_by("external_id")
    return list(found.values_list("external_id", flat=True))


def test_the_page_about_adding_conditions_shows_this_apps_code():
    page = (settings.BASE_DIR / "docs" / "adding-conditions.md").read_text(encoding="utf-8")
    models, conditions, app = (
        (EXAMPLE / f"{name}.py").read_text(encoding="utf-8")
        for name in ("models", "conditions", "apps")
    )
    shown = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert shown[1] in conditions
    assert next(block for block in shown if "declare(" in block) in app
    assert next(block for block in shown if block.startswith("NAMES")) in conditions
    lines = [line for line in shown[0].splitlines() if line.strip()]
    assert [line for line in lines if line not in models.splitlines()] == []


@pytest.mark.django_db
def test_the_registry_has_the_family_behind_those_of_tranche():
    codes = [attribute.code for attribute in registry.families()[-2].attributes]
    assert codes[0] == "loyalty.points"
    assert set(codes) <= {attribute.code for attribute in registry.attributes()}
    assert registry.relation("points_entries").model is PointsEntry


@pytest.mark.django_db
def test_the_migrations_are_complete():
    call_command("makemigrations", "loyalty", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(
    ("node", "path", "code"),
    [
        (is_("loyalty.points", "many"), "value", "not_a_number"),
        (is_("loyalty.points", "1", "contains"), "operator", "wrong_operator"),
        (is_("loyalty.tier", "platinum"), "value", "unknown_choice"),
        (is_("loyalty.rank", 1), "attribute", "unknown_attribute"),
        (
            {"relation": "orders", "conditions": [is_("points_entry.points", 1)]},
            "conditions[0].attribute",
            "wrong_relation",
        ),
        (
            {"relation": "points_entries", "aggregate": "sum", "operator": "is", "value": 1},
            "of",
            "missing_key",
        ),
    ],
)
@pytest.mark.django_db
def test_the_validator_refuses_what_is_wrong(node, path, code):
    with pytest.raises(InvalidTree) as refused:
        parse_tree(tree(node))
    assert [(each.path, each.code) for each in refused.value.problems] == [
        (f"conditions[0].{path}", code)
    ]


@pytest.mark.parametrize(
    ("name", "code", "give"),
    [
        (
            "Whole number",
            "loyalty.points",
            lambda c, value: LoyaltyAccount.objects.create(customer=c, points=value),
        ),
        (
            "Number",
            "points_entry.points",
            lambda c, value: None if value is None else entry(c, points=value),
        ),
        ("Text", "points_entry.reason", lambda c, value: entry(c, reason=value or "")),
        (
            "Date and time",
            "points_entry.at",
            lambda c, value: None if value is None else entry(c, at=value),
        ),
    ],
)
@pytest.mark.django_db
def test_its_attributes_mean_what_the_truth_tables_say(name, code, give):
    table = BY_NAME[name]
    store_customers(table, give)
    wrong = [
        (operator.name, raw, found)
        for operator, raw, found in answers(table, code)
        if found != expected(table, operator, raw)
    ]
    assert not wrong


def test_a_customer_without_an_account_has_no_points_and_no_tier(shop):
    shop("none")
    shop("gold", points=7, tier="gold")
    shop("silver", points=0, tier="silver")
    assert matches(tree(is_("loyalty.points", 5, "gte"))) == ["gold"]
    assert matches(tree({"attribute": "loyalty.points", "operator": "is_empty"})) == ["none"]
    assert matches(tree(is_("loyalty.tier", "gold", "is_not"))) == ["none", "silver"]
    assert matches(tree(is_("loyalty.points", 0))) == ["silver"]


def test_its_relation_is_counted_and_summed(shop):
    shop("a", entries=[("1.5", "Order"), ("2.5", "order")])
    shop("b", entries=[("10", "gift")])
    shop("c")
    orders = [is_("points_entry.reason", "ORDER")]

    def figure(**keys):
        return tree({"relation": "points_entries", **keys})

    assert matches(figure(conditions=orders)) == ["a"]
    assert matches(figure(aggregate="not_exists")) == ["c"]
    assert matches(figure(aggregate="count", operator="is", value=2, conditions=orders)) == ["a"]
    points = {"of": "points_entry.points", "operator": "is"}
    assert matches(figure(aggregate="sum", **points, value=4)) == ["a"]
    assert matches(figure(aggregate="max", **points, value=10)) == ["b"]
    assert matches(figure(aggregate="sum", **points, value=0)) == ["c"]


def test_two_of_its_attributes_are_compared_with_each_other(shop):
    shop("more", points=5, entries=[("1", "")])
    shop("orders", points=0)
    against = {"attribute": "lifetime.number_of_orders"}
    assert matches(tree(is_("loyalty.points", against, "gt"))) == ["more"]
    assert matches(tree(is_("loyalty.points", against))) == ["orders"]


@pytest.mark.django_db
def test_the_sentence_says_its_labels():
    said = parse_tree(
        tree(is_("loyalty.tier", "gold"), is_("points_entry.reason", "gift", "contains"))
    ).sentence()
    assert said == (
        "Customers whose “Tier” is “Gold” and who have among their entries under “Loyalty points” "
        "one with “Reason” containing “gift”."
    )


def test_an_explanation_shows_its_values(shop):
    customer = shop("a", points=7, tier="gold", entries=[("1.5", "gift"), ("2", "order")])
    verdict = explain(
        tree(is_("loyalty.points", 5, "gte"), is_("points_entry.points", 2)), customer, as_of=NOW
    )
    points, entries = verdict.tree["conditions"]
    assert (verdict.holds, points["holds"], entries["holds"]) == (True, True, True)
    assert points["actual"] == 7
    assert entries["actual"]["count"] == 1


@pytest.mark.django_db
def test_warnings_know_it():
    warned = parse_tree(
        tree(
            is_("loyalty.points", 0, "lt"),
            is_("points_entry.reason", "gift"),
            is_("points_entry.points", 1),
        )
    ).warnings
    assert [each.code for each in warned] == ["each_another_row", "never_holds"]


@pytest.fixture
def store(db):
    awkward_shop(1).store()
    rng = random.Random(1)
    for customer in Customer.objects.order_by("pk"):
        if rng.random() < 0.6:
            LoyaltyAccount.objects.create(
                customer=customer,
                points=rng.choice([None, 0, 1, 7, 30]),
                tier=rng.choice(["", "silver", "gold"]),
            )
        for _ in range(rng.randrange(3)):
            PointsEntry.objects.create(
                customer=customer,
                points=rng.choice(AMOUNTS),
                reason=rng.choice(TEXTS) or "",
                at=rng.choice(INSTANTS),
            )
    people = Customer.objects.select_related("website", "store", "group", "wishlist")
    return FactStore(list(people.order_by("pk")))


def test_random_trees_have_it_and_query_and_evaluator_agree(store, monkeypatch):
    attributes = [one for one in registry.attributes() if one.prefix in OWN | {"customer"}]
    monkeypatch.setattr(registry, "attributes", lambda: attributes)
    monkeypatch.setattr(registry, "relations", lambda: [registry.relation("points_entries")])
    seen = set()

    @SETTINGS
    @given(tree=trees(), as_of=AS_OF)
    def agree(tree, as_of):
        seen.update(
            one.attribute.prefix for one in parse_tree(tree).walk() if hasattr(one, "attribute")
        )
        assert by_query(tree, as_of) == by_evaluator(tree, store, as_of)

    agree()
    assert seen >= OWN


def test_a_segment_uses_it(shop, monkeypatch):
    monkeypatch.setattr(
        "segments.engine.refreshes.runs.current_app.send_task", lambda name, args: None
    )
    shop("gold", points=7, tier="gold")
    shop("none")
    definition = Definition(name="Gold", conditions=tree(is_("loyalty.tier", "gold")))
    segment = create_segment(definition, Handling(), code="gold", author=None).segment
    refresh_segment(segment)
    assert list(segment.memberships.values_list("customer__external_id", flat=True)) == ["gold"]


def test_the_system_check_wants_what_the_page_says(monkeypatch):
    assert [check() for check in (check_declared, check_marked, check_permissions)] == [[], [], []]
    known = {m: one for m, one in declared._declared.items() if m is not LoyaltyAccount}
    monkeypatch.setattr(declared, "_declared", known)
    (missing,) = check_declared()
    assert "loyalty.LoyaltyAccount" in missing.msg
    # What it says is what the example has written.
    assert 'declare(Marked(LoyaltyAccount, ("customer",)))' in missing.hint
    assert 'declare(Marked(LoyaltyAccount, ("customer",)))' in (EXAMPLE / "apps.py").read_text()


def test_the_system_check_wants_a_column_of_the_attributes_type(monkeypatch):
    assert check_columns() == []
    tier = replace(registry.attribute("loyalty.tier"), type=types.NUMBER)
    monkeypatch.setattr(registry, "_families", [registry.Family("Loyalty", [tier])])
    (wrong,) = check_columns()
    assert "types.NUMBER, but loyalty.LoyaltyAccount.tier is a CharField" in wrong.msg
    assert wrong.hint.endswith("This field fits types.TEXT, types.CHOICE.")


def test_a_merged_guest_brings_entries_and_points_and_the_customers_account_stays(shop):
    guest = shop("G", points=3, entries=[("1", "gift")], kind="guest")
    customer = shop("C", points=5, entries=[("2", "order")])
    merge_guest(guest, customer, at=NOW)
    account = LoyaltyAccount.objects.get()
    # What the app does before the merge moves the rows.
    assert (account.customer, account.points) == (customer, 5 + 3)
    assert customer.points_entries.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (
            "more than 500 points",
            {"attribute": "loyalty.points", "operator": "gt", "value": 500},
        ),
        ("gold tier", {"attribute": "loyalty.tier", "operator": "is", "value": "gold"}),
        (
            "earned points at least 3 times in the last 30 days",
            {
                "relation": "points_entries",
                "aggregate": "count",
                "operator": "gte",
                "value": 3,
                "match": "all",
                "conditions": [
                    {"attribute": "points_entry.at", "operator": "in_last_days", "value": 30}
                ],
            },
        ),
        (
            "no entries of points this year",
            {
                "relation": "points_entries",
                "aggregate": "not_exists",
                "match": "all",
                "conditions": [
                    {"attribute": "points_entry.at", "operator": "in_period", "value": "this_year"}
                ],
            },
        ),
    ],
)
def test_what_merchants_call_them_is_understood(text, tree):
    read = read_sentence(text, language="en")

    assert read.unread == []
    assert read.readings[0].conditions == {"match": "all", "conditions": [tree]}
