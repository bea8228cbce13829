"""Words of customers or of rows: "all", "new", "again", "did not buy"; small numbers."""

import pytest

from conditions.tests.reading.sentences import said, small_shop, unread  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.usefixtures("small_shop"),
]

OPEN_CART = {
    "en": "Customers who have an open cart.",
    "de": "Kunden, die einen offenen Warenkorb haben.",
    "fr": "Clients qui ont un panier en cours.",
}


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "left something in the cart and did not buy", "not buy"),
        ("en", "abandoned a cart and didn't order", "didn't order"),
        ("en", "abandoned a cart without buying", "without buying"),
        ("en", "did not buy but left a cart", "not buy"),
        ("de", "Warenkorb abgebrochen und nicht gekauft", "nicht gekauft"),
        ("de", "Kunden mit Warenkorb ohne Bestellung", "ohne Bestellung"),
        ("fr", "ont abandonné un panier sans acheter", "sans acheter"),
        ("fr", "ont abandonné un panier et n'ont rien acheté", "n'ont rien acheté"),
    ],
)
def test_cart_that_was_not_bought_is_not_never_ordered(language, text, marked):
    assert (said(text, language), unread(text, language)) == ([OPEN_CART[language]], [marked])


@pytest.mark.parametrize(
    ("language", "text", "never"),
    [
        ("en", "abandoned cart, no purchase", "have never ordered."),
        ("de", "Warenkorb, aber keine Bestellung", "noch nie bestellt haben."),
    ],
)
def test_no_purchase_beside_a_cart_may_be_of_that_cart(language, text, never):
    first, second = said(text, language)

    assert never in first
    assert second == OPEN_CART[language]


def test_cart_and_never_ordered_is_as_written():
    assert said("left a cart and never ordered") == [
        "Customers who have an open cart and have never ordered."
    ]


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("en", "all ordered shoes", "bought shoes"),
        ("en", "each of them bought shoes", "bought shoes"),
        ("de", "alle bestellten Shoes", "Shoes gekauft"),
        ("fr", "tous les clients ont commandé des Shoes", "ont commandé des Shoes"),
        ("fr", "tous ont commandé des Shoes", "ont commandé des Shoes"),
    ],
)
def test_all_before_a_verb_are_customers(language, text, plain):
    assert unread(text, language) == []
    assert said(text, language) == said(plain, language)


@pytest.mark.parametrize(
    ("language", "text", "every", "some"),
    [
        ("en", "all shipped to Germany", "orders, each of them shipped", "an order shipped"),
        ("de", "alle nach Berlin geliefert", "zwar jede geliefert", "eine Bestellung geliefert"),
        ("fr", "tous livrés à Berlin", "chacune avec livraison", "une commande avec livraison"),
        ("en", "all viewed shoes", "products, each of them from", "a product from"),
    ],
)
def test_all_before_what_rows_have_may_be_orders_or_customers(language, text, every, some):
    first, second = said(text, language)

    assert every in first
    assert some in second


def test_all_before_a_noun_are_these():
    (sentence,) = said("toutes les commandes livrées à Berlin", "fr")

    assert "chacune avec livraison" in sentence


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "new VIPs this week", ["new", "this week"]),
        ("de", "neue VIPs diese Woche", ["neue", "diese Woche"]),
        ("fr", "nouveaux VIP cette semaine", ["nouveaux", "cette semaine"]),
        ("en", "canceled women", ["canceled"]),
    ],
)
def test_state_of_orders_is_not_said_of_customers(language, text, marked):
    (sentence,) = said(text, language)

    assert unread(text, language) == marked
    assert not any(word in sentence for word in ("order", "Bestell", "command"))


def test_state_before_a_place_and_orders_is_of_the_orders():
    assert "in the state “new”" in said("new German orders")[0]


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "bought shoes again", "again"),
        ("de", "Shoes noch einmal gekauft", "noch einmal"),
        ("fr", "ont acheté des Shoes à nouveau", "à nouveau"),
        ("fr", "ont encore acheté des Shoes", "encore"),
    ],
)
def test_again_is_unread_and_no_number(language, text, marked):
    (sentence,) = said(text, language)

    assert unread(text, language) == [marked]
    assert "Shoes" in sentence


@pytest.mark.parametrize("text", ["never ordered again", "not ordered again"])
def test_never_again_is_not_never(text):
    assert (said(text), unread(text)) == ([], [text])


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "bought shoes or ordered xyzzy", "or ordered xyzzy"),
        ("de", "Shoes oder Xyzzy gekauft", "oder Xyzzy"),
        ("fr", "ont acheté des Shoes ou commandé Xyzzy", "ou commandé Xyzzy"),
    ],
)
def test_verb_of_an_unread_alternative_is_not_everybody_who_did(language, text, marked):
    (sentence,) = said(text, language)

    assert unread(text, language) == [marked]
    assert "Shoes" in sentence


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "bought xyzzy"), ("de", "Xyzzy gekauft"), ("fr", "ont acheté Xyzzy")],
)
def test_verb_alone_is_no_audience(language, text):
    assert said(text, language) == []
    assert "yzzy" in unread(text, language)[0]


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "one or two orders", "Customers who have ordered between 1 and 2 times."),
        ("de", "eine oder zwei Bestellungen", "Kunden, die zwischen 1 und 2 Mal bestellt haben."),
        ("fr", "une ou deux commandes", "Clients qui ont commandé entre 1 et 2 fois."),
        ("en", "one, two or three orders", "Customers who have ordered 1, 2 or 3 times."),
        ("en", "3 or 4 or 5 orders", "Customers who have ordered 3, 4 or 5 times."),
        ("en", "zero or one order", "Customers who have ordered between 0 and 1 time."),
        ("de", "alle eingeloggt", "Kunden, die sich angemeldet haben."),
        ("fr", "n'ont pas encore commandé", "Clients qui n’ont jamais commandé."),
        ("en", "spent over 1'000 EUR", "Customers who have spent more than 1,000 EUR in all."),
        (
            "de",
            "mehr als 1’000 EUR ausgegeben",
            "Kunden, die insgesamt mehr als 1.000 EUR ausgegeben haben.",
        ),
        ("fr", "n'ont pas consulté un produit", "Clients qui n’ont jamais consulté de produit."),
        ("en", "placed a single order", "Customers who have ordered exactly once."),
        (
            "de",
            "haben eine einzige Bestellung aufgegeben",
            "Kunden, die genau einmal bestellt haben.",
        ),
        ("fr", "ont passé une seule commande", "Clients qui ont commandé exactement une fois."),
        ("en", "have not placed a single order", "Customers who have never ordered."),
        (
            "de",
            "haben mehr als eine einzige Bestellung",
            "Kunden, die mehr als 1 Mal bestellt haben.",
        ),
    ],
)
def test_small_numbers_and_articles_are_read(language, text, sentence):
    (found,) = said(text, language)

    assert unread(text, language) == []
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "one or no order"),
        ("de", "eine oder keine Bestellung"),
        ("fr", "une ou aucune commande"),
    ],
)
def test_one_or_none_is_not_none(language, text):
    assert (said(text, language), unread(text, language)) == ([], [text])


@pytest.mark.parametrize(
    ("language", "text", "marked", "clause"),
    [
        (
            "en",
            "over 40 and spent between 100 and 200 euros",
            "over 40",
            "spent between 100 and 200 euros",
        ),
        ("en", "under 30 and spent less than 100", "under 30", "spent less than 100"),
        ("en", "over 40, spent over 100 euros", "over 40", "spent over 100 euros"),
        ("en", "over 40 and over 100 euros spent", "over 40", "over 100 euros spent"),
        ("en", "over 50 and ordered twice", "over 50", "ordered twice"),
        ("en", "between 30 and 40 and ordered twice", "between 30 and 40", "ordered twice"),
        ("en", "over 50 or ordered twice", "over 50 or", "ordered twice"),
        (
            "de",
            "über 40 und zwischen 100 und 200 Euro ausgegeben",
            "über 40",
            "zwischen 100 und 200 Euro ausgegeben",
        ),
        ("de", "unter 30 und zweimal bestellt", "unter 30", "zweimal bestellt"),
        (
            "fr",
            "plus de 40 et ont dépensé entre 100 et 200 euros",
            "plus de 40",
            "ont dépensé entre 100 et 200 euros",
        ),
        ("fr", "plus de 40 et ont commandé deux fois", "plus de 40", "ont commandé deux fois"),
    ],
)
def test_number_before_a_counted_clause_is_unread(language, text, marked, clause):
    assert unread(text, language) == [marked]
    assert said(text, language) == said(clause, language)


@pytest.mark.parametrize(
    ("language", "text", "ends"),
    [
        ("en", "over 100 and under 200 euros spent", ["more than 100 EUR", "less than 200 EUR"]),
        ("en", "at least 3 but at most 5 orders", ["at least 3 times", "at most 5 times"]),
        ("en", "less than 2 or more than 5 orders", ["less than 2 times", "more than 5 times"]),
        (
            "de",
            "mehr als 100 und weniger als 200 Euro ausgegeben",
            ["mehr als 100 EUR", "weniger als 200 EUR"],
        ),
    ],
)
def test_two_ends_share_their_unit_and_verb(language, text, ends):
    (sentence,) = said(text, language)

    assert unread(text, language) == []
    assert all(end in sentence for end in ends)


@pytest.mark.parametrize(
    ("language", "text", "neither"),
    [
        ("en", "never subscribed", "do not have the newsletter status subscribed or unsubscribed"),
        ("en", "women who never subscribed", "not have the newsletter status subscribed or unsub"),
        ("en", "unsubscribed or never subscribed", "or do not have the newsletter status subscr"),
        ("en", "all except those who never subscribed", "the newsletter status subscribed or uns"),
        ("de", "nie abonniert", "nicht den Status abonniert oder abgemeldet haben"),
        (
            "de",
            "haben den Newsletter nie abonniert",
            "kein Newsletter-Abo mit dem Abo-Status abo",
        ),
        ("de", "abgemeldet oder nie abonniert", "nicht den Status abonniert oder abgemeldet"),
        ("fr", "jamais abonné", "n’ont pas à la newsletter l’état abonné ou désabonné"),
        ("fr", "désabonné ou jamais abonné", "pas à la newsletter l’état abonné ou désabonné"),
    ],
)
def test_never_subscribed_leaves_out_who_unsubscribed(language, text, neither):
    (sentence,) = said(text, language)

    assert unread(text, language) == []
    assert neither in sentence


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "never unsubscribed"),
        ("en", "never subscribed in 2025"),
        ("de", "nie abgemeldet"),
        ("fr", "jamais désabonné"),
    ],
)
def test_never_had_a_status_that_passes_is_unread(language, text):
    assert (said(text, language), unread(text, language)) == ([], [text])


@pytest.mark.parametrize(
    ("language", "text", "status"),
    [
        ("en", "no longer subscribed to the newsletter", "“unsubscribed”"),
        ("de", "haben den Newsletter nicht mehr abonniert", "„abgemeldet“"),
        ("fr", "ne sont plus abonnés à la newsletter", "désabonné"),
    ],
)
def test_no_longer_subscribed_is_unsubscribed(language, text, status):
    """Catches customers who never subscribed."""
    (sentence,) = said(text, language)
    assert (status in sentence, unread(text, language)) == (True, [])


@pytest.mark.parametrize("text", ["not subscribed", "not at all subscribed", "no subscriber"])
def test_not_subscribed_is_said_about_today(text):
    assert said(text) == ["Customers who do not have the newsletter status “subscribed”."]


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("en", "all women and all men", "women and men"),
        ("en", "all women, and all men", "women and men"),
        ("en", "every woman and every man", "women and men"),
        ("en", "all women and all men who ordered twice", "women and men who ordered twice"),
        ("de", "alle Frauen und alle Männer", "Frauen und Männer"),
        ("fr", "toutes les femmes et tous les hommes", "les femmes et les hommes"),
    ],
)
def test_repeated_all_names_either_group(language, text, plain):
    assert unread(text, language) == []
    assert said(text, language) == said(plain, language)


@pytest.mark.parametrize(
    ("language", "text", "both", "either"),
    [
        ("en", "women and VIPs", " and who are in", " or who are in"),
        ("en", "all women and all VIPs", " and who are in", " or who are in"),
        ("de", "Frauen und VIPs", " und die in", " oder die in"),
        ("fr", "les femmes et les VIP", " et qui sont", " ou qui sont"),
    ],
)
def test_two_nouns_are_who_is_both_or_either(language, text, both, either):
    first, second = said(text, language)

    assert unread(text, language) == []
    assert both in first
    assert either in second


@pytest.mark.parametrize(
    "text",
    [
        "female VIPs",
        "women and from Germany",
        "women and in the group VIP",
        "women and not VIPs",
        "customers who are women and VIPs",
    ],
)
def test_noun_and_a_phrase_are_who_is_both(text):
    assert len(said(text)) == 1
    assert unread(text) == []
