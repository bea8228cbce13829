"""Typed halves and quarters of a year, days by their ordinal, and what ends with "mehr"."""

import pytest

from conditions.reading import read_sentence
from conditions.reading.chunks.chunk import Chunk, Period, Quantity
from conditions.reading.tree_building.completeness import without_losses
from conditions.tests.reading.sentences import unread
from customers.models import Category

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    ("language", "text", "first", "last"),
    [
        ("en", "ordered in the first half of 2025", "2025-01-01", "2025-06-30"),
        ("en", "ordered in H2 2025", "2025-07-01", "2025-12-31"),
        ("en", "ordered in the second quarter of 2025", "2025-04-01", "2025-06-30"),
        ("de", "im ersten Halbjahr 2025 bestellt", "2025-01-01", "2025-06-30"),
        ("de", "im ersten halben Jahr 2025 bestellt", "2025-01-01", "2025-06-30"),
        ("de", "im 3. Quartal 2025 bestellt", "2025-07-01", "2025-09-30"),
        ("fr", "ont commandé au premier semestre 2025", "2025-01-01", "2025-06-30"),
        ("fr", "ont commandé au 2e trimestre 2025", "2025-04-01", "2025-06-30"),
        ("fr", "commandé au cours du premier semestre 2025", "2025-01-01", "2025-06-30"),
    ],
)
def test_part_of_a_year_is_its_days(language, text, first, last):
    """Catches half a year read as six months, and the year alone."""
    (read,) = read_sentence(text, language=language).readings
    (node,) = read.conditions["conditions"]
    in_days = {"attribute": "order.created_at", "operator": "between", "value": [first, last]}
    assert node["conditions"] == [in_days]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "registered on the third of January 2026"),
        ("de", "registriert am dritten Januar 2026"),
    ],
)
def test_ordinal_before_a_month_is_a_day(language, text):
    """Catches "a third of"."""
    (read,) = read_sentence(text, language=language).readings
    day = {"attribute": "customer.registered_at", "operator": "is", "value": "2026-01-03"}
    assert read.conditions["conditions"] == [day]


def test_ordinal_of_an_order_is_no_day():
    """Catches an order of May 2."""
    assert unread("second May 2025 order") == ["second"]


def test_newsletter_that_is_not_wanted_any_more_was_unsubscribed():
    """Catches customers who never subscribed."""
    (read,) = read_sentence("will keinen Newsletter mehr", language="de").readings
    ended = {"attribute": "newsletter.status", "operator": "is", "value": "unsubscribed"}
    assert read.conditions["conditions"] == [ended]
    assert unread("keine Bestellung mehr", "de") == ["keine Bestellung mehr"]


def test_more_before_a_noun_is_no_end():
    """Catches "no longer from Germany", whose denial no reading keeps."""
    assert unread("nicht aus Deutschland mit mehr Bestellungen", "de") == ["mehr"]


def test_product_put_into_a_cart_is_that_of_the_event():
    """Catches carts with any product, and only those that are still open."""
    Category.objects.create(code="coffee", name="Coffee")
    text = "put Coffee into the cart, then ordered within 2 hours"
    (read,) = read_sentence(text, language="en").readings
    coffee = {"attribute": "cart_item.category", "operator": "is_or_below", "value": "coffee"}
    put = {"relation": "all_cart_items", "match": "all", "conditions": [coffee]}
    steps = [put, {"relation": "sales", "within_hours": 2}]
    assert read.conditions["conditions"] == [{"steps": steps}]


def test_tree_without_a_number_or_a_date_of_its_sentence_is_no_reading():
    """Catches any part of the reader that drops one of them."""
    number = Chunk(0, 1, "quantity", Quantity("gt", (7,)))
    day = Chunk(1, 2, "period", Period((("is", "2026-05-03"),)))
    whole = {"attribute": "views.count", "operator": "gt", "value": 7, "at": "2026-05-03"}
    part = {"attribute": "views.count", "operator": "gt", "value": 7}
    assert without_losses([part, whole], [number, day], []) == ([whole], [])
    assert without_losses([part], [number, day], []) == ([], [day])
    assert without_losses([part], [number, day], [day]) == ([part], [])
