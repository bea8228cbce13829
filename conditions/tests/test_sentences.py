"""What trees say in each language: whole sentences that read well, numbers and dates included."""

import pytest
from django.utils.translation import override

from conditions.parse import parse_tree
from customers.models import CustomerAttribute

pytestmark = pytest.mark.django_db


def all_of(*nodes):
    return {"match": "all", "conditions": list(nodes)}


def condition(attribute, operator, *value):
    return {"attribute": attribute, "operator": operator, **({"value": value[0]} if value else {})}


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
        "Orders: number is at least 3 where Purchase date is in the last 90 days.",
        "Bestellungen: Anzahl ist mindestens 3, wobei gilt: Kaufdatum liegt in den letzten "
        "90 Tagen.",
        "Commandes : nombre est d’au moins 3 avec : Date d’achat est dans les 90 derniers jours.",
    ),
    (
        rows("carts", "exists", condition("cart.grand_total", "gt", "5"), condition(
            "cart.updated_at", "more_than_hours_ago", 1
        )),
        "Shopping carts: at least one where, for the same cart, Grand total is more than 5 EUR "
        "and Last updated is more than 1 hour ago.",
        "Warenkörbe: mindestens 1, wobei für denselben Warenkorb gilt: Gesamtsumme ist mehr als "
        "5 EUR und Letzte Änderung liegt mehr als 1 Stunde zurück.",
        "Paniers : il y en a avec, pour le même panier : Total général dépasse 5 EUR et "
        "Dernière mise à jour remonte à plus de 1 heure.",
    ),
    (
        rows("addresses", "not_exists", condition("address.country", "is", "France")),
        "Addresses: none where Country is “France”.",
        "Adressen: keine, wobei gilt: Land ist „France“.",
        "Adresses : il n’y en a pas avec : Pays est « France ».",
    ),
    (
        rows("sales", "sum", of="order.grand_total", operator="between", value=["10", "1234.5"]),
        "Orders: sum of Grand total is between 10 and 1,234.5 EUR.",
        "Bestellungen: Summe von „Gesamtsumme“ liegt im Bereich 10 bis 1.234,5 EUR.",
        "Commandes : somme de « Total général » est entre 10 et 1 234,5 EUR.",
    ),
    (
        condition("customer.registered_at", "before", "2026-04-10"),
        "Customer since is before 04/10/2026.",
        "Registrierungsdatum liegt vor dem 10.04.2026.",
        "Date d’inscription est avant le 10/04/2026.",
    ),
    (
        condition("order.coupon_code", "is_not", "SAVE10"),
        "Orders in any state: none with Coupon code is “SAVE10”.",
        "Bestellungen in jedem Zustand: keine mit: Gutscheincode ist „SAVE10“.",
        "Commandes dans tous les états : il n’y en a pas avec : Code promo est « SAVE10 ».",
    ),
    (
        {"match": "none", "conditions": [
            condition("customer.email", "is_empty"),
            condition("lifetime.refunds", "gt", {"attribute": "lifetime.sales", "times": "0.5"}),
        ]},
        "None of these: Email is not known; Lifetime refunds is more than 0.5 × Lifetime sales.",
        "Nichts hiervon: E-Mail ist nicht bekannt; Erstattungen insgesamt ist mehr als "
        "0,5 × Umsatz insgesamt.",
        "Rien de ceci : E-mail n’a pas de valeur ; Total des remboursements dépasse "
        "0,5 × Chiffre d’affaires total.",
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


def test_where_a_negated_group_of_one_ends_is_said():
    email = condition("customer.email", "is_empty")
    group = {"match": "none", "conditions": [condition("lifetime.sales", "gte", 1)]}
    said = sentence({"match": "any", "conditions": [group, email]}, "en")
    assert said == "(none of these: Lifetime sales is at least 1 EUR) or Email is not known."
    assert sentence(all_of(group), "en") == "None of these: Lifetime sales is at least 1 EUR."


@pytest.mark.parametrize(
    ("node", "english"),
    [
        (
            rows("sales", "median", of="order.grand_total", operator="lte", value="10"),
            "Orders: median of Grand total is at most 10 EUR.",
        ),
        (
            rows("orders", "latest", BIG, of="order.state", operator="is", value="complete"),
            "Orders in any state: latest value of Order state is complete where Grand total is at "
            "least 1,234.50 EUR.",
        ),
        (
            rows("orders", "latest", of="order.shipping_country", operator="is", value="FR"),
            "Orders in any state: latest value of Shipping country is France (FR).",
        ),
        (
            condition("customer.attributes.home_country", "is", "DE"),
            "Home is Germany (DE).",
        ),
        (
            rows("carts", "latest", of="cart.coupon_code", operator="is_empty"),
            "Shopping carts: latest value of Coupon code is not known.",
        ),
    ],
)
def test_figures_of_rows_and_countries_are_said(node, english):
    CustomerAttribute.objects.create(code="home_country", label="Home", type="text")
    assert sentence(all_of(node), "en") == english


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "is at most 1 day.", "is at most 2 days."),
        ("de", "ist höchstens 1 Tag.", "ist höchstens 2 Tage."),
        ("fr", "est d’au plus 1 jour.", "est d’au plus 2 jours."),
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
        ("in_last_days", "is in the last 1 day.", "is in the last 30 days."),
        ("not_in_last_days", "is not in the last 1 day.", "is not in the last 30 days."),
        ("more_than_days_ago", "is more than 1 day ago.", "is more than 30 days ago."),
        ("in_next_days", "is in the next 1 day.", "is in the next 30 days."),
        ("not_in_next_days", "is not in the next 1 day.", "is not in the next 30 days."),
        ("more_than_days_ahead", "is more than 1 day ahead.", "is more than 30 days ahead."),
        ("in_last_hours", "is in the last 1 hour.", "is in the last 30 hours."),
        ("not_in_last_hours", "is not in the last 1 hour.", "is not in the last 30 hours."),
        ("more_than_hours_ago", "is more than 1 hour ago.", "is more than 30 hours ago."),
        (
            "anniversary_in_next_days",
            "has its anniversary in the next 1 day.",
            "has its anniversary in the next 30 days.",
        ),
    ],
)
def test_operators_take_the_plural_of_their_number(operator, one, many):
    def said(number):
        return sentence(all_of(condition("customer.registered_at", operator, number)), "en")

    assert said(1).endswith(one)
    assert said(30).endswith(many)
