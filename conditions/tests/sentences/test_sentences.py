"""What trees say in each language: whole sentences that read well, numbers and dates included."""

import pytest
from django.utils.translation import override

from conditions.parse import parse_tree
from conditions.tests.examples.small_shop import condition
from customers.models import CustomerAttribute

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def all_of(*nodes):
    return {"match": "all", "conditions": list(nodes)}


def rows(relation, aggregate, *nodes, **more):
    chosen = all_of(*nodes) if nodes else {}
    return {"relation": relation, "aggregate": aggregate, **chosen, **more}


def sentence(tree, language):
    with override(language):
        return parse_tree(tree).sentence()


LATELY = condition("order.created_at", "in_last_days", 90)
BIG = condition("order.grand_total", "gte", "1234.50")

SENTENCES = [
    (
        rows("sales", "count", LATELY, operator="gte", value=3),
        "Customers who have placed at least 3 orders in the last 90 days.",
        "Kunden, die mindestens 3 Bestellungen in den letzten 90 Tagen aufgegeben haben.",
        "Clients qui ont passé au moins 3 commandes au cours des 90 derniers jours.",
    ),
    (
        rows("carts", "exists", condition("cart.grand_total", "gt", "5"), condition(
            "cart.updated_at", "more_than_hours_ago", 1
        )),
        "Customers who have an open cart of more than 5 EUR, unchanged for more than an "
            "hour.",
        "Kunden, die einen offenen Warenkorb im Wert von mehr als 5 EUR, seit mehr als "
            "einer Stunde unverändert, haben.",
        "Clients qui ont un panier en cours valant plus de 5 EUR, inchangé depuis plus "
            "d’une heure.",
    ),
    (
        rows("addresses", "not_exists", condition("address.country", "is", "France")),
        "Customers who have no address in the country “France” (“France”).",
        "Kunden, die keine Adresse im Land „France“ haben.",
        "Clients qui n’ont pas d’adresse dans le pays « France » (« France »).",
    ),
    (
        rows("sales", "sum", of="order.grand_total", operator="between", value=["10", "1234.5"]),
        "Customers who have spent between 10 and 1,234.50 EUR on orders.",
        "Kunden, die zwischen 10 und 1.234,50 EUR für Bestellungen ausgegeben haben.",
        "Clients qui ont dépensé entre 10 et 1 234,50 EUR en commandes.",
    ),
    (
        condition("customer.registered_at", "before", "2026-04-10"),
        "Customers who registered before April 10, 2026.",
        "Kunden, die sich vor dem 10. April 2026 registriert haben.",
        "Clients qui se sont inscrits avant le 10 avril 2026.",
    ),
    (
        condition("order.coupon_code", "is_not", "SAVE10"),
        "Customers who have no order with coupon code “SAVE10”.",
        "Kunden, die keine Bestellung mit dem Gutscheincode „SAVE10“ haben.",
        "Clients qui n’ont pas de commande avec le code promo « SAVE10 ».",
    ),
    (
        {"match": "none", "conditions": [
            condition("customer.email", "is_empty"),
            condition("lifetime.refunds", "gt", {"attribute": "lifetime.sales", "times": "0.5"}),
        ]},
        "Customers to whom none of these applies: (whose e-mail address is not known; "
            "have been refunded more than 0.5 × the value of “Lifetime sales” in all).",
        "Kunden, auf die nichts davon zutrifft: (deren E-Mail-Adresse nicht bekannt ist; "
            "insgesamt mehr als 0,5 × Wert von „Umsatz insgesamt“ erstattet bekommen haben).",
        "Clients à qui aucun de ces points ne s’applique : (dont l’adresse e-mail n’a pas"
            " de valeur ; ont reçu plus de 0,5 × la valeur de « Chiffre d’affaires total » de"
            " remboursements au total).",
    ),
]  # fmt: skip


def plain(text):
    """With ordinary spaces: French has narrow ones before its signs and in its numbers."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("node", "english", "german", "french"), SENTENCES)
def test_a_tree_is_said_in_each_language(node, english, german, french):
    tree = node if node.get("match") == "none" else all_of(node)

    assert sentence(tree, "en") == english
    assert sentence(tree, "de") == german
    assert plain(sentence(tree, "fr")) == french


@pytest.mark.parametrize(
    ("tree", "english"),
    [
        (
            {
                "match": "any",
                "conditions": [
                    {"match": "none", "conditions": [condition("lifetime.sales", "gte", 1)]},
                    condition("customer.email", "is_empty"),
                ],
            },
            "Customers to whom at least one of these applies: (to whom none of these applies: "
            "(have spent at least 1 EUR in all); whose e-mail address is not known).",
        ),
        (
            all_of(
                condition("customer.accepts_marketing", "is", True),
                {
                    "match": "any",
                    "conditions": [
                        condition("lifetime.number_of_orders", "is", 0),
                        condition("lifetime.sales", "lt", 10),
                    ],
                },
            ),
            "Customers who accept marketing and either have never ordered or have spent less than "
            "10 EUR in all.",
        ),
        (all_of(), "All customers."),
        (
            {"match": "none", "conditions": []},
            "All customers, as there is no condition that may not hold.",
        ),
        ({"match": "any", "conditions": []}, "No customers."),
    ],
)
def test_groups_are_told_apart(tree, english):
    assert sentence(tree, "en") == english


@pytest.mark.parametrize(
    ("node", "english"),
    [
        (
            rows("sales", "median", of="order.grand_total", operator="lte", value="10"),
            "for whom the median of “Grand total” of their orders is at most 10 EUR.",
        ),
        (
            rows("orders", "latest", BIG, of="order.state", operator="is", value="complete"),
            "for whom the latest value of “Order state” of their orders in any state (of at least "
            "1,234.50 EUR) is “complete”.",
        ),
        (
            rows("orders", "latest", of="order.shipping_country", operator="is", value="FR"),
            "for whom the latest value of “Shipping country” of their orders in any state is "
            "“France”.",
        ),
        (condition("customer.attributes.home_country", "is", "DE"), "whose “Home” is “Germany”."),
        (
            rows("orders", "max", of="order.created_at", operator="before", value="2026-01-01"),
            "for whom the latest “Purchase date” of their orders in any state is before "
            "January 1, 2026.",
        ),
    ],
)
def test_figures_of_rows_and_countries_are_said(node, english):
    CustomerAttribute.objects.create(code="home_country", label="Home", type="text")
    assert sentence(all_of(node), "en") == f"Customers {english}"


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "at most 1 day old.", "at most 2 days old."),
        ("de", "höchstens 1 Tag her ist.", "höchstens 2 Tage her ist."),
        ("fr", "au plus 1 jour.", "au plus 2 jours."),
    ],
)
def test_one_day_is_one_day(language, one, many):
    def said(number):
        tree = all_of(condition("activity.days_since_last_order", "lte", number))
        return sentence(tree, language)

    assert said(1).endswith(one)
    assert said(2).endswith(many)


@pytest.mark.parametrize(
    ("operator", "one", "many"),
    [
        ("in_last_days", "since yesterday", "in the last 30 days"),
        ("more_than_days_ago", "more than a day ago", "more than 30 days ago"),
        ("in_next_days", "by tomorrow", "in the next 30 days"),
        ("more_than_days_ahead", "more than a day ahead", "more than 30 days ahead"),
        ("in_last_hours", "in the last hour", "in the last 30 hours"),
        ("more_than_hours_ago", "more than an hour ago", "more than 30 hours ago"),
    ],
)
def test_periods_take_the_plural_of_their_number(operator, one, many):
    def said(number):
        return sentence(all_of(condition("customer.registered_at", operator, number)), "en")

    assert said(1) == f"Customers who registered {one}."
    assert said(30) == f"Customers who registered {many}."


def test_a_reader_is_not_shown_a_thousand_values():
    tree = all_of(condition("customer.email", "is_one_of", [f"a{n}@x.org" for n in range(1000)]))

    assert sentence(tree, "en").endswith("“a11@x.org” or 988 others.")
    assert parse_tree(tree).sentence(exact=True).endswith("“a998@x.org” or “a999@x.org”.")
