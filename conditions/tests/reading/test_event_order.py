"""Orders of events that merchants type, in their three languages."""

import pytest

from conditions.reading import read_sentence
from customers.models import Category

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SHOES = {"attribute": "product_view.category", "operator": "is_or_below", "value": "shoes"}
VIEWED = {"relation": "product_views", "match": "all", "conditions": [SHOES]}
SALES, CART = {"relation": "sales"}, {"relation": "cart_items"}
BOUGHT = {
    "relation": "order_items",
    "match": "all",
    "conditions": [
        {"attribute": "order_item.category", "operator": "is_or_below", "value": "shoes"}
    ],
}
GERMAN = {"attribute": "address.country", "operator": "is", "value": "DE"}
FIRST = SALES | {"only": "first"}
FIRST_LOGIN = {"relation": "logins", "only": "first"}


@pytest.fixture(autouse=True)
def shoes(db):
    Category.objects.create(code="shoes", name="Shoes")


@pytest.mark.parametrize(
    ("language", "text", "steps"),
    [
        (
            "en",
            "viewed shoes and then ordered within 7 days",
            [VIEWED, SALES | {"within_days": 7}],
        ),
        (
            "en",
            "looked at shoes, then within 2 weeks bought",
            [VIEWED, SALES | {"within_days": 14}],
        ),
        (
            "en",
            "added to cart but did not order within 3 days",
            [CART, SALES | {"not": True, "within_days": 3}],
        ),
        # Not more than 30 days ago.
        (
            "en",
            "viewed shoes and then ordered more than 30 days later",
            [VIEWED, SALES | {"after_days": 30}],
        ),
        *(
            (
                language,
                text,
                [{"relation": "product_views"}, SALES | {"within_days": 30}],
            )
            for language, text in (
                ("en", "viewed a product and then ordered not more than 30 days later"),
                ("en", "viewed a product and then ordered no more than 30 days later"),
                ("en", "ordered no more than 30 days after viewing a product"),
                ("de", "ein Produkt angesehen und dann nicht mehr als 30 Tage später bestellt"),
                ("fr", "ont vu un produit puis commandé pas plus de 30 jours plus tard"),
            )
        ),
        ("en", "ordered after their first login", [FIRST_LOGIN, SALES]),
        ("de", "haben nach dem ersten Login bestellt", [FIRST_LOGIN, SALES]),
        ("fr", "ont commandé après leur première connexion", [FIRST_LOGIN, SALES]),
        (
            "en",
            "bought again within 30 days of the first order",
            [FIRST, SALES | {"within_days": 30}],
        ),
        (
            "de",
            "Shoes angesehen und dann innerhalb von 7 Tagen bestellt",
            [VIEWED, SALES | {"within_days": 7}],
        ),
        (
            "de",
            "in den Warenkorb gelegt, aber nicht innerhalb von 3 Tagen bestellt",
            [CART, SALES | {"not": True, "within_days": 3}],
        ),
        (
            "de",
            "innerhalb von 30 Tagen nach der ersten Bestellung wieder gekauft",
            [FIRST, SALES | {"within_days": 30}],
        ),
        (
            "fr",
            "ont consulté Shoes puis commandé dans les 7 jours",
            [VIEWED, SALES | {"within_days": 7}],
        ),
        (
            "fr",
            "ajouté au panier sans commander dans les 3 jours",
            [CART, SALES | {"not": True, "within_days": 3}],
        ),
        (
            "fr",
            "racheté dans les 30 jours suivant la première commande",
            [FIRST, SALES | {"within_days": 30}],
        ),
        (
            "en",
            "added to cart and then ordered within 5 hours",
            [{"relation": "all_cart_items"}, SALES | {"within_hours": 5}],
        ),
        (
            "de",
            "etwas in den Warenkorb gelegt und innerhalb einer Stunde bestellt",
            [{"relation": "all_cart_items"}, SALES | {"within_hours": 1}],
        ),
        (
            "fr",
            "commandé mais pas recommandé dans les 60 jours",
            [SALES, SALES | {"not": True, "within_days": 60}],
        ),
        (
            "en",
            "added a product to the wish list and then bought the same product",
            [{"relation": "wishlist_items"}, {"relation": "order_items", "same": "sku"}],
        ),
        ("en", "viewed shoes and then added to cart", [VIEWED, {"relation": "all_cart_items"}]),
        ("en", "bought shoes and then shoes", [BOUGHT, BOUGHT]),
        ("en", "logged in after a refund", [{"relation": "refunds"}, {"relation": "logins"}]),
        ("de", "nach einer Erstattung wieder bestellt", [{"relation": "refunds"}, SALES]),
        ("fr", "ont recommandé après un remboursement", [{"relation": "refunds"}, SALES]),
        (
            "en",
            "no second order within 90 days after the first one",
            [FIRST, SALES | {"not": True, "within_days": 90}],
        ),
        (
            "en",
            "looked at a product and bought the same one within two weeks",
            [
                {"relation": "product_views"},
                {"relation": "order_items", "within_days": 14, "same": "sku"},
            ],
        ),
        (
            "de",
            "erst Shoes angesehen, dann etwas in den Warenkorb gelegt und dann bestellt",
            [VIEWED, {"relation": "all_cart_items"}, SALES],
        ),
        (
            "fr",
            "ajouté à la liste d'envies sans jamais l'acheter ensuite",
            [
                {"relation": "wishlist_items"},
                {"relation": "order_items", "same": "sku", "not": True},
            ],
        ),
    ],
)
def test_an_order_of_events_is_understood(language, text, steps):
    """Catches phrases of the contract that are not read, or read as what happened lately."""
    read = read_sentence(text, language=language)
    assert not read.unread
    assert read.readings[0].conditions == {"match": "all", "conditions": [{"steps": steps}]}


@pytest.mark.parametrize(
    "text",
    ["viewed shoes and then foo within 7 days", "viewed foo and then ordered"],
)
def test_what_is_no_event_is_marked(text):
    """Catches an order of events that is made of a clause which nobody understood."""
    read = read_sentence(text, language="en")
    assert all("steps" not in str(one.conditions) for one in read.readings)
    assert read.unread or " then " not in text
    assert read.unread


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "over 30 days later viewed a product"),
        ("en", "not more than 30 days later ordered"),
        ("en", "at least 30 days afterwards ordered"),
        ("de", "nicht mehr als 30 Tage später bestellt"),
        ("fr", "ont commandé plus de 30 jours plus tard"),
    ],
)
def test_a_gap_after_no_event_is_not_the_last_days(language, text):
    """Catches a window back from today in the place of the time since another event."""
    read = read_sentence(text, language=language)
    assert read.unread
    assert not read.readings


@pytest.mark.parametrize(
    "text",
    [
        "logged in and then ordered no more than 30 days ago",
        "logged in and then ordered no fewer than 3 times",
    ],
)
def test_no_more_than_denies_no_event(text):
    """Catches "did not order more than 30 days ago", which is the opposite."""
    assert all("'not'" not in str(one.conditions) for one in read_sentence(text).readings)


def test_a_purchase_of_what_was_viewed_is_not_one_of_anything_lately():
    """Catches "did not buy it within a day" read as "has not ordered since yesterday"."""
    text = "looked at shoes at least 3 times and did not buy it within a day"
    read = read_sentence(text, language="en")
    assert [one.text for one in read.unread] == ["did not buy it within a day"]
    assert all("order" not in str(one.conditions) for one in read.readings)


@pytest.mark.parametrize(
    ("language", "text", "more"),
    [
        ("en", "looked at Shoes, then bought them within 7 days", {}),
        ("en", "viewed Shoes but didn't buy them within 7 days", {"not": True}),
    ],
)
def test_pronoun_means_the_kind_or_the_same_product(language, text, more):
    kind, same = read_sentence(text, language=language).readings
    gap = {"within_days": 7, **more}
    assert kind.conditions["conditions"] == [{"steps": [VIEWED, BOUGHT | gap]}]
    sold = {"relation": "order_items", "same": "sku"} | gap
    assert same.conditions["conditions"] == [{"steps": [VIEWED, sold]}]


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        (
            "en",
            "had a refund and never ordered again",
            "Customers who received a refund and did not order afterwards.",
        ),
        (
            "en",
            "logged in after their last order",
            "Customers who ordered (the last time) and then logged in.",
        ),
        (
            "de",
            "haben sich nach ihrer letzten Bestellung eingeloggt",
            "Kunden, die bestellt (beim letzten Mal) und dann sich angemeldet haben.",
        ),
        (
            "fr",
            "ont regardé un produit et l'ont acheté dans les deux semaines",
            "Clients qui ont consulté un produit puis acheté le même produit dans les 14 jours.",
        ),
    ],
)
def test_order_of_events_has_words_of_each_language(language, text, sentence):
    read = read_sentence(text, language=language)
    assert ([one.sentence for one in read.readings], read.unread) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text", "besides"),
    [
        ("en", "logged in and ordered within 7 days", []),
        ("en", "logged in and ordered within 7 days and are from Germany", [GERMAN]),
        (
            "de",
            "haben sich eingeloggt und innerhalb von 7 Tagen bestellt und wohnen in Deutschland",
            [GERMAN],
        ),
        (
            "fr",
            "se sont connectés et ont commandé dans les 7 jours et habitent en Allemagne",
            [GERMAN],
        ),
    ],
)
def test_time_without_last_may_be_about_the_gap(language, text, besides):
    """Both meanings are offered, that of the last days first."""
    first, *_others, gap = read_sentence(text, language=language).readings
    assert "steps" not in str(first.conditions)
    assert gap.conditions["conditions"] == [
        *besides,
        {"steps": [{"relation": "logins"}, {"relation": "sales", "within_days": 7}]},
    ]


def test_cart_that_was_ordered_is_searched_in_all_carts():
    """Catches open carts, which nobody ordered yet."""
    text = "im Warenkorb gelassen und innerhalb von 24 Stunden bestellt"
    last = read_sentence(text, language="de").readings[-1]
    steps = [{"relation": "all_carts"}, SALES | {"within_hours": 24}]
    assert last.conditions["conditions"] == [{"steps": steps}]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ordered after 1 May 2025"),
        ("en", "ordered and then unsubscribed"),
        ("en", "registered and then ordered within 7 days"),
        # True of every customer with an order.
        ("en", "ordered and never ordered again"),
        ("en", "first order within 7 days after registering"),
        ("de", "Bestellungen nach Berlin geliefert"),
        ("de", "mindestens 10 Tage nach dem Kauf von Shoes etwas aus Shoes gekauft"),
    ],
)
def test_other_words_make_no_order_of_events(language, text):
    """Catches a day, a place or an unclear division that is read as an event."""
    read = read_sentence(text, language=language)
    assert all("steps" not in str(one.conditions) for one in read.readings)
