"""Random sentences of each language: right, offered among others, or marked as unread.

None is silently taken for something else.
"""

from collections import Counter
from datetime import timedelta
from itertools import islice
from random import Random

import pytest

from conditions.evaluator.facts import facts_of
from conditions.parse import parse_tree
from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.examples.small_shop import AS_OF
from conditions.tests.reading.spoken import CATEGORIES, CITIES, GROUPS, people, sentences
from customers.models import (
    Address,
    Category,
    CustomerGroup,
    Login,
    NewsletterSubscription,
    Product,
    ProductCategory,
    Store,
)
from customers.tests.rows import a_customer, a_line, an_order
from tests.tiers import examples

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PEOPLE = 60


@pytest.fixture(scope="module")
def shop(rows_for_all):
    """People, and the same people stored as customers."""
    made = people(Random(1), PEOPLE)
    groups = {name: CustomerGroup.objects.create(code=name.lower(), name=name) for name in GROUPS}
    for name in CATEGORIES:
        category = Category.objects.create(code=name.lower(), name=name)
        product = Product.objects.create(sku=f"{name}-1", name=f"{name} one")
        ProductCategory.objects.create(product=product, category=category)
    stored = []
    for number, person in enumerate(made):
        customer = a_customer(str(number), gender=person.gender)
        if person.group in groups:
            customer.group = groups[person.group]
            customer.save()
        Address.objects.create(customer=customer, city=person.city, country=CITIES[person.city])
        NewsletterSubscription.objects.create(
            customer=customer,
            store=Store.objects.get(code="default"),
            status="subscribed" if person.is_subscribed else "unsubscribed",
            status_changed_at=AS_OF - timedelta(days=400),
        )
        for days in person.logins:
            Login.objects.create(customer=customer, logged_in_at=AS_OF - timedelta(days=days))
        for bought in person.orders:
            at = AS_OF - timedelta(days=bought.days)
            order = an_order(
                customer,
                created_at=at,
                updated_at=at,
                grand_total=bought.total,
                coupon_code="SPRING" if bought.coupon else "",
            )
            a_line(order, sku=f"{bought.category}-1")
        stored.append(customer)
    forget()
    return made, facts_of(stored, AS_OF)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_no_sentence_is_silently_taken_for_another(shop, language):
    made, facts = shop
    outcomes, wrong, count = Counter(), [], examples(1500)
    for spoken in islice(sentences(language, Random(7)), count):
        meant = [[means(person) for person in made] for means in spoken.meanings]
        found = read_sentence(spoken.text, language=language)
        chosen = [
            [root.holds(one.customer, one) for one in facts]
            for root in (parse_tree(reading.conditions) for reading in found.readings)
        ]
        right = [one in meant for one in chosen]
        if right and right[0] and not found.unread:
            outcomes["right"] += 1
        elif any(right):
            outcomes["offered"] += 1
        elif found.unread:
            outcomes["unread"] += 1
        else:
            wrong.append((spoken.text, [reading.sentence for reading in found.readings]))
    assert not wrong[:20], f"{len(wrong)} of {count}"
    # Nor is nearly everything marked as unread.
    assert outcomes["right"] > 0.8 * count, outcomes
