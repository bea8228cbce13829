"""Why a condition holds for a customer or not is said in the phrases of its sentence."""

from datetime import UTC, date, datetime

import pytest
from django.utils.translation import override
from hypothesis import given

from conditions.evaluator.facts import facts_of
from conditions.evaluator.verdict import Verdict
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.phrases.writing.clauses import Style, first_said, rows_said
from conditions.reading.exact import exact
from conditions.reason_text import because, explain_node
from conditions.tests.agreement.test_agreement import SETTINGS
from conditions.tests.agreement.test_every_condition import every_node
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.small_shop import condition
from conditions.tests.examples.trees import every_attribute, trees
from customers.models import Customer, CustomerGroup, Order, Store, Website

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.once]


def rows(aggregate, *nodes, **more):
    return {"relation": "sales", "aggregate": aggregate, "conditions": list(nodes), **more}


@pytest.fixture
def ann():
    website = Website.objects.create(code="base", name="Base")
    store = Store.objects.create(code="main", name="Main", website=website)
    ann = Customer.objects.create(
        external_id="ann",
        website=website,
        store=store,
        group=CustomerGroup.objects.create(code="g", name="G"),
        email="ann@a.example",
    )
    for number in ("1", "2"):
        Order.objects.create(
            customer=ann,
            number=number,
            store=store,
            state="complete",
            created_at=datetime(2026, 4, 1, 12, tzinfo=UTC),
            updated_at=datetime(2026, 4, 1, 12, tzinfo=UTC),
            grand_total="310.5",
        )
    return ann


SAID = [
    (
        condition("lifetime.sales", "gte", 1000),
        "because they have spent 621 EUR in all",
        "weil diese Person insgesamt 621 EUR ausgegeben hat",
        "parce que cette personne a dépensé 621 EUR au total",
    ),
    (
        condition("lifetime.number_of_orders", "lt", 1),
        "because they have ordered 2 times",
        "weil diese Person 2 Mal bestellt hat",
        "parce que cette personne a commandé 2 fois",
    ),
    (
        condition("activity.last_order_at", "in_last_days", 3),
        "because their last order was on April 1, 2026",
        "weil die letzte Bestellung am 1. April 2026 war",
        "parce que la dernière commande a eu lieu le 1er avril 2026",
    ),
    (
        condition("customer.email", "is_empty"),
        "because their e-mail address is “ann@a.example”",
        "weil die E-Mail-Adresse „ann@a.example“ ist",
        "parce que l’adresse e-mail est « ann@a.example »",
    ),
    (
        condition("order.coupon_code", "is", "X"),
        "because they have no order with coupon code “X”",
        "weil diese Person keine Bestellung mit dem Gutscheincode „X“ hat",
        "parce que cette personne n’a pas de commande avec le code promo « X »",
    ),
    (
        condition("order.grand_total", "gte", 100000),
        "because they have no order of at least 100,000 EUR",
        "weil diese Person keine Bestellung im Wert von mindestens 100.000 EUR hat",
        "parce que cette personne n’a pas de commande valant au moins 100 000 EUR",
    ),
    (
        rows("count", operator="gte", value=3),
        "because they have placed 2 orders",
        "weil diese Person 2 Bestellungen aufgegeben hat",
        "parce que cette personne a passé 2 commandes",
    ),
    (
        rows("exists", condition("order.created_at", "in_last_days", 3)),
        "because they have not ordered in the last 3 days",
        "weil diese Person in den letzten 3 Tagen nichts bestellt hat",
        "parce que cette personne n’a pas commandé au cours des 3 derniers jours",
    ),
]


@pytest.mark.parametrize(("node", "english", "german", "french"), SAID)
def test_it_is_said_why(ann, node, english, german, french):
    tree = parse_tree({"match": "all", "conditions": [node]})
    (facts,) = facts_of([ann], NOW)
    verdict = tree.evaluate(ann, facts)
    for language, words in (("en", english), ("de", german), ("fr", french)):
        with override(language):
            said = because(tree.conditions[0], verdict.children[0])
            assert said.replace("\u00a0", " ").replace("\u202f", " ") == words


@pytest.mark.parametrize(
    ("node", "remark"),
    [
        (
            rows("not_exists", condition("order.created_at", "in_last_days", 3)),
            "(the last time on April 1, 2026)",
        ),
        # The last order says nothing about coupons.
        (rows("not_exists", condition("order.coupon_code", "is_not_empty")), ""),
    ],
)
def test_rows_of_an_earlier_time_are_dated(ann, node, remark):
    tree = parse_tree({"match": "all", "conditions": [node]})
    (facts,) = facts_of([ann], NOW)
    verdict = tree.evaluate(ann, facts)
    said = because(
        tree.conditions[0], verdict.children[0], last_day=lambda _relation: date(2026, 4, 1)
    )
    assert said.partition(" (")[2] == remark.removeprefix("(")


def has_twin(node):
    operators = node.attribute.type.operators.values()
    return any(one.twin == node.positive.name for one in operators)


SENTENCES = {"en": "Customers %s.", "de": "Kunden, %s.", "fr": "Clients %s."}


@pytest.mark.parametrize("language", SENTENCES)
def test_missing_rows_are_never_said_to_be_there(language, is_exhaustive):
    """Catch a missing row told as one that is there, by any attribute, operator and language.

    Sentences are read back, which takes time, once of each relation and of each operator of a type.
    With --all each language reads, of every third relation, all operators of all types.
    """
    awkward_shop(11).store()
    compared, read, relations = 0, set(), {}
    place = list(SENTENCES).index(language)
    with override(language):
        for node in every_node(is_exhaustive):
            (parsed,) = parse_tree({"match": "all", "conditions": [node]}).conditions
            if parsed.attribute.relation is None:
                continue
            compared += 1
            some, none = (Verdict(node, True, actual={"count": count}) for count in (1, 0))
            assert because(parsed, some) != because(parsed, none)
            if has_twin(parsed):
                continue
            relation = parsed.attribute.relation
            operator = parsed.attribute.type.name, parsed.positive.name
            kinds = {operator}
            if is_exhaustive:
                turn = relations.setdefault(relation, len(relations)) % len(SENTENCES)
                kinds |= {(relation, *operator)} if turn == place else {(relation,)}
            if kinds <= read:
                continue
            read |= kinds
            said = first_said(rows_said(parsed.said, Style(), has_rows=False))
            group = {"relation": relation, "aggregate": "not_exists"}
            meant = {"match": "all", "conditions": [{**group, "conditions": [node]}]}
            assert exact(SENTENCES[language] % said) == normal(meant)
    assert compared > 100 and len(read) > 20


def test_every_tree_can_be_explained_in_words():
    awkward_shop(11).store()
    people = list(Customer.objects.order_by("pk")[:3])

    @SETTINGS
    @given(tree=trees(depth=3, every=every_attribute()))
    def every_tree(tree):
        root = parse_tree(tree)
        for facts in facts_of(people, NOW):
            found = explain_node(
                root, root.evaluate(facts.customer, facts), lambda _attribute: True
            )
            for node in found["conditions"]:
                asks = bool({"attribute", "relation", "steps"} & set(node))
                assert ("because" in node) == asks

    every_tree()
