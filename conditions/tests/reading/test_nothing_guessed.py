"""What merchants tried first: understood, or marked, or several readings; never silently wrong."""

from datetime import UTC, datetime

import pytest

from conditions.reading import read_sentence
from conditions.reading.chunks import meanings
from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.reading.sentences import unread
from customers.models import Category

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def categories():
    for name in ("Coffee", "Women", "Men", "Shoes"):
        Category.objects.create(code=name.lower(), name=name)
    forget()


def said(text, language="en"):
    return [one.sentence for one in read_sentence(text, language=language).readings]


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "bought at least twice from Coffee, but never from Women", "never bought"),
        ("en", "bought Coffee at least twice, never Women", "never bought"),
        ("de", "mindestens zweimal Coffee gekauft, aber nie aus Women", "noch nie einen Artikel"),
        ("fr", "ont acheté deux fois ou plus de Coffee, mais jamais de Women", "jamais acheté"),
    ],
)
def test_what_was_never_bought_is_a_category_though_its_name_says_who_somebody_is(
    language, text, part
):
    (sentence,) = said(text, language)

    assert unread(text, language) == []
    assert part in sentence
    assert "Women" in sentence


def test_what_was_not_bought_may_be_who_they_are_not():
    bought, gender = said("bought Shoes but not Men")

    assert "never bought a product from “Men”" in bought
    assert "gender is not “male”" in gender


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "not all of the last 3 orders had a coupon"),
        ("de", "nicht jede der letzten 3 Bestellungen mit Gutschein"),
        ("fr", "pas toutes les 3 dernières commandes avec un bon"),
        ("en", "all but one of the last 3 orders had a coupon"),
        ("en", "all but the last 3 orders had a coupon"),
        ("de", "alle außer den letzten 3 Bestellungen mit Gutschein"),
        ("fr", "toutes sauf une des 3 dernières commandes avec un bon"),
        ("en", "open accounts"),
        ("en", "accounts opened in 2025"),
        ("de", "Öffnung von Konten im Mai"),
        ("de", "haben ein Konto im Mai geöffnet"),
        ("fr", "ouverture de comptes en mai 2025"),
        ("fr", "ont commandé avec un bon produit"),
    ],
)
def test_words_that_no_condition_says_are_marked(language, text):
    """Catches "not all" that is read as "none", and words that mean something else here."""
    assert unread(text, language)
    assert said(text, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "opening an account in 2025"), ("fr", "ont ouvert un compte en 2025")],
)
def test_opened_account_is_a_registration(language, text):
    """Catches a mail that was opened."""
    (read,) = read_sentence(text, language=language).readings
    (node,) = read.conditions["conditions"]
    assert node["attribute"] == "customer.registered_at"


def test_nobody_knows_who_somebody_never_was():
    assert unread("mindestens zweimal Coffee gekauft, aber nie Damen", "de") == ["nie Damen"]


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        (
            "en",
            "women except those who bought shoes",
            "Customers whose gender is “female” and who have never bought a product from “Shoes”.",
        ),
        ("en", "everyone but women", "Customers whose gender is not “female”."),
        (
            "en",
            "nobody who bought shoes",
            "Customers who have never bought a product from “Shoes”.",
        ),
        (
            "de",
            "niemand, der Shoes gekauft hat",
            "Kunden, die noch nie einen Artikel aus „Shoes“ gekauft haben.",
        ),
        (
            "en",
            "nobody who bought shoes or is from France",
            "Customers to whom none of these applies: "
            "(have bought a product from “Shoes” or live in “France”).",
        ),
        (
            "en",
            "spent less than 50 on average",
            "Customers who spend less than 50 EUR per order on average.",
        ),
        (
            "de",
            "haben im Durchschnitt weniger als 50 ausgegeben",
            "Kunden, die im Schnitt weniger als 50 EUR pro Bestellung ausgeben.",
        ),
        (
            "fr",
            "dépensent en moyenne moins de 50",
            "Clients qui dépensent en moyenne moins de 50 EUR par commande.",
        ),
        (
            "en",
            "has a cart of at least 50 abandoned more than a day ago",
            "Customers who have an open cart unchanged for more than a day, of at least 50 EUR.",
        ),
        ("en", "at least 50 abandoned carts", "Customers who have at least 50 open carts."),
        ("en", "a total of 5 orders or more", "Customers who have ordered at least 5 times."),
        (
            "en",
            "only women who ordered",
            "Customers whose gender is “female” and who have ordered at least 1 time.",
        ),
    ],
)
def test_a_word_that_says_how_the_rest_is_meant_is_read_with_it(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "spent between 1.000 and 2 000 EUR", "spent between|1.000|2 000 EUR"),
        ("fr", "dépensé entre 1.000 et 2 000 EUR", "dépensé entre|1.000|2 000 EUR"),
        ("en", "spent from 1.000 to 2 000", "spent|1.000|2 000"),
        ("en", "either under 30 years old or from Poland", "under|30 years old|Poland"),
        ("en", "nobody who bought xyzzy", "nobody|bought xyzzy"),
        ("en", "except those who love xyzzy and live in France", "except|xyzzy|France"),
        ("en", "born in Mayy", "born|Mayy"),
        ("de", "mindestens zweimal Xyzzy gekauft", "mindestens zweimal|Xyzzy|gekauft"),
        ("en", "bought only shoes", "bought only shoes"),
        ("en", "ordered if they spent 50", "ordered if|spent 50"),
        ("en", "ordered more than xyzzy", "ordered more than xyzzy"),
        ("en", "an average of 3 orders", "average|3 orders"),
    ],
)
def test_what_hangs_on_words_that_are_not_understood_is_not_read_either(language, text, marked):
    found = " ".join(unread(text, language))

    assert said(text, language) == []
    assert all(part in found for part in marked.split("|")), found


def test_what_follows_those_who_are_excepted_may_be_excepted_as_well():
    apart, together = said("women except those who bought shoes, in France")

    assert apart.endswith("never bought a product from “Shoes” and live in “France”.")
    assert "none of these applies" in together


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "women who have not ordered since Easter"),
        ("en", "may"),
        ("de", "mehr"),
        ("fr", "mai"),
        ("en", "customers from Coffee"),
    ],
)
def test_an_offer_does_not_take_the_place_of_words_that_are_known(language, text):
    assert all(part.offers == () for part in read_sentence(text, language=language).unread)


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("de", "mehr als 1,000 EUR ausgegeben", [("1", "1000")]),
        ("fr", "entre 1.000 et 2,500 €", [("1", "1000"), ("2,5", "2500")]),
        ("en", "spent more than 1.000", [("1", "1000")]),
    ],
)
def test_a_number_that_may_be_two_is_offered_as_both(language, text, numbers):
    parts = read_sentence(text, language=language).unread

    assert [part.offers for part in parts if part.offers] == numbers


@pytest.mark.parametrize(
    ("language", "text", "begins"),
    [
        ("en", "women who have not ordered since June", "2026-06-01"),
        ("de", "Frauen, die seit Juni nicht bestellt haben", "2026-06-01"),
        ("fr", "femmes qui n'ont pas commandé depuis juin", "2026-06-01"),
        ("en", "ordered since November", "2026-11-01"),
        ("en", "ordered in December", "2025-12-01"),
        ("fr", "ont commandé en décembre", "2025-12-01"),
        ("de", "am 3. Dezember bestellt", "2025-12-03"),
    ],
)
def test_a_month_without_a_year_is_the_latest_that_has_begun(monkeypatch, language, text, begins):
    monkeypatch.setattr(meanings, "now", lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))
    (one,) = read_sentence(text, language=language).readings

    assert begins in str(one.conditions)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "born in May"), ("de", "im Mai geboren"), ("en", "birthday on 3 May")],
)
def test_of_a_birthday_the_latest_month_says_nothing(language, text):
    assert said(text, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "a cart of at least 50 that is older than a day"),
        ("en", "cart of at least 50, older than a day"),
        ("en", "a cart older than a day that is worth at least 50"),
        ("de", "einen Warenkorb ab 50 Euro, der älter als ein Tag ist"),
        ("fr", "un panier d'au moins 50 € qui date de plus d'un jour"),
    ],
)
def test_what_is_said_of_a_cart_in_a_clause_of_its_own_is_said_of_the_same_cart(language, text):
    (one,) = read_sentence(text, language=language).readings
    (cart,) = one.conditions["conditions"]

    assert [each["attribute"] for each in cart["conditions"]] in (
        ["cart.updated_at", "cart.grand_total"],
        ["cart.grand_total", "cart.updated_at"],
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "cart older than 2 days and over 100"),
        ("de", "Warenkorb älter als 2 Tage und über 100 Euro"),
    ],
)
def test_age_and_amount_may_be_those_of_one_cart(language, text):
    """Catches two carts, one of them old and the other one expensive, as the only reading."""
    sizes = [
        len(one.conditions["conditions"]) for one in read_sentence(text, language=language).readings
    ]
    assert sizes == [1, 2]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "haven't bought anything for half a year"),
        ("de", "seit einem halben Jahr nichts bestellt"),
        ("de", "seit einem halben Jahr keine Bestellung mehr"),
        ("fr", "rien commandé depuis un semestre"),
    ],
)
def test_half_a_year_is_six_months(language, text):
    (one,) = read_sentence(text, language=language).readings
    (orders,) = one.conditions["conditions"]
    lately = {"attribute": "order.created_at", "operator": "in_last_days", "value": 180}
    assert (orders["aggregate"], orders["conditions"]) == ("not_exists", [lately])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ordered and half a year without login"),
        ("de", "haben bestellt und ein halbes Jahr ohne Anmeldung"),
    ],
)
def test_half_a_year_after_and_is_a_clause_of_its_own(language, text):
    """Catches the second clause lost, as a part of "one and a half years"."""
    (one,) = read_sentence(text, language=language).readings
    assert one.conditions["conditions"][1]["conditions"][0]["value"] == 180


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no order for one and a half years"),
        ("en", "no order in a year and a half"),
        ("de", "seit anderthalb Jahren nichts bestellt"),
        ("fr", "rien commandé depuis un an et demi"),
    ],
)
def test_one_and_a_half_years_are_no_half_year(language, text):
    (one,) = read_sentence(text, language=language).readings
    (orders,) = one.conditions["conditions"]
    lately = {"attribute": "order.created_at", "operator": "in_last_days", "value": 540}
    assert (unread(text, language), orders["conditions"]) == ([], [lately])


def test_a_half_after_an_unknown_length_is_unread():
    assert unread("seit einem und einem halben Jahr nichts bestellt", "de")


def test_number_of_times_is_no_amount():
    """Catches "spent at least 2 EUR", and the total of one year compared with both numbers."""
    assert said("spent less than 50 twice") == []
    first = said("order total over 500 in 2025 but under 100 in 2026")[0]
    assert "of more than 500 EUR, of less" not in first


def test_denied_orders_without_a_time_are_marked():
    """ "Keine Bestellung mehr" has no time since when there are none."""
    assert said("keine Bestellung mehr", "de") == []


def test_days_before_something_else_in_the_sentence_are_marked():
    text = "ordered in the last 30 days but not in the 60 days before"
    assert said(text) == ["Customers who have ordered in the last 30 days."]
    assert unread(text) == ["not", "60 days before"]


def test_nothing_at_all_in_french():
    assert said("n'ont jamais rien acheté", "fr") == ["Clients qui n’ont jamais commandé."]
    # Without a time it says that it was otherwise before.
    assert said("n'ont plus rien acheté", "fr") == []


@pytest.mark.parametrize(
    "text",
    [
        "an item over 50 in the cart",
        "product over 50 bought last week",
        "cart with an item over 50",
    ],
)
def test_the_price_of_an_item_is_no_number_of_rows(text):
    assert said(text) == []


def test_a_denied_period_is_not_that_of_what_stands_before():
    for sentence in said("ordered 3 times, not in the last 30 days"):
        assert "times and have not ordered in the last 30 days" in sentence
