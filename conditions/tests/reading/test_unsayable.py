"""Words that no condition says: the clause with them is unread, never its rest taken for all."""

import pytest

from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.examples.small_shop import order
from conditions.tests.reading.sentences import said, small_shop, unread  # noqa: F401
from core.clock import now
from customers.models import Category, Customer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.usefixtures("small_shop"),
]


@pytest.fixture(autouse=True)
def categories(small_shop):  # noqa: F811
    for name in ("Boots", "Sandals"):
        Category.objects.create(code=name.lower(), name=name)
    order(Customer.objects.get(), "complete", "50", "2025-01-01", coupon_code="sommer_2025")
    forget()


def assert_unread(text, language):
    assert (said(text, language), bool(unread(text, language))) == ([], True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "spent over 500 excluding shipping"),
        ("en", "spent more than 500 excluding refunds"),
        ("en", "spent over 500 without shipping"),
        ("en", "spent over 500 not counting refunds"),
        ("de", "mehr als 500 ausgegeben ohne Versand"),
        ("de", "Bestellungen über 50 ohne Versandkosten"),
        ("de", "mehr als 500 Euro ausgegeben abzüglich Erstattungen"),
        ("fr", "ont dépensé plus de 500 € hors frais de port"),
        ("fr", "ont dépensé plus de 500 € sans frais de port"),
        ("fr", "ont dépensé plus de 500 € hors remboursements"),
        ("fr", "commandes de plus de 50 € hors livraison"),
    ],
)
def test_amount_without_costs_is_no_other_amount(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "ordered but did not receive it", "not receive it"),
        ("de", "haben bestellt, es aber nicht erhalten", "es aber nicht erhalten"),
        ("fr", "ont commandé mais ne l'ont pas reçu", "ne l'ont pas reçu"),
        ("en", "customers who are new", "who are new"),
        ("de", "Kunden, die neu sind", "die neu sind"),
        ("fr", "clients qui sont nouveaux", "nouveaux"),
    ],
)
def test_neither_arrival_nor_newness_is_guessed(language, text, part):
    """Catches "never ordered", and orders in the state "new"."""
    assert unread(text, language) == [part]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "ont acheté que des Shoes"),
        ("en", "bought at least two of shoes, boots, sandals"),
        ("de", "mindestens zwei von Shoes, Boots, Sandals gekauft"),
        ("fr", "acheté au moins deux de Shoes, Boots, Sandals"),
        ("de", "ausschließlich Shoes gekauft"),
        ("en", "bought shoes together with boots"),
        ("de", "haben ohne Konto bestellt"),
        ("de", "haben ihr Konto nicht bestätigt"),
        ("de", "haben nicht nur einmal bestellt"),
        ("fr", "ont commandé avec ou sans code promo"),
        ("de", "Shoes zusammen mit Boots gekauft"),
        ("en", "no refunds except in 2025"),
        ("en", "have not added a product to the cart"),
        ("de", "mehr als 10 Tage in den letzten 30 Tagen eingeloggt"),
        ("fr", "pas commandé depuis moins de 30 jours"),
        ("de", "keine Bestellungen, außer in 2025"),
    ],
)
def test_kinds_and_order_of_products_are_unread(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "bought shoes in May not toys",
            "have bought a product from “Shoes”, {may}, and {toys}",
        ),
        ("ordered in April and in May not", "have ordered {april}, and have not ordered {may}"),
        ("ordered in April and may not", "have ordered {april}, and have not ordered {may}"),
        ("who in May not ordered", "have not ordered {may}"),
        ("in may not logged in", "have not logged in {may}"),
    ],
)
def test_month_of_may_before_a_denial_is_no_verb(text, sentence):
    """Catches "may not", which no condition can express, in the place of a month."""
    day = now()
    may, april = (
        f"between {month} 1, {year} and {month} {last}, {year}"
        for month, last, year in (
            ("May", 31, day.year - (day.month < 5)),
            ("April", 30, day.year - (day.month < 4)),
        )
    )
    toys = f"have never bought a product from “Toys”, {may}"
    words = sentence.format(may=may, april=april, toys=toys)
    assert (said(text)[0], unread(text)) == (f"Customers who {words}.", [])


@pytest.mark.parametrize("text", ["women who may not order", "VIPs and may not order"])
def test_what_customers_may_not_do_is_marked(text):
    """Catches "did not order in May"."""
    assert unread(text) == ["may not order"]


@pytest.mark.parametrize(
    "text",
    [
        "will keinen Newsletter",
        "will keine Newsletter",
        "wollen keinen Newsletter",
        "Kunden, die keinen Newsletter wollen",
    ],
)
def test_newsletter_that_is_not_wanted_is_not_subscribed(text):
    assert (said(text, "de"), unread(text, "de")) == (
        ["Kunden, die kein Newsletter-Abo mit dem Abo-Status „abonniert“ haben."],
        [],
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Shoes für mehr als 100 Euro das Stück gekauft"),
        ("de", "Shoes über 100 Euro pro Stück"),
        ("de", "Shoes über 100 Euro je Stück gekauft"),
        ("en", "used more than two coupons"),
        ("de", "mehr als 3 Gutscheine eingelöst"),
        ("de", "bestellen alle zwei Monate"),
        ("en", "order every 30 days"),
        ("fr", "plus de 3 articles par commande"),
        ("de", "mehr als 3 Artikel pro Bestellung"),
        ("en", "more than 3 items per order"),
        ("en", "spent over 100 a month"),
    ],
)
def test_number_of_each_is_no_number_of_all(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "more refunds than orders"),
        ("en", "bought more shoes than boots"),
        ("en", "ordered more often than in 2024"),
        ("de", "mehr Erstattungen als Bestellungen"),
        ("de", "häufiger bestellt als 2024"),
        ("en", "revenue twice as high as refunds"),
        ("de", "Umsatz doppelt so hoch wie Rückerstattungen"),
        ("fr", "chiffre d'affaires deux fois plus élevé que les remboursements"),
        ("fr", "plus de remboursements que de commandes"),
        ("fr", "commandé cette année plus que l'année dernière"),
    ],
)
def test_two_numbers_that_are_compared_are_unread(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Sommer 2025 bestellt"),
        ("de", "im Sommer 2025 bestellt"),
        ("de", "Winter 2024/25 bestellt"),
        ("en", "ordered in summer 2025"),
        ("fr", "commandé au printemps 2025"),
        ("en", "ordered 3 times in one month"),
        ("en", "never ordered more than 3 times in a month"),
        ("en", "three orders in a week"),
        ("en", "spent more than 500 in a month"),
        ("de", "dreimal in einer Woche bestellt"),
        ("fr", "commandé trois fois en une semaine"),
        ("fr", "trois commandes dans le même mois"),
        ("en", "ordered within 7 days of signing up"),
        ("de", "innerhalb von 30 Tagen nach der Registrierung bestellt"),
    ],
)
def test_season_and_any_week_are_no_period(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        # What is like a season or any week, and was read before.
        ("en", "not ordered in a month", "Customers who have not ordered in the last 30 days."),
        ("en", "ordered in a week", "Customers who have ordered in the last 7 days."),
        (
            "de",
            "Gutschein sommer_2025 eingelöst",
            "Kunden, die eine Bestellung mit dem Gutscheincode „sommer_2025“ aufgegeben haben.",
        ),
    ],
)
def test_last_week_and_code_of_a_season_are_read(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "orders not yet paid"),
        ("en", "last order was refunded"),
        ("de", "noch nicht bezahlte Bestellungen"),
        ("de", "nicht versandte Bestellungen"),
        ("de", "letzte Bestellung wurde erstattet"),
        ("fr", "commandes non payées"),
        ("fr", "dernière commande remboursée"),
        ("en", "customers with an order over 100 returned last week"),
        ("en", "customers who returned more than 2 orders"),
        ("de", "zwei Bestellungen zurückgeschickt"),
        ("fr", "clients avec une commande de plus de 100 euros retournée la semaine dernière"),
    ],
)
def test_what_happened_to_an_order_is_unread(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "bought shoes but returned them", "returned them"),
        ("de", "Shoes gekauft, aber zurückgeschickt", "zurückgeschickt"),
        ("fr", "ont acheté des Shoes mais les ont retournées", "les ont retournées"),
        ("de", "Bestellung, die nicht versendet wurde", "nicht versendet"),
        ("de", "Bestellung, die gestern zurückgeschickt wurde", "gestern zurückgeschickt wurde"),
        ("en", "live in Berlin but never ordered there", "never ordered there"),
        ("en", "ordered and then unsubscribed", "then unsubscribed"),
        ("en", "hasn't logged in since January 2025 but ordered after", "ordered after"),
        ("en", "hasn't logged in since January 2025 but ordered before", "ordered before"),
        ("fr", "pas connecté depuis janvier 2025 mais commandé après", "commandé après"),
        ("en", "carts that are not abandoned", "not abandoned"),
        ("fr", "paniers qui ne sont pas abandonnés", "ne sont pas abandonnés"),
        (
            "en",
            "registered last year and ordered within 30 days of registration",
            "ordered within 30 days of registration",
        ),
        ("en", "people from Berlin who don't speak French", "don't speak French"),
        ("fr", "habitant Berlin qui ne parlent pas français", "parlent pas français"),
        ("en", "new customers", "new customers"),
        ("en", "the first 100 buyers in 2025", "the first 100 buyers in 2025"),
        ("de", "die ersten 100 Käufer im Jahr 2025", "die ersten 100 Käufer im Jahr 2025"),
        ("fr", "les 100 premiers clients en 2025", "les 100 premiers clients en 2025"),
        ("en", "customers if VIP", "if VIP"),
        ("en", "unless VIP, women", "unless VIP"),
        ("en", "ordered after they unsubscribed", "after"),
        ("fr", "ont commandé après s'être désabonnés", "après"),
        ("en", "ordered while they were subscribed", "while"),
        ("de", "haben bestellt, solange sie abonniert waren", "solange"),
        ("fr", "ont commandé tant qu'ils étaient abonnés", "tant"),
        ("en", "spent over 100 but not in a single order", "not in a single order"),
        ("en", "at least a single order", "at least a single order"),
        ("de", "haben die einzige Bestellung im Mai aufgegeben", "einzige Bestellung im Mai"),
        ("fr", "leur unique commande dépasse 100 euros", "unique commande dépasse 100 euros"),
    ],
)
def test_clause_with_such_words_is_marked(language, text, marked):
    assert unread(text, language) == [marked]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "hardly ever bought shoes"),
        ("en", "rarely ordered"),
        ("de", "kaum bestellt"),
        ("de", "selten bestellt"),
        ("fr", "n'ont guère commandé"),
        ("fr", "n'achètent plus de Shoes"),
        ("de", "nie weiße oder blaue Shoes gekauft"),
        ("de", "nie und xyzzy Shoes gekauft"),
        ("en", "did not have a first order with a coupon in 2024"),
    ],
)
def test_clause_with_an_unread_denial_is_not_read_as_its_opposite(language, text):
    assert_unread(text, language)


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("fr", "refuse le marketing", "Clients qui n’acceptent pas la publicité."),
        ("de", "Werbung abgelehnt", "Kunden, die nicht in Werbung eingewilligt haben."),
        (
            "en",
            "never, ever bought shoes",
            "Customers who have never bought a product from “Shoes”.",
        ),
        (
            "de",
            "nie und nimmer Shoes gekauft",
            "Kunden, die noch nie einen Artikel aus „Shoes“ gekauft haben.",
        ),
        (
            "de",
            "nicht nach Berlin geliefert",
            "Kunden, die keine Bestellung geliefert in den Ort „Berlin“ aufgegeben haben.",
        ),
        (
            "fr",
            "ne commandent jamais sans code promo",
            "Clients qui ont commandé au moins 1 fois "
            "et qui n’ont passé aucune commande sans code promo.",
        ),
        (
            "fr",
            "sans commande depuis plus de 6 mois",
            "Clients qui n’ont pas commandé au cours des 180 derniers jours.",
        ),
        (
            "fr",
            "aucun achat depuis plus d'un an",
            "Clients qui n’ont pas commandé au cours des 365 derniers jours.",
        ),
        (
            "fr",
            "n'ont pas commandé depuis 90 jours ou plus",
            "Clients qui n’ont pas commandé au cours des 90 derniers jours.",
        ),
        (
            "fr",
            "pas connecté depuis plus de 30 jours",
            "Clients qui n’ont ouvert aucune session au cours des 30 derniers jours.",
        ),
        (
            "en",
            "no order shipped outside Germany",
            "Customers who have placed no order not shipped to “Germany”.",
        ),
        (
            "de",
            "keine Bestellungen geliefert außerhalb von Deutschland",
            "Kunden, die keine Bestellung nicht geliefert nach „Deutschland“ aufgegeben haben.",
        ),
        (
            "fr",
            "aucune commande livrée hors de France",
            "Clients qui n’ont passé aucune commande non avec livraison vers « France ».",
        ),
        (
            "en",
            "customers without a coupon on any order",
            "Customers who have placed no order with a coupon code.",
        ),
        ("en", "no coupon on any order", "Customers who have placed no order with a coupon code."),
        (
            "de",
            "Kunden ohne Gutschein bei irgendeiner Bestellung",
            "Kunden, die keine Bestellung mit einem Gutscheincode aufgegeben haben.",
        ),
        (
            "fr",
            "clients sans code promo sur aucune commande",
            "Clients qui n’ont passé aucune commande avec un code promo.",
        ),
        (
            "en",
            "women unless they bought shoes and live in Berlin",
            "Customers whose gender is “female” and to whom none of these applies: "
            "(have bought a product from “Shoes” and live in the city “Berlin”).",
        ),
        (
            "de",
            "Kunden, es sei denn, sie sind VIP",
            "Kunden, die nicht in der Kundengruppe „VIP“ sind.",
        ),
        (
            "fr",
            "clients à moins qu'ils soient VIP",
            "Clients qui ne sont pas dans le groupe de clients « VIP ».",
        ),
        (
            "en",
            "all customers except those in Germany or France",
            "Customers who do not live in Germany or France.",
        ),
        (
            "en",
            "not VIP and not from Germany or Austria",
            "Customers who are not in the customer group “VIP” "
            "and do not live in Germany or Austria.",
        ),
    ],
)
def test_refusal_and_strong_denials_deny(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


def test_nobody_except_some_are_not_the_others():
    assert said("nobody except VIPs") == ["Customers who are in the customer group “VIP”."]
    assert unread("nobody except VIPs") == ["nobody except"]
