"""What a sentence is read as, in the words that a merchant sees."""

import pytest

from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.examples.small_shop import customer
from customers.models import Address, Category, CustomerGroup


@pytest.fixture
def small_shop(db):
    """A woman in Berlin, the group VIP, the categories Shoes and Toys."""
    Address.objects.create(customer=customer("1", gender="female"), city="Berlin")
    CustomerGroup.objects.create(code="vip", name="VIP")
    for name in ("Shoes", "Toys"):
        Category.objects.create(code=name.lower(), name=name)
    forget()


def said(text, language="en"):
    """Return the sentence of each reading."""
    found = read_sentence(text, language=language).readings
    # French has spaces in its quotation marks that never break.
    return [one.sentence.replace("\xa0", " ") for one in found]


def unread(text, language="en"):
    """Return the parts that no reading uses."""
    return [one.text for one in read_sentence(text, language=language).unread]
