"""Small words and signs that turn what is said: read, or marked, never dropped as filling."""

import pytest
from django.apps import apps

from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.reading.sentences import said, unread
from customers.models import Address, Category, Customer, CustomerGroup, Store

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def shop():
    CustomerGroup.objects.get_or_create(code="vip", name="VIP")
    Category.objects.create(code="shoes", name="Shoes")
    forget()


@pytest.mark.parametrize(
    "text", ["everybody but VIPs", "everyone but VIPs", "any one but VIPs", "all but VIPs", "!VIP"]
)
def test_all_but_some_are_the_others(text):
    assert said(text) == ["Customers who are not in the customer group “VIP”."]
    assert unread(text) == []


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "Germany !VIP", "Customers in “Germany” who are not in the customer group “VIP”."),
        ("en", "orders != 5", "Customers who have not ordered exactly 5 times."),
        ("de", "Bestellungen ≠ 5", "Kunden, die nicht genau 5 Mal bestellt haben."),
        (
            "en",
            "Germany | VIP",
            "Customers who live in “Germany” or are in the customer group “VIP”.",
        ),
        ("en", "Germany && VIP", "Customers in “Germany” who are in the customer group “VIP”."),
        ("en", "ordered!", "Customers who have ordered at least 1 time."),
    ],
)
def test_signs_mean_what_they_mean_elsewhere(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


def test_attribute_before_another_one_does_not_stand_in_its_place():
    assert said("email accepts marketing") == [
        "Customers who accept marketing and whose e-mail address is known."
    ]
    assert said("first name money spent") == []


def test_what_one_order_lacks_is_not_what_nobody_ever_bought():
    Category.objects.create(code="toys", name="Toys")
    forget()
    assert unread("bought shoes but not toys in the same order") == ["not toys in the same order"]


def test_a_dash_before_a_word_may_deny_it():
    assert unread("Germany -VIP") == ["-"]


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "ordered not once", "Customers who have never ordered."),
        ("en", "orders not over 100", "Customers who have placed an order of at most 100 EUR."),
        ("en", "not over 3 orders", "Customers who have ordered at most 3 times."),
        (
            "de",
            "haben seit 6 Monaten nicht mehr bestellt",
            "Kunden, die in den letzten 180 Tagen nichts bestellt haben.",
        ),
        (
            "de",
            "haben nie mit Gutschein bestellt",
            "Kunden, die keine Bestellung mit einem Gutscheincode aufgegeben haben.",
        ),
        (
            "de",
            "bestellen nicht immer mit Gutschein",
            "Kunden, auf die nichts davon zutrifft: "
            "(Bestellungen aufgegeben haben, und zwar jede mit einem Gutscheincode).",
        ),
        (
            "fr",
            "ne commandent pas toujours avec un code promo",
            "Clients à qui aucun de ces points ne s’applique : "
            "(ont passé des commandes, chacune avec un code promo).",
        ),
        ("de", "ein- bis zweimal bestellt", "Kunden, die zwischen 1 und 2 Mal bestellt haben."),
        ("de", "ein- oder zweimal bestellt", "Kunden, die zwischen 1 und 2 Mal bestellt haben."),
        (
            "en",
            "spent more than 500 in one order",
            "Customers who have placed an order of more than 500 EUR.",
        ),
        (
            "de",
            "mehr als 500 in einer Bestellung ausgegeben",
            "Kunden, die eine Bestellung im Wert von mehr als 500 EUR aufgegeben haben.",
        ),
        (
            "fr",
            "ont dépensé plus de 500 en une seule commande",
            "Clients qui ont passé une commande valant plus de 500 EUR.",
        ),
        ("en", "spent more than 500 in all", "Customers who have spent more than 500 EUR in all."),
        (
            "en",
            "all of whose orders were over 100",
            "Customers who have placed orders, each of them of more than 100 EUR.",
        ),
        (
            "en",
            "whose orders all used a coupon",
            "Customers who have placed orders, each of them with a coupon code.",
        ),
        (
            "en",
            "last order was more than 30 but less than 90 days ago",
            "Customers whose last order was more than 30 days ago "
            "and whose last order was in the last 89 days.",
        ),
        (
            "de",
            "letzte Bestellung zwischen 30 und 90 Tagen her",
            "Kunden, deren letzte Bestellung vor mehr als 29 Tagen war "
            "und deren letzte Bestellung in den letzten 90 Tagen war.",
        ),
        (
            "en",
            "spent more than 2M",
            "Customers who have spent more than 2,000,000 EUR in all.",
        ),
        (
            "en",
            "CUSTOMERS IN GERMANY WHO NEVER ORDERED",
            "Customers in “Germany” who have never ordered.",
        ),
        ("en", "customers in the US", "Customers in “United States”."),
        ("en", "customers IN Germany", "Customers in “Germany”."),
        ("en", "customers in IN or DE", "Customers in India or Germany."),
        ("en", "only VIPs", "Customers who are in the customer group “VIP”."),
        ("en", "VIPs only", "Customers who are in the customer group “VIP”."),
        ("en", "2 orders only", "Customers who have ordered exactly 2 times."),
        ("en", "not ordered since yesterday", "Customers who have not ordered since yesterday."),
        (
            "de",
            "seit gestern nicht gekauft",
            "Kunden, die seit gestern nichts bestellt haben.",
        ),
        (
            "fr",
            "n'ont pas commandé depuis hier",
            "Clients qui n’ont pas commandé depuis hier.",
        ),
        (
            "en",
            "birthday in the next month",
            "Customers who have their birthday in the next 30 days.",
        ),
        (
            "en",
            "email ends with .de",
            "Customers whose e-mail address ends in “.de”.",
        ),
        (
            "de",
            "E-Mail endet auf „.de“",
            "Kunden, deren E-Mail-Adresse auf „.de“ endet.",
        ),
        (
            "fr",
            "dont l'e-mail finit par .de",
            "Clients dont l’adresse e-mail se termine par « .de ».",
        ),
        (
            "en",
            "last login is before last order",
            "Customers whose last log-in was before the value of “Last order”.",
        ),
        (
            "de",
            "letzte Anmeldung vor letzter Bestellung",
            "Kunden, deren letzte Anmeldung vor dem Wert von „Letzte Bestellung“ war.",
        ),
        (
            "fr",
            "dernière connexion après la dernière commande",
            "Clients dont la dernière connexion a eu lieu après "
            "la valeur de « Dernière commande ».",
        ),
        (
            "en",
            "bought more than 3 shoes",
            "Customers for whom the sum of “Quantity ordered” of the products that they ordered "
            "(from “Shoes”) is more than 3.",
        ),
        (
            "de",
            "mehr als 3 Shoes gekauft",
            "Kunden, bei denen die Summe von „Bestellte Menge“ über die bestellten Artikel "
            "(aus „Shoes“) mehr als 3 beträgt.",
        ),
        (
            "fr",
            "ont acheté plus de 3 Shoes",
            "Clients pour qui la somme de « Quantité commandée » sur les produits commandés "
            "(de la catégorie « Shoes ») vaut plus de 3.",
        ),
        (
            "en",
            "viewed more than 3 shoes",
            "Customers who have made more than 3 product views from “Shoes”.",
        ),
        ("en", "still hasn't ordered", "Customers who have never ordered."),
        (
            "en",
            "new customers this week without an order",
            "Customers who registered this week and have never ordered.",
        ),
        (
            "de",
            "neue Kunden diese Woche ohne Bestellung",
            "Kunden, die sich diese Woche registriert haben und noch nie bestellt haben.",
        ),
        (
            "fr",
            "nouveaux clients cette semaine sans commande",
            "Clients qui se sont inscrits cette semaine et qui n’ont jamais commandé.",
        ),
        (
            "en",
            "last order in Germany",
            "Customers for whom the latest value of “Shipping country” of their orders "
            "is “Germany”.",
        ),
        (
            "de",
            "letzte Bestellung in Deutschland",
            "Kunden, bei denen der letzte Wert von „Land der Lieferadresse“ über ihre "
            "Bestellungen „Deutschland“ ist.",
        ),
    ],
)
def test_a_small_word_is_read_with_what_it_turns(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "ne commandent plus"),
        ("fr", "n'ont commandé que des Shoes"),
        ("de", "nicht mehr bestellen"),
        ("en", "no longer order"),
        # The group of yesterday is not known.
        ("en", "no longer VIP"),
        ("de", "nicht mehr VIP"),
        ("fr", "ne sont plus VIP"),
        ("en", "never never ordered"),
        ("de", "nie ohne Gutschein bestellt"),
        ("en", "spent more than 100 each"),
        ("en", "bought 3 items in one order"),
        ("en", "used to order"),
        ("en", "spent more than 1e3"),
        ("en", "spent more than 100 USD"),
        ("en", "ordered 3 days ago"),
        ("de", "vor 3 Tagen bestellt"),
        ("fr", "ont commandé il y a 3 jours"),
        ("de", "vor einem halben Jahr bestellt"),
        ("en", "bought shoes only"),
        ("de", "nur Shoes gekauft"),
        ("fr", "ont acheté des Shoes seulement"),
        ("en", "ordered in May 2025 only"),
        ("en", "birthday next month"),
        ("de", "nächsten Monat Geburtstag"),
        ("fr", "anniversaire le mois prochain"),
        ("de", "seit letztem Monat nicht bestellt"),
        ("en", "have not ordered before Christmas"),
        ("en", "ordered before last login"),
        ("en", "orders with more than 3 shoes"),
        ("en", "ordered more than 2 pairs of shoes"),
    ],
)
def test_what_no_condition_says_takes_with_it_what_it_turns(language, text):
    assert said(text, language) == []
    assert unread(text, language)


@pytest.mark.parametrize(
    ("language", "text", "sentence", "marked"),
    [
        (
            "en",
            "abandoned a cart and still hasn't ordered",
            "Customers who have an open cart.",
            ["still", "hasn't ordered"],
        ),
        (
            "de",
            "Warenkorb abgebrochen und immer noch nicht bestellt",
            "Kunden, die einen offenen Warenkorb haben.",
            ["immer noch nicht bestellt"],
        ),
        (
            "fr",
            "ont abandonné un panier et n'ont toujours pas commandé",
            "Clients qui ont un panier en cours.",
            ["toujours pas commandé"],
        ),
        (
            "de",
            "Shoes gekauft, nur",
            "Kunden, die einen Artikel aus „Shoes“ gekauft haben.",
            ["nur"],
        ),
    ],
)
def test_what_is_not_read_leaves_the_rest_as_it_is(language, text, sentence, marked):
    assert (said(text, language), unread(text, language)) == ([sentence], marked)


def test_what_is_broken_is_no_fact_of_other_rows():
    text = "ordered twice, the second time with a coupon"

    assert [one.endswith("2 times.") for one in said(text)] == [True, True]
    assert unread(text) == ["second time", "coupon"]


def test_a_code_among_capitals_that_is_a_word_is_marked_where_a_place_may_stand():
    assert unread("CUSTOMERS FROM THE US WHO ORDERED") == ["US"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "customers in the segment “never ordered”",
            "Customers who are in the segment “never ordered”.",
        ),
        ("in the segment Germany", "Customers who are in the segment “Germany”."),
        ("in the group ordered", "Customers who are in the customer group “ordered”."),
    ],
)
def test_the_noun_before_a_name_says_of_which_kind_it_is(text, sentence):
    for name in ("never ordered", "Germany"):
        apps.get_model("segments", "Segment").objects.create(code=name, name=name, conditions={})
        CustomerGroup.objects.create(code=name, name=name)
    CustomerGroup.objects.create(code="ordered", name="ordered")
    forget()

    assert (said(text), unread(text)) == ([sentence], [])


def test_a_word_is_no_misspelled_city():
    group = CustomerGroup.objects.get(code="vip")
    shop = Store.objects.get()
    customer = Customer.objects.create(
        external_id="1", website=shop.website, store=shop, group=group
    )
    Address.objects.create(customer=customer, city="Paris")
    forget()

    assert said("bought 3 pairs of shoes") == []


def test_more_words_than_a_sentence_has_are_marked_at_once():
    text = f" {'not (' * 190}"

    assert said(text) == []
    assert unread(text) == [text.strip()]
