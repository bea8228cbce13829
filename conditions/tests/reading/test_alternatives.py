"""What "or" joins: how far a denial reaches, and what is left where an alternative is unread."""

import pytest

from conditions.tests.reading.sentences import said, small_shop, unread  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.usefixtures("small_shop"),
]


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        (
            "en",
            "customers who have never ordered or who are from Germany",
            "Customers who have never ordered or live in “Germany”.",
        ),
        (
            "en",
            "who have never ordered or are from Germany",
            "Customers who have never ordered or live in “Germany”.",
        ),
        (
            "en",
            "never ordered or from Germany",
            "Customers who have never ordered or live in “Germany”.",
        ),
        (
            "de",
            "Kunden, die noch nie bestellt haben oder die aus Deutschland sind",
            "Kunden, die noch nie bestellt haben oder in „Deutschland“ wohnen.",
        ),
        (
            "de",
            "Kunden, die nicht in Deutschland wohnen oder VIP sind",
            "Kunden, die nicht in „Deutschland“ wohnen oder in der Kundengruppe „VIP“ sind.",
        ),
        (
            "fr",
            "clients qui n'ont jamais commandé ou qui sont en Allemagne",
            "Clients qui n’ont jamais commandé ou dont le pays est « Allemagne ».",
        ),
        (
            "fr",
            "n'ont jamais commandé ou habitent en Allemagne",
            "Clients qui n’ont jamais commandé ou dont le pays est « Allemagne ».",
        ),
        (
            "en",
            "not from Germany or not subscribed to the newsletter",
            "Customers who do not live in “Germany” "
            "or do not have the newsletter status “subscribed”.",
        ),
        (
            "de",
            "nicht aus Deutschland oder nicht für den Newsletter angemeldet",
            "Kunden, die nicht in „Deutschland“ wohnen "
            "oder beim Newsletter nicht den Status „abonniert“ haben.",
        ),
        (
            "en",
            "not ordered in the last 30 days or never ordered",
            "Customers who have not ordered in the last 30 days or have never ordered.",
        ),
        (
            "de",
            "in den letzten 30 Tagen nicht bestellt oder noch nie bestellt",
            "Kunden, die in den letzten 30 Tagen nichts bestellt haben "
            "oder noch nie bestellt haben.",
        ),
        (
            "fr",
            "n'ont pas commandé au cours des 30 derniers jours ou n'ont jamais commandé",
            "Clients qui n’ont pas commandé au cours des 30 derniers jours "
            "ou qui n’ont jamais commandé.",
        ),
        (
            "en",
            "VIPs who never ordered or are from Germany",
            "Customers who are in the customer group “VIP” "
            "and either have never ordered or live in “Germany”.",
        ),
    ],
)
def test_a_denial_ends_at_the_or_of_another_clause(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        (
            "en",
            "never bought shoes or toys",
            "Customers who have never bought a product from Shoes or Toys.",
        ),
        (
            "de",
            "Kunden, die nie Shoes gekauft haben oder Toys",
            "Kunden, die noch nie einen Artikel aus „Shoes“ gekauft haben "
            "und noch nie einen Artikel aus „Toys“ gekauft haben.",
        ),
        (
            "en",
            "neither ordered nor logged in",
            "Customers who have never ordered and have not logged in.",
        ),
    ],
)
def test_a_denial_covers_the_whole_list_of_one_verb(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text", "neither", "either"),
    [
        (
            "en",
            "have not ordered or logged in",
            "Customers who have never ordered and have not logged in.",
            "Customers who have never ordered or have logged in.",
        ),
        (
            "en",
            "never ordered, viewed a product or logged in",
            "Customers who have never ordered, have never viewed a product and have not logged in.",
            "Customers who have never ordered, have viewed products at least 1 time "
            "or have logged in.",
        ),
        (
            "de",
            "Kunden, die nicht bestellt oder sich angemeldet haben",
            "Kunden, die noch nie bestellt haben und sich nicht angemeldet haben.",
            "Kunden, die noch nie bestellt haben oder sich angemeldet haben.",
        ),
        (
            "fr",
            "n'ont pas commandé ou consulté de produits",
            "Clients qui n’ont jamais commandé et qui n’ont jamais consulté de produit.",
            "Clients qui n’ont jamais commandé ou qui ont consulté des produits au moins 1 fois.",
        ),
        (
            "en",
            "not VIP or from Germany",
            "Customers who are not in the customer group “VIP” and do not live in “Germany”.",
            "Customers who are not in the customer group “VIP” or live in “Germany”.",
        ),
    ],
)
def test_a_denial_before_one_clause_may_cover_both_parts(language, text, neither, either):
    assert unread(text, language) == []
    assert said(text, language) == [neither, either]


@pytest.mark.parametrize(
    ("language", "text", "sentence", "marked"),
    [
        (
            "en",
            "women in Berlin or Xyzburg who bought shoes",
            "Customers whose gender is “female”, who live in the city “Berlin” "
            "and have bought a product from “Shoes”.",
            "or Xyzburg",
        ),
        (
            "de",
            "Frauen in Berlin oder Xyzburg, die Shoes gekauft haben",
            "Kunden, deren Geschlecht „weiblich“ ist, die im Ort „Berlin“ wohnen "
            "und einen Artikel aus „Shoes“ gekauft haben.",
            "oder Xyzburg",
        ),
        (
            "de",
            "Frauen aus Berlin oder Xyzburg mit Shoes im Warenkorb",
            "Kunden, deren Geschlecht „weiblich“ ist, die im Ort „Berlin“ wohnen und einen "
            "offenen Warenkorb mit einem Artikel aus „Shoes“ haben.",
            "oder Xyzburg",
        ),
        (
            "fr",
            "femmes de Berlin ou Xyzbourg qui ont acheté des Shoes",
            "Clients dont le sexe est « féminin », qui habitent dans la ville « Berlin » "
            "et qui ont acheté un produit de la catégorie « Shoes ».",
            "ou Xyzbourg",
        ),
        ("en", "VIP or xyzzy", "Customers who are in the customer group “VIP”.", "or xyzzy"),
        ("en", "xyzzy or VIP", "Customers who are in the customer group “VIP”.", "xyzzy or"),
        (
            "en",
            "from France and xyzzy or VIP",
            "Customers in “France” who are in the customer group “VIP”.",
            "xyzzy or",
        ),
    ],
)
def test_an_unread_alternative_takes_its_or_with_it(language, text, sentence, marked):
    assert (said(text, language), unread(text, language)) == ([sentence], [marked])


@pytest.mark.parametrize(
    "text", ["ordered or logged in last month", "last month ordered or logged in"]
)
def test_one_period_of_two_deeds_is_that_of_one_or_both(text):
    both = "Customers who have ordered last month or have logged in last month."
    assert len(said(text)) == 2 and both in said(text)


@pytest.mark.parametrize(
    ("text", "in_the_period"),
    [
        ("logged in but did not order last month", "have logged in last month and"),
        ("opened a mail but clicked none last month", "got a mail first opened last month and"),
    ],
)
def test_a_period_behind_but_not_may_be_that_of_the_deed_before(text, in_the_period):
    first, second = said(text)
    assert in_the_period not in first
    assert in_the_period in second


def test_women_who_are_either_are_offered_beside_women_or_others():
    women, others = said("women in Berlin or who bought shoes")

    assert women.startswith("Customers whose gender is “female” and who either live")
    assert others.startswith("Customers to whom at least one of these applies")


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        (
            "en",
            "spent over 500 euros or more than 5 orders",
            "Customers who have spent more than 500 EUR in all or have ordered more than 5 times.",
        ),
        (
            "de",
            "mehr als 500 Euro ausgegeben oder mehr als 5 Bestellungen",
            "Kunden, die insgesamt mehr als 500 EUR ausgegeben haben "
            "oder mehr als 5 Mal bestellt haben.",
        ),
        (
            "fr",
            "ont dépensé plus de 500 euros ou plus de cinq commandes",
            "Clients qui ont dépensé plus de 500 EUR au total ou qui ont commandé plus de 5 fois.",
        ),
        (
            "en",
            "ordered less than 3 or more than 10 times",
            "Customers who have ordered less than 3 times or have ordered more than 10 times.",
        ),
        ("en", "ordered 3 or more times", "Customers who have ordered at least 3 times."),
    ],
)
def test_or_more_compares_the_number_that_follows(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


def test_a_number_that_is_read_is_not_unread():
    for part in unread("spent xyzzy 500 euros or 5 orders"):
        assert "5" not in part.split()
