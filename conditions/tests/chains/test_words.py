"""What orders of events say, and that every one of them is read from its sentence again."""

import pytest
from django.utils.translation import override

from conditions import registry
from conditions.chains.step import sku_of
from conditions.explain import explain
from conditions.language.types import DATETIME
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading import read_sentence
from conditions.reading.exact import exact
from conditions.reason_text import because, explain_node
from core.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TIMES = {"newsletter": "newsletter.status_changed_at", "all_mails": "mail.sent_at"}
VIEWS, SALES, LOGINS = ({"relation": one} for one in ("product_views", "sales", "logins"))
BOUGHT_SAME = {"relation": "order_items", "within_days": 7, "same": "sku"}
NOT_ORDERED = SALES | {"not": True, "within_days": 3}


def all_of(*steps):
    return {"match": "all", "conditions": [{"steps": list(steps)}]}


@pytest.mark.parametrize(
    ("language", "steps", "sentence"),
    [
        (
            "en",
            [VIEWS, BOUGHT_SAME],
            "Customers who looked at a product and then, within 7 days, bought the same product.",
        ),
        (
            "de",
            [VIEWS, BOUGHT_SAME],
            "Kunden, die einen Artikel angesehen und dann innerhalb von 7 Tagen denselben Artikel "
            "gekauft haben.",
        ),
        (
            "fr",
            [VIEWS, BOUGHT_SAME],
            "Clients qui ont consulté un produit puis acheté le même produit dans les 7 jours.",
        ),
        (
            "en",
            [{"relation": "cart_items"}, NOT_ORDERED],
            "Customers who put something into the cart and did not order within 3 days.",
        ),
        (
            "de",
            [{"relation": "cart_items"}, NOT_ORDERED],
            "Kunden, die etwas in den Warenkorb gelegt und innerhalb von 3 Tagen nicht bestellt "
            "haben.",
        ),
        (
            "fr",
            [{"relation": "cart_items"}, NOT_ORDERED],
            "Clients qui ont ajouté un article au panier sans commander dans les 3 jours.",
        ),
        (
            "en",
            [SALES | {"only": "first"}, SALES | {"after_days": 1, "within_days": 30}],
            "Customers who ordered (the first time) and then, after at least 1 day and within 30 "
            "days, ordered.",
        ),
    ],
)
def test_an_order_of_events_is_said_plainly(language, steps, sentence):
    """Catches other words than the contract's, such as a clause without its verb."""
    with override(language):
        assert parse_tree(all_of(*steps)).sentence() == sentence


def shapes():
    """Yield steps of every relation, with all that may be said of a step."""
    for relation in registry.relations():
        if not relation.time and relation.name not in TIMES:
            continue
        step = {"relation": relation.name}
        if relation.name in TIMES:
            step["at"] = TIMES[relation.name]
        for more in ({}, {"only": "first"}, {"only": "last"}):
            yield [step | more, SALES]
        for more in (
            {"within_days": 1},
            {"within_hours": 1},
            {"after_days": 1, "within_hours": 30},
            {"after_hours": 5_000},
            {"not": True},
            {"not": True, "within_days": 3},
            {"only": "last", "within_days": 3},
        ):
            yield [LOGINS, step | more]
        for one in registry.attributes():
            if one.type is DATETIME and one.relation and one.prefix in relation.paths:
                yield [step | {"at": one.code}, SALES | {"at": "order.updated_at"}]
        if sku_of(relation) is not None:
            yield [VIEWS, step | {"same": "sku"}]
            yield [VIEWS, step | {"same": "sku", "not": True, "within_days": 2}]
            sku = {"attribute": f"{relation.prefix}.sku", "operator": "is"}
            is_odd = sku | {"value": "x and then bought a product"}
            is_other = sku | {"operator": "contains", "value": "y (by “z”)"}
            chosen = {"match": "any", "conditions": [is_odd, is_other]}
            yield [step | chosen | {"match": "all"}, step | chosen | {"same": "sku"}, SALES]


@pytest.mark.parametrize(("number", "language"), list(enumerate(["en", "de", "fr"])))
def test_every_shape_is_read_again(number, language, is_exhaustive):
    """Catches words of a relation, a gap, `at` or `only` that two shapes share."""
    with override(language):
        for steps in list(shapes())[number :: 3 if is_exhaustive else 12]:
            tree = all_of(*steps)
            assert exact(parse_tree(tree).sentence(exact=True)) == normal(tree)


def test_an_order_of_events_stands_beside_other_clauses():
    """Catches a chain that takes in the clause after it, or a list that loses one."""
    spent = {"attribute": "lifetime.sales", "operator": "gte", "value": "5"}
    chain = {"steps": [VIEWS, BOUGHT_SAME, NOT_ORDERED]}
    for match in ("all", "any", "none"):
        for nodes in ([spent, chain], [chain, spent], [chain, chain], [chain]):
            tree = {"match": match, "conditions": nodes}
            assert exact(parse_tree(tree).sentence(exact=True)) == normal(tree)
    read = read_sentence(parse_tree(all_of(VIEWS, BOUGHT_SAME)).sentence(), language="en")
    assert [one.conditions for one in read.readings] == [normal(all_of(VIEWS, BOUGHT_SAME))]


def test_only_what_happened_is_given_as_a_reason(make_customer, doing):
    """Catches a reason that says of a customer what did not happen in that order."""
    customer = make_customer("a")
    doing.view(customer, now())
    tree = parse_tree(all_of(VIEWS, NOT_ORDERED | {"within_days": 0}))
    reasons = []
    for root in (tree, parse_tree(all_of(VIEWS, SALES))):
        (verdict,) = explain(root, customer).children
        reasons.append(because(root.children[0], verdict))
    assert reasons == [
        "because they looked at a product and did not order within 0 days",
        "",
    ]


def test_who_may_not_see_rows_of_one_step_sees_nothing_of_them(make_customer, doing):
    """Catches counts and times of rows that are shown to users without their permission."""
    customer = make_customer("a")
    doing.view(customer, now())
    doing.login(customer, now())
    root = parse_tree(all_of(VIEWS, LOGINS))
    verdict = explain(root, customer)

    def sees(asked):
        return asked.name != "logins"

    (node,) = explain_node(root, verdict, sees)["conditions"]
    assert not {"actual", "because"} & {key for one in (node, *node["steps"]) for key in one}
    assert "holds" in node
