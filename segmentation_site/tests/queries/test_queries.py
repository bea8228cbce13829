"""Each page and each call asks as many queries as its number says, however many rows it shows."""

from collections import Counter

import pytest
from django.db import connection

from segmentation_site.tests.queries import numbers
from segmentation_site.tests.queries.asked import FEW, MORE, calls, pages
from segmentation_site.tests.queries.conftest import Asked

# On PostgreSQL with --all alone: no other test asks every page of it. What more rows cost is the
# same there.
pytestmark = [pytest.mark.django_db]
if connection.vendor == "postgresql":
    pytestmark.append(pytest.mark.exhaustive)

ASKED = [*pages(), *calls()]


@pytest.mark.once
def test_every_page_and_call_has_a_number() -> None:
    new = sorted(set(ASKED) - set(numbers.QUERIES) - numbers.SHOW_NOTHING)
    assert new == [], f"Write down in {numbers.__name__} how many queries these ask."
    gone = (set(numbers.QUERIES) | numbers.SHOW_NOTHING) - set(ASKED)
    assert sorted(gone) == [], f"There are no such pages and calls: take them out of {numbers}."
    assert set(numbers.QUERIES) & numbers.SHOW_NOTHING == set()
    assert set(numbers.ON_POSTGRESQL) | set(numbers.MORE_EACH) <= set(numbers.QUERIES)


@pytest.mark.both
def test_each_asks_as_many_queries_as_its_number_says(small_shop: Asked) -> None:
    wrong = []
    for called in ASKED:
        cost = small_shop.costs[called]
        if (cost.status >= 300) != (called in numbers.SHOW_NOTHING):
            wrong.append(f"{called} is answered by {cost.status}")
        said = numbers.queries_of(called)
        if called not in numbers.SHOW_NOTHING and len(cost.queries) != said:
            queries = "\n".join(cost.queries)
            many = f"{len(cost.queries)} queries, and {numbers.__name__} says {said}"
            wrong.append(f"{called} asks {many}:\n{queries}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.once
@pytest.mark.exhaustive
def test_more_rows_are_no_more_queries(small_shop: Asked, larger_shop: Asked) -> None:
    wrong = []
    for called in ASKED:
        of_few, of_more = small_shop.costs[called], larger_shop.costs[called]
        if of_more.status != of_few.status:
            wrong.append(f"{called} is answered by {of_few.status}, then by {of_more.status}")
        most = len(of_few.queries) + numbers.MORE_EACH.get(called, 0) * (MORE - FEW)
        if len(of_more.queries) > most:
            added = Counter(of_more.queries) - Counter(of_few.queries)
            more = "\n".join(f"{number} more: {query}" for query, number in added.items())
            wrong.append(f"{called} asks {len(of_more.queries)} queries, not {most}:\n{more}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.once
@pytest.mark.exhaustive
def test_the_shop_has_more_of_everything_that_pages_show(
    small_shop: Asked, larger_shop: Asked
) -> None:
    few, more = small_shop.rows, larger_shop.rows
    assert sorted(model for model in few if more[model] <= few[model]) == sorted(numbers.STAY)
