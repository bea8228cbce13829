"""Rows are read as columns, whatever is in them, the same on both databases."""

import pytest
from django.db.models import F, Value
from django.db.models.functions import NullIf

from conditions.sql.row_arrays import codes, rows_with_texts, whole_rows
from customers.models import Customer

pytestmark = pytest.mark.django_db
# What could be taken for the end of a text, or of a column.
TEXTS = ["", "a", "A", "a\\", "\\x00", "a,b", "ä€𝄞", "a\n", " a"]
LARGEST = 2**63 - 1


def test_texts_are_what_they_are(make_customer):
    for number, text in enumerate(TEXTS * 2):
        make_customer(f"C{number}", first_name=text)
    rows = Customer.objects.values_list("pk", "first_name")
    (keys,), (texts,) = rows_with_texts(rows, 1, 1)
    assert dict(zip(keys.tolist(), texts, strict=True)) == dict(rows)
    pairs = set(zip(texts, codes(texts).tolist(), strict=True))
    assert len(pairs) == len({code for _text, code in pairs}) == len(TEXTS)


def test_numbers_are_what_they_are(make_customer):
    make_customer("C")
    least, zero, most = Value(-LARGEST - 1), Value(0), Value(LARGEST)
    found = whole_rows(Customer.objects.values_list(least, zero, most), 3)
    assert [column.tolist() for column in found] == [[-LARGEST - 1], [0], [LARGEST]]


def test_nothing_is_no_row(make_customer):
    rows = Customer.objects.values_list("pk", "first_name")
    for nobody in (rows, rows.none(), rows.filter(pk__in=[])):
        (keys,), (texts,) = rows_with_texts(nobody, 1, 1)
        assert (keys.tolist(), list(texts)) == ([], [])


def test_of_a_slice_the_first(make_customer):
    keys = sorted(make_customer(f"C{number}").pk for number in range(3))
    (found,) = whole_rows(Customer.objects.order_by("-pk").values_list("pk")[:2], 1)
    assert sorted(found.tolist()) == keys[1:]


def test_what_is_missing_is_not_passed_over(make_customer):
    one, other = make_customer("A"), make_customer("B")
    rows = Customer.objects.values_list("pk", NullIf(F("pk"), Value(other.pk)))
    with pytest.raises((TypeError, ValueError)):
        whole_rows(rows, 2)
    assert [column.tolist() for column in whole_rows(rows.filter(pk=one.pk), 2)] == [
        [one.pk],
        [one.pk],
    ]
