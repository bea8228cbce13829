"""What a clause takes from the one before: the same order, product, place, period or range."""

import pytest

from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.examples.small_shop import order
from conditions.tests.reading.sentences import said, small_shop, unread  # noqa: F401
from customers.models import Category, Customer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.usefixtures("small_shop"),
]


@pytest.fixture(autouse=True)
def shop(small_shop):  # noqa: F811
    for name in ("Boots", "Acme", "Coffee"):
        Category.objects.create(code=name.lower(), name=name)
    for method in ("PayPal", "card"):
        order(Customer.objects.get(), "complete", "50", "2025-01-01", payment_method=method)
    forget()


def assert_first(text, language, part):
    sentences = said(text, language)
    assert unread(text, language) == []
    assert part in sentences[0], sentences


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "shipped to Berlin but not living there", "“Berlin” and do not live in the city"),
        (
            "de",
            "nach Berlin geliefert, aber nicht dort wohnhaft",
            "haben und nicht im Ort „Berlin“",
        ),
        ("de", "nach Berlin geliefert, wohnen aber nicht dort", "haben und nicht im Ort „Berlin“"),
        ("fr", "livré à Berlin mais n'y habitent pas", "« Berlin » et qui n’habitent pas dans la"),
    ],
)
def test_there_is_the_place_named_before(language, text, part):
    assert_first(text, language, part)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "orders under 20 euros, at least three", "at least 3 orders of less than 20 EUR"),
        ("en", "orders under 20, at least three", "at least 3 orders of less than 20 EUR"),
        ("de", "Bestellungen unter 20 Euro, mindestens drei", "mindestens 3 Bestellungen im Wert"),
        (
            "fr",
            "commandes de moins de 20 euros, au moins trois",
            "au moins 3 commandes valant moins",
        ),
        ("en", "orders over 100, under 200", "an order of more than 100 EUR, of less than 200 EUR"),
        ("en", "a cart over 100 abandoned yesterday", "yesterday, of more than 100 EUR"),
        (
            "en",
            "more than 100 but less than 500 spent on shoes",
            "(from “Shoes”) is more than 100 EUR and for whom",
        ),
        (
            "de",
            "mehr als 100, aber weniger als 500 für Shoes ausgegeben",
            "(aus „Shoes“) mehr als 100 EUR beträgt und",
        ),
        (
            "fr",
            "plus de 100 mais moins de 500 dépensés en Shoes",
            "(de la catégorie « Shoes ») vaut plus de 100 EUR et",
        ),
    ],
)
def test_second_number_is_of_the_same_rows(language, text, part):
    assert_first(text, language, part)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "ordered in 2024 but nothing over 100", "no order between January 1, 2024 and"),
        (
            "de",
            "2024 bestellt, aber nichts über 100",
            "keine Bestellung zwischen dem 1. Januar 2024",
        ),
        ("fr", "commandé en 2024 mais rien de plus de 100", "aucune commande entre le 1er janvier"),
    ],
)
def test_denied_clause_may_be_of_the_same_period(language, text, part):
    assert_first(text, language, part)
    # So may none over 100 at any time be meant.
    assert len(said(text, language)) == 2


def test_a_number_after_never_is_an_amount():
    text = "ordered more than twice but never over 100"
    assert_first(text, "en", "and have placed no order of more than 100 EUR")


def test_period_ends_at_a_state():
    first, second = said("neither subscribed nor ordered in 2025")

    assert "do not have the newsletter status “subscribed” and have not ordered" in first
    assert "with a change of status between" in second


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "bought shoes not from Acme", "a product from “Shoes”, not from “Acme”."),
        ("en", "bought shoes that are not from Acme", "a product from “Shoes”, not from “Acme”."),
        ("en", "bought shoes not boots", "and have never bought a product from “Boots”."),
        ("de", "Shoes nicht von Acme gekauft", "Artikel aus „Shoes“, nicht aus „Acme“, gekauft"),
        ("de", "Shoes gekauft, die nicht von Acme sind", "„Shoes“, nicht aus „Acme“, gekauft"),
        (
            "fr",
            "ont acheté des Shoes qui ne sont pas de la marque Acme",
            "de la catégorie « Shoes », non de la catégorie « Acme ».",
        ),
        ("en", "ordered but not paid with PayPal", "have placed an order not paid by “PayPal”."),
        ("de", "Bestellungen, die nicht mit PayPal bezahlt wurden", "nicht bezahlt per „PayPal“"),
        (
            "en",
            "bought shoes but not paid with PayPal",
            "not paid by “PayPal”, with a product from",
        ),
    ],
)
def test_denial_after_a_product_is_of_the_same_order(language, text, part):
    assert_first(text, language, part)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "orders without Coffee", "an order with no product from “Coffee”"),
        ("en", "3 orders without Coffee", "exactly 3 orders with no product from “Coffee”"),
        ("en", "carts without shoes", "an open cart with no product from “Shoes”"),
        ("en", "orders with shoes but without boots", "an order with no product from “Boots”"),
        ("de", "Bestellungen ohne Coffee", "eine Bestellung ohne einen Artikel aus „Coffee“"),
        ("de", "ohne Coffee bestellt", "eine Bestellung ohne einen Artikel aus „Coffee“"),
        ("fr", "commandes sans Coffee", "une commande sans aucun produit de la catégorie"),
        ("fr", "paniers sans Shoes", "un panier en cours sans aucun produit de la catégorie"),
    ],
)
def test_order_without_a_product_is_an_order(language, text, part):
    assert_first(text, language, part)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "all canceled", "in any state, each of them in the state “canceled”"),
        ("de", "alle storniert", "und zwar jedes Mal im Zustand „storniert“"),
        ("fr", "toutes annulées", "à chaque fois dans l’état « annulée »"),
        ("fr", "3 commandes, toutes annulées", "3 commandes, quel que soit leur état dans l’état"),
        (
            "en",
            "3 orders with shoes, all over 100",
            "no order of at most 100 EUR, with a product from “Shoes”.",
        ),
        ("de", "3 Bestellungen mit Shoes, alle über 100", "keine Bestellung im Wert von höchstens"),
        (
            "fr",
            "3 commandes avec Shoes, toutes de plus de 100",
            "aucune commande valant au plus 100",
        ),
        (
            "en",
            "3 orders, all with a coupon",
            "3 times and have placed orders, each of them with a",
        ),
        (
            "en",
            "less than 3 orders this year, all with a coupon",
            "this year, without a coupon code",
        ),
        ("en", "at most two orders, both over 50", "orders, each of them of more than 50 EUR"),
        ("de", "weniger als 3 Bestellungen, aber alle über 100 Euro", "und zwar jede im Wert von"),
        ("en", "two orders, neither over 50", "no order of more than 50 EUR"),
        (
            "de",
            "nicht mehr als 2 Bestellungen, davon keine mit Gutschein",
            "höchstens 2 Mal bestellt haben und keine Bestellung mit einem Gutscheincode",
        ),
    ],
)
def test_all_of_them_are_those_named_before(language, text, part):
    assert_first(text, language, part)


@pytest.mark.parametrize(
    ("language", "text", "one", "other"),
    [
        (
            "en",
            "spend more than 100 per order",
            "per order on average",
            "each of them of more than",
        ),
        ("de", "mehr als 100 € pro Bestellung ausgeben", "im Schnitt mehr als", "und zwar jede im"),
        ("fr", "dépensent plus de 100 € par commande", "en moyenne plus de", "chacune valant plus"),
        ("en", "at least 3 orders each over 100", "at least 3 orders of", "at least 3 times and"),
        ("de", "mindestens 3 Bestellungen jeweils über 100", "mindestens 3 Best", "3 Mal bestellt"),
        ("en", "ordered but not in Germany", "no order shipped to", "not live in “Germany”"),
        (
            "de",
            "bestellt, aber nicht in Deutschland",
            "keine Bestellung",
            "in „Deutschland“ wohnen",
        ),
        ("fr", "ont commandé mais pas en Allemagne", "aucune commande avec", "pays n’est pas"),
        ("en", "bought shoes but not in Germany", "shipped to “Germany”, with a", "do not live"),
        ("en", "ordered and not in Germany", "no order shipped to", "not live in “Germany”"),
        ("en", "ordered but not to Germany", "no order shipped to", "not live in “Germany”"),
        ("de", "bestellt, aber nicht nach Berlin", "keine Bestellung", "nicht im Ort „Berlin“"),
        ("de", "nicht in Berlin bestellt", "keine Bestellung", "nicht im Ort „Berlin“"),
        ("en", "ordered, but not in Berlin, this year", "no order shipped", "not live in the city"),
        ("en", "ordered outside Germany", "not live in", "an order not shipped to “Germany”"),
        ("en", "only one order, in 2025", "exactly 1 order between", "exactly once and have"),
        ("de", "nur eine Bestellung, in 2025", "genau 1 Bestellung zwischen", "einmal bestellt"),
        ("fr", "seulement une commande, en 2025", "exactement 1 commande entre", "fois et"),
        (
            "en",
            "first order with a coupon in 2024",
            "only the first one) have placed",
            "only the first one of those with a coupon code) have ordered between",
        ),
        (
            "de",
            "erste Bestellung über 100 Euro im Jahr 2024",
            "nur der erste Eintrag gezählt",
            "nur der erste Eintrag unter denen im Wert von mehr als 100",
        ),
        (
            "fr",
            "première commande de plus de 100 euros en 2024",
            "que la première entrée) ont",
            "que la première entrée parmi celles valant plus de 100",
        ),
        (
            "en",
            "last order over 200 and ordered with a coupon",
            "latest value of “Coupon code”",
            "have placed an order with a coupon code",
        ),
        (
            "de",
            "letzte Bestellung über 200 Euro und mit Gutschein bestellt",
            "letzte Wert von „Gutscheincode“",
            "eine Bestellung mit einem Gutscheincode",
        ),
        (
            "fr",
            "dernière commande de plus de 200 euros et commandé avec un code promo",
            "dernière valeur de « Code promo »",
            "une commande avec un code promo",
        ),
        ("en", "over 5 orders or over 500 euros", "500 EUR in all", "an order of more than 500"),
        ("de", "über 5 Bestellungen oder über 500 Euro", "insgesamt mehr als 500", "eine Best"),
        ("fr", "plus de 5 commandes ou plus de 500 euros", "au total", "passé une commande"),
    ],
)
def test_both_of_what_may_be_meant_are_offered(language, text, one, other):
    first, second = said(text, language)

    assert unread(text, language) == []
    assert one in first
    assert other in second


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ordered in 2025 and live not in Germany"),
        ("de", "Kunden, die 2025 bestellt haben, aber nicht in Deutschland wohnen"),
    ],
)
def test_verb_of_living_says_where_somebody_lives(language, text):
    assert len(said(text, language)) == 1
