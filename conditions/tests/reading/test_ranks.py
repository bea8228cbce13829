"""Ranks in what merchants type: by which figure, of which days, in which population."""

import pytest

from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget
from customers.models import CustomerGroup

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SALES, ORDERS = "lifetime.sales", "lifetime.number_of_orders"
ORDER_VALUE = "lifetime.average_order_value"
LATELY = {
    "relation": "sales",
    "aggregate": "count",
    "match": "all",
    "conditions": [{"attribute": "order.created_at", "operator": "in_last_days", "value": 90}],
}
RETURNS = {"relation": "refunds", "aggregate": "count", "match": "all", "conditions": []}
LOGINS = {**RETURNS, "relation": "logins"}
FIRST_20 = {"operator": "in_top", "value": 20}


def rank(attribute, operator, **more):
    return {"attribute": attribute, "operator": operator, **more}


PER_WEBSITE = rank(ORDERS, "in_top", value=3, per="customer.website")
PHRASES = [
    ("en", "top 100 customers by sales", rank(SALES, "in_top", value=100)),
    ("en", "our best 10%", rank(SALES, "in_top_percent", value="10")),
    ("en", "the 50 most valuable customers", rank(SALES, "in_top", value=50)),
    ("de", "die 50 wertvollsten Kunden", rank(SALES, "in_top", value=50)),
    ("fr", "les 50 plus dépensiers", rank(SALES, "in_top", value=50)),
    ("en", "top 10% of customers by revenue", rank(SALES, "in_top_percent", value="10")),
    ("en", "top 5% spenders", rank(SALES, "in_top_percent", value="5")),
    ("en", "not in the top 10 by orders", rank(ORDERS, "not_in_top", value=10)),
    ("en", "spent more than average", rank(SALES, "above_average")),
    ("en", "above-average order value", rank(ORDER_VALUE, "above_average")),
    ("en", "twice the average number of orders", rank(ORDERS, "above_average", times="2")),
    ("en", "top 10 by product views", rank("views.count", "in_top", value=10)),
    ("en", "more product views than average", rank("views.count", "above_average")),
    ("de", "überdurchschnittlich viele Retouren", {**RETURNS, "operator": "above_average"}),
    ("fr", "les 20 clients avec le plus de remboursements", {**RETURNS, **FIRST_20}),
    ("en", "the 20 customers with the highest refunds", rank("lifetime.refunds", **FIRST_20)),
    ("en", "logged in more often than average", {**LOGINS, "operator": "above_average"}),
    ("fr", "se connectent moins souvent que la moyenne", {**LOGINS, "operator": "below_average"}),
    (
        "de",
        "Bestellwert mindestens doppelt so hoch wie der Durchschnitt",
        rank(ORDER_VALUE, "not_below_average", times="2"),
    ),
    # What the product says itself.
    (
        "en",
        "are among the top 10% by money spent of their website",
        rank(SALES, "in_top_percent", value="10", per="customer.website"),
    ),
    (
        "de",
        "die nach Umsatz zu den besten 10 % ihrer Website gehören",
        rank(SALES, "in_top_percent", value="10", per="customer.website"),
    ),
    (
        "fr",
        "parmi les 10 % premiers de leur site par montant dépensé",
        rank(SALES, "in_top_percent", value="10", per="customer.website"),
    ),
    (
        "de",
        "die nach Anzahl der Bestellungen nicht zu den letzten 20 gehören",
        rank(ORDERS, "not_in_bottom", value=20),
    ),
    ("en", "the 20 newest customers", rank("customer.registered_at", **FIRST_20)),
    ("fr", "ont dépensé deux fois plus que la moyenne", rank(SALES, "above_average", times="2")),
    (
        "en",
        "the 20 customers with the most orders in the last 90 days",
        {**LATELY, "operator": "in_top", "value": 20},
    ),
    (
        "en",
        "customers who spent more than twice the average",
        rank(SALES, "above_average", times="2"),
    ),
    (
        "en",
        "ordered more than twice as often as the average",
        rank(ORDERS, "above_average", times="2"),
    ),
    ("de", "weniger ausgegeben als der Durchschnitt", rank(SALES, "below_average")),
    (
        "en",
        "the 5 customers of each website who spent the most",
        rank(SALES, "in_top", value=5, per="customer.website"),
    ),
    (
        "de",
        "die 5 Kunden jeder Website, die am wenigsten ausgegeben haben",
        rank(SALES, "in_bottom", value=5, per="customer.website"),
    ),
    ("en", "fewer orders than the median customer", rank(ORDERS, "below_median")),
    ("en", "the top three customers of each website by orders", PER_WEBSITE),
    ("de", "die drei besten Kunden je Website nach Anzahl der Bestellungen", PER_WEBSITE),
    ("de", "weniger Bestellungen als der Median", rank(ORDERS, "below_median")),
    ("fr", "moins de commandes que la médiane", rank(ORDERS, "below_median")),
    (
        "fr",
        "moins de commandes que la moitié de la moyenne",
        rank(ORDERS, "below_average", times="0.5"),
    ),
    ("fr", "dont le panier moyen est au-dessus de la médiane", rank(ORDER_VALUE, "above_median")),
    (
        "de",
        "weniger Bestellungen als der halbe Durchschnitt",
        rank(ORDERS, "below_average", times="0.5"),
    ),
    ("fr", "les trois meilleurs clients de chaque site par nombre de commandes", PER_WEBSITE),
    ("de", "die besten 100 Kunden nach Umsatz", rank(SALES, "in_top", value=100)),
    ("de", "Top 10 %", rank(SALES, "in_top_percent", value="10")),
    ("de", "die umsatzstärksten 5 %", rank(SALES, "in_top_percent", value="5")),
    ("de", "überdurchschnittlicher Umsatz", rank(SALES, "above_average")),
    ("de", "Bestellwert über dem Durchschnitt", rank(ORDER_VALUE, "above_average")),
    (
        "de",
        "doppelt so viele Bestellungen wie der Durchschnitt",
        rank(ORDERS, "above_average", times="2"),
    ),
    (
        "de",
        "die 20 Kunden mit den meisten Bestellungen der letzten 90 Tage",
        {**LATELY, "operator": "in_top", "value": 20},
    ),
    (
        "fr",
        "les 100 meilleurs clients par chiffre d’affaires",
        rank(SALES, "in_top", value=100),
    ),
    ("fr", "top 10 %", rank(SALES, "in_top_percent", value="10")),
    ("fr", "les 5 % qui dépensent le plus", rank(SALES, "in_top_percent", value="5")),
    ("fr", "plus dépensé que la moyenne", rank(SALES, "above_average")),
    ("fr", "panier moyen au-dessus de la moyenne", rank(ORDER_VALUE, "above_average")),
    (
        "fr",
        "deux fois plus de commandes que la moyenne",
        rank(ORDERS, "above_average", times="2"),
    ),
    (
        "fr",
        "plus de quatre fois plus de commandes que la moyenne",
        rank(ORDERS, "above_average", times="4"),
    ),
    (
        "en",
        "more than four times as many orders as the average",
        rank(ORDERS, "above_average", times="4"),
    ),
    # "At least" is not "more than".
    ("en", "spent at least twice the average", rank(SALES, "not_below_average", times="2")),
    ("fr", "dépensé au moins le double de la moyenne", rank(SALES, "not_below_average", times="2")),
    (
        "de",
        "Bestellanzahl über dem Dreifachen des Medians",
        rank(ORDERS, "above_median", times="3"),
    ),
    ("de", "das Dreifache des Durchschnitts ausgegeben", rank(SALES, "above_average", times="3")),
    ("de", "die letzten 100 nach Umsatz", rank(SALES, "in_bottom", value=100)),
    # The orders are compared, not the money.
    ("de", "kaufen häufiger als der Durchschnitt ein", rank(ORDERS, "above_average")),
    (
        "fr",
        "les 20 clients avec le plus de commandes des 90 derniers jours",
        {**LATELY, "operator": "in_top", "value": 20},
    ),
]


@pytest.mark.parametrize(("language", "text", "node"), PHRASES)
def test_a_rank_is_understood(language, text, node):
    """The whole phrase is read, in one way."""
    read = read_sentence(text, language=language)
    assert [one.conditions["conditions"] for one in read.readings] == [[node]]
    assert not read.unread


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "top 10 in France"),
        ("de", "Top 10 in Frankreich"),
        ("fr", "top 10 en France"),
        ("en", "top 10 customers in France by sales"),
    ],
)
def test_a_place_beside_a_rank_may_choose_the_population(language, text):
    """Both readings are offered: among those customers first, then beside the rank."""
    place = {"attribute": "address.country", "operator": "is", "value": "FR"}
    top = rank(SALES, "in_top", value=10)
    among, beside = read_sentence(text, language=language).readings
    assert among.conditions["conditions"] == [
        {**top, "among": {"match": "all", "conditions": [place]}}
    ]
    assert sorted(beside.conditions["conditions"], key=str) == sorted([top, place], key=str)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "top 10 orders"),
        ("en", "the five biggest orders"),
        ("en", "top 10 products"),
        ("de", "Top 10 Artikel"),
        ("fr", "top 10 des articles"),
        ("de", "Top 10 Bestellungen"),
        ("fr", "les cinq plus grosses commandes"),
        ("en", "the 3 products with the most orders"),
        ("de", "die 3 Gruppen mit den meisten Bestellungen"),
        ("en", "the 20 customers with the biggest orders"),
        ("de", "die 20 Kunden mit den kleinsten Bestellungen"),
        ("en", "the 20 customers of each website with the biggest orders"),
        ("de", "die 20 Kunden jeder Website mit den größten Bestellungen"),
        # Without orders in these days there is no average that could be less.
        ("en", "average order value in the last 30 days at least twice the average"),
    ],
)
def test_the_largest_orders_and_products_are_no_customers(language, text):
    """Catches a rank of orders or products that is read as one of customers, or as an amount."""
    read = read_sentence(text, language=language)
    assert not read.readings
    assert read.unread


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "spent more than average but fewer than 3 orders"),
        ("fr", "ont dépensé plus que la moyenne mais moins de 3 commandes"),
    ],
)
def test_what_customers_did_is_no_population_of_an_average(language, text):
    """Catches the average of the customers with fewer than 3 orders."""
    (read,) = read_sentence(text, language=language).readings
    assert read.conditions["conditions"][0] == rank(SALES, "above_average")


def test_either_of_two_kinds_may_be_the_population_of_an_average():
    """Catches the average of all customers as the only reading."""
    CustomerGroup.objects.create(code="vip", name="VIP")
    forget()
    text = "customers in Germany or in VIP who spent more than average"
    first, _ = read_sentence(text, language="en").readings
    (node,) = first.conditions["conditions"]
    either = {
        "match": "any",
        "conditions": [
            {"attribute": "address.country", "operator": "is", "value": "DE"},
            {"attribute": "customer.group", "operator": "is", "value": "vip"},
        ],
    }
    assert node == rank(SALES, "above_average", among={"match": "all", "conditions": [either]})


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "most valuable customers", "most valuable"),
        ("de", "die wertvollsten Kunden", "wertvollsten"),
        ("de", "beste Kunden", "beste"),
        ("de", "bester Kunde", "bester"),
        ("fr", "les clients les plus précieux", "précieux"),
    ],
)
def test_place_without_a_number_is_offered_with_one(language, text, part):
    read = read_sentence(text, language=language)
    assert [(one.text, one.offers) for one in read.unread] == [(part, ("top 10 %", "top 100"))]


def test_refunds_may_be_ranked_by_their_number_or_amount():
    first, second = read_sentence("top 20 by refunds", language="en").readings
    assert first.conditions["conditions"] == [rank("lifetime.refunds", **FIRST_20)]
    assert second.conditions["conditions"] == [{**RETURNS, **FIRST_20}]


def test_words_after_by_that_are_no_figure_are_marked():
    """Catches the top 10 by money spent, in the place of those by something else."""
    read = read_sentence("top 10 by the last 90 days", language="en")
    assert [one.text for one in read.unread] == ["by the last 90 days"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "have ordered before and are in the top 20"),
        ("de", "haben schon bestellt und gehören zu den besten 20"),
    ],
)
def test_deed_before_a_rank_stands_beside_it(language, text):
    """Catches the best 20 of those who ordered, as the only or the first meaning."""
    first, among = read_sentence(text, language=language).readings
    assert first.conditions["conditions"][-1] == rank(SALES, **FIRST_20)
    assert "among" in among.conditions["conditions"][0]
