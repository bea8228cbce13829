"""Reading a sentence: what is understood, what is marked, and that nothing can break it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.parse import parse_tree
from conditions.reading import GRAMMARS, LONGEST, read_sentence
from conditions.reading.chunks.dates import spans_of
from conditions.reading.languages.grammar import Grammar
from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.reading.sentences import unread
from customers.generate.shop import generate_shop
from tests.tiers import examples

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ENGLISH, GERMAN, FRENCH = (GRAMMARS[code] for code in ("en", "de", "fr"))


def first(text, language="en"):
    return read_sentence(text, language=language).readings[0].conditions["conditions"]


@pytest.mark.parametrize(
    ("language", "text", "salt", "to"),
    [
        ("en", "a random 10%", "random", "10"),
        ("en", "20% test group “spring”", "spring", "20"),
        ("en", "half of the customers at random", "random", "50"),
        ("en", "a random quarter of our customers", "random", "25"),
        ("de", "die Hälfte der Kunden, zufällig ausgewählt", "random", "50"),
        ("fr", "la moitié des clients, tirée au hasard", "random", "50"),
        ("de", "die Hälfte der Kunden zufällig", "random", "50"),
        ("fr", "la moitié des clients au hasard", "random", "50"),
        ("en", "a random third", "random", "33.33"),
        ("de", "ein zufälliges Drittel der Kunden", "random", "33.33"),
        ("fr", "un tiers au hasard", "random", "33.33"),
        ("de", "zufällige 10 %", "random", "10"),
        ("de", "20 % Testgruppe „spring“", "spring", "20"),
        ("fr", "10 % au hasard", "random", "10"),
        ("fr", "groupe test de 20 % « spring »", "spring", "20"),
    ],
)
def test_a_random_share_is_a_part_of_a_draw(language, text, salt, to):
    read = read_sentence(text, language=language)
    part = {"salt": salt, "from": "0", "to": to}
    node = {"attribute": "customer.part", "operator": "is_in", "value": part}
    assert ([one.conditions["conditions"] for one in read.readings], read.unread) == ([[node]], [])


def test_a_random_share_is_denied_and_marked_where_its_draw_has_no_name():
    assert first("women, not in a random 12.5%")[1]["operator"] == "is_not_in"
    assert unread('20% test group "two words"') == ['20% test group "two words"']


def of_last(attribute, operator, value=None, relation="sales"):
    """Return the condition on an attribute of the last order."""
    group = {"relation": relation, "aggregate": "latest", "match": "all", "conditions": []}
    more = {} if value is None else {"value": value}
    return {**group, "of": f"order.{attribute}", "operator": operator, **more}


PAID, WITH_COUPON = (
    of_last("payment_method", "is_not_empty"),
    of_last("coupon_code", "is_not_empty"),
)


@pytest.mark.parametrize(
    ("language", "text", "more"),
    [
        ("en", "last order over 200 euros and paid with a coupon", [PAID, WITH_COUPON]),
        (
            "de",
            "die letzte Bestellung über 200 Euro und mit Gutschein bezahlt",
            [WITH_COUPON, PAID],
        ),
        (
            "fr",
            "dernière commande de plus de 200 euros et payée avec un code promo",
            [PAID, WITH_COUPON],
        ),
        (
            "en",
            "last order over 200 euros but without a coupon",
            [of_last("coupon_code", "is_empty")],
        ),
    ],
)
def test_words_after_the_last_order_are_of_that_order(language, text, more):
    """Catches a coupon of any order; that reading is offered second."""
    first_one, second = read_sentence(text, language=language).readings
    over = of_last("grand_total", "gt", "200")
    assert first_one.conditions["conditions"] == [over, *more]
    assert second.conditions["conditions"][0] == over
    assert second.conditions["conditions"][1]["aggregate"] != "latest"


def test_state_of_the_last_order_is_of_all_orders():
    """Catches the last of the orders that count, which is never canceled."""
    state = of_last("state", "is", "canceled", relation="orders")
    over = of_last("grand_total", "gt", "200", relation="orders")
    assert first("last order canceled") == [state]
    assert first("last order over 200 euros and canceled") == [over, state]
    assert unread("last order in 2025 and canceled") == ["canceled"]


def test_denied_means_of_payment_is_marked():
    """Catches an order with a coupon that has no means of payment."""
    text = "last order over 200 euros and not paid with a coupon"
    assert unread(text) == ["not paid with", "coupon"]


@pytest.mark.parametrize(
    ("grammar", "text", "number"),
    [
        (ENGLISH, "1,000.50", "1000.50"),
        (ENGLISH, "1,5", None),
        (ENGLISH, "1.500,25", None),
        (ENGLISH, "2 k", "2000"),
        (GERMAN, "1.000,50", "1000.50"),
        (GERMAN, "1.5", None),
        (GERMAN, "1500", "1500"),
        (FRENCH, "1000,5", "1000.5"),
        (FRENCH, "1,000", None),
        (ENGLISH, "1.000", None),
        (ENGLISH, "0.125", "0.125"),
        (FRENCH, "1.000", None),
        (ENGLISH, "12345", "12345"),
        (ENGLISH, "0.00001", None),
        (ENGLISH, "99999999999999", "99999999999999"),
        (ENGLISH, "100000000000000", None),
        (ENGLISH, "9" * 60, None),
        (ENGLISH, "twelve hundred", "1200"),
        (ENGLISH, "two hundred and fifty", "250"),
        (ENGLISH, "a dozen", "12"),
        (GERMAN, "zweihundertfunfzig", "250"),
        (GERMAN, "einundzwanzig", "21"),
        (GERMAN, "tausend", "1000"),
        (FRENCH, "mille deux cents", "1200"),
        (FRENCH, "quatre vingts", "80"),
    ],
)
def test_a_number_is_read_as_its_reader_writes_it_or_not_at_all(grammar, text, number):
    assert grammar.numbers.read(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("grammar", "text", "spans"),
    [
        (ENGLISH, "02/05/2025", [("2025-02-05", "2025-02-05"), ("2025-05-02", "2025-05-02")]),
        (ENGLISH, "13/05/2025", [("2025-05-13", "2025-05-13")]),
        (ENGLISH, "31/31/2025", []),
        (GERMAN, "02.05.2025", [("2025-05-02", "2025-05-02")]),
        (FRENCH, "02/05/2025", [("2025-05-02", "2025-05-02")]),
        (ENGLISH, "february 2024", [("2024-02-01", "2024-02-29")]),
        (ENGLISH, "q3 2025", [("2025-07-01", "2025-09-30")]),
        (ENGLISH, "2025-02-30", []),
        (FRENCH, "1 er mai 2025", [("2025-05-01", "2025-05-01")]),
    ],
)
def test_a_day_is_read_as_its_reader_writes_it_in_all_ways_that_it_may_mean(grammar, text, spans):
    assert [(str(low), str(high)) for low, high in spans_of(text, grammar)] == spans


@pytest.mark.parametrize(
    ("text", "language", "marked"),
    [
        ("ordered 1,5 times", "en", ["1,5"]),
        ("spent over 1.500,00", "en", ["1.500,00"]),
        ("ausgegeben mehr als 1.5", "de", ["1.5"]),
        ("spent more than $100", "en", ["$"]),
        ("loyal customers who never ordered", "en", ["loyal"]),
        ("birthday in October", "en", ["birthday", "October"]),
        ("ordered on 30 February 2025", "en", ["February"]),
        ("used coupon WELCOME10 at least once", "en", ["WELCOME10"]),
        ("who ordered or in", "en", ["or"]),
        ("customers who spent", "en", ["spent"]),
    ],
)
def test_what_is_not_understood_is_marked(text, language, marked):
    found = " | ".join(unread(text, language))

    assert all(part in found for part in marked), found


@pytest.mark.parametrize(
    ("text", "language", "offers"),
    [
        ("spent over 1.500,25", "en", ("1500.25",)),
        ("Umsatz über 1,500.00", "de", ("1500",)),
        ("spent over 1,5", "en", ("1.5",)),
        ("Umsatz über 1,50,0.500", "de", ("1500,5", "1500500")),
        ("ordered twice and are loyal", "en", ("repeat",)),
        ("treue Kunden", "de", ("Stammkunden",)),
        ("clients fidèles", "fr", ("réguliers",)),
    ],
)
def test_a_number_or_loyalty_is_offered_as_what_it_may_be(text, language, offers):
    (part,) = read_sentence(text, language=language).unread[-1:]

    assert part.offers == offers


def test_positions_are_those_of_the_text_as_it_was_sent():
    text = "  loyal,  never ordered "
    (part,) = read_sentence(text, language="en").unread

    assert text[part.start : part.end] == part.text == "loyal"


def test_two_honest_readings_are_both_offered():
    read = read_sentence("customers with 4 orders", language="en")

    assert [one.conditions["conditions"][0]["operator"] for one in read.readings] == ["is", "gte"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "everybody except women who spent less than 100"),
        ("de", "alle außer Frauen, die weniger als 100 ausgegeben haben"),
        ("fr", "clients sauf les femmes qui ont dépensé moins de 100"),
    ],
)
def test_what_follows_an_exception_may_be_excepted_or_not(language, text):
    together, apart = read_sentence(text, language=language).readings
    female = {"attribute": "customer.gender", "operator": "is", "value": "female"}
    spent = {"attribute": "lifetime.sales", "operator": "lt", "value": "100"}
    both = {"match": "all", "conditions": [female, spent]}

    assert together.conditions == {"match": "none", "conditions": [both]}
    assert apart.conditions["conditions"] == [{**female, "operator": "is_not"}, spent]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ordered more than 30 days ago but less than 60 days ago"),
        ("de", "vor mehr als 30 Tagen, aber vor weniger als 60 Tagen bestellt"),
        ("fr", "ont commandé il y a plus de 30 jours mais il y a moins de 60 jours"),
        ("en", "ordered after 1 May 2025 and before 1 September 2025"),
    ],
)
def test_two_times_may_be_those_of_one_order_or_of_two(language, text):
    one, two = read_sentence(text, language=language).readings

    assert [len(node["conditions"]) for node in one.conditions["conditions"]] == [2]
    assert [len(node["conditions"]) for node in two.conditions["conditions"]] == [1, 1]


@pytest.mark.parametrize(
    "text", ["ordered more than 60 days ago and less than 30 days ago", "customers except women"]
)
def test_what_can_be_meant_in_one_way_only_has_one_reading(text):
    assert len(read_sentence(text, language="en").readings) == 1


def test_values_that_nobody_may_look_up_are_not_known():
    generate_shop(60, 1, datetime(2026, 1, 1, tzinfo=UTC))
    forget()

    assert unread("ordered, in Berlin") == []
    forget()
    hidden = read_sentence("ordered, in Berlin", language="en", may_look_up=lambda attribute: False)
    assert [part.text for part in hidden.unread] == ["Berlin"]
    assert all("Berlin" not in part.offers for part in hidden.unread)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "customers whose email doesn't contain gmail", "not_contains"),
        ("de", "Kunden, deren E-Mail nicht gmail enthält", "not_contains"),
        ("fr", "dont l'e-mail ne contient pas gmail", "not_contains"),
        ("en", "first name does not start with A", "not_starts_with"),
        ("fr", "clients qui n'ont plus commandé depuis le 1er mai 2025", "not_exists"),
    ],
)
def test_a_denial_is_not_lost(language, text, part):
    read = read_sentence(text, language=language)

    assert read.unread == []
    assert part in str(read.readings[0].conditions)


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "spent -5", "-"),
        ("en", "bought nothing but shoes", "nothing but"),
        ("en", "stopped ordering", "stopped"),
        ("en", "would buy shoes", "would"),
        ("en", "VIPs who like dogs and ordered in October 2025", "dogs"),
        ("de", "keine Schuhe gekauft", "keine Schuhe gekauft"),
        ("en", "customers who ordered in the last 36501 days", "36501"),
        ("en", "👍" * 50, "👍"),
        ("en", "(" * 300 + "women" + ")" * 300, "("),
    ],
)
def test_what_would_be_lost_is_marked(language, text, marked):
    assert any(marked in part for part in unread(text, language))


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="1,000"):
        read_sentence("x" * (LONGEST + 1))


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "?", "(((((", ") ) )", "or", "not", "“", "/" * 999]
)
def test_texts_that_say_nothing_have_no_reading(text):
    assert read_sentence(text, language="en").readings == []


PIECES = st.sampled_from(
    [
        *("ordered", "never", "or", "and", ",", "(", ")", "either", "neither", "nor", "but", "who"),
        *("3", "0", "1,000", "99999999999999", "times", "more than", "at least", "between", "EUR"),
        *("France", "Shoes", "VIPs", "in the last", "30 days", "last month", "cart", "spent", "%"),
        *("birthday", "newsletter", "subscribed", "average order", "coupon", "“x”", "a@b.example"),
        *("order number", "first name", "every", "biggest", "only", "=", ":", "in 2024", "except"),
        *("of their", "days since last order", "twice", "together", "tomorrow", "discount", "last"),
    ]
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=80))
def test_whatever_is_typed_is_read_into_valid_trees_or_marked(text):
    for code in GRAMMARS:
        for one in read_sentence(text, language=code).readings:
            with override(code):
                assert parse_tree(one.conditions).sentence() == one.sentence


@pytest.mark.parametrize(
    "text",
    [
        "ordered 3 times or viewed 5 products and " * 24,
        "either " * 140,
        "( " * 500,
        "bought " * 140,
        "never or " * 110,
        "between 1 and 2 and " * 50,
        "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 19,
    ],
)
def test_the_ways_to_read_a_long_text_are_bounded(text):
    read = read_sentence(text[:LONGEST], language="en")

    assert len(read.readings) <= 6


def test_every_grammar_says_the_same_things():
    """What one language can say, the others can: a form that is missing is a gap in them."""

    def concepts(grammar: Grammar) -> set[str]:
        return {concept for concept, _pattern in (*grammar.words, *grammar.periods)}

    # "in the last year" is first 365 days in English, first the calendar's year elsewhere.
    same = {"either_last": "either_prior", "neither": "nor"}
    found = [{same.get(one, one) for one in concepts(grammar)} for grammar in GRAMMARS.values()]
    assert found[0] == found[1] == found[2]


def test_our_own_sentence_is_read_as_the_tree_that_it_says():
    sentence = parse_tree(read_sentence("never ordered", language="en").readings[0].conditions)
    read = read_sentence(sentence.sentence(), language="en")

    assert [one.conditions for one in read.readings] == [sentence.json]


@pytest.mark.once
@pytest.mark.parametrize(
    "text", ["länger als 60 Tage nicht bestellt", "mehr als 60 Tage nichts gekauft"]
)
def test_longer_without_an_order_lasts_until_now(db, text):
    """Catches "no order before the last 60 days", which recent customers meet."""
    (read,) = read_sentence(text, language="de").readings
    assert read.sentence == "Kunden, die in den letzten 60 Tagen nichts bestellt haben."
