"""A query that nobody needs is not as much as built: building one takes longer than many run."""

import pytest

from conditions.evaluator.facts import FactStore
from conditions.sql.scope import scope_of
from customers.models import Customer
from customers.tests.rows import a_customer


@pytest.fixture
def no_filters(monkeypatch):
    """Return a function after which no query set is filtered any more."""
    return lambda: monkeypatch.setattr("django.db.models.query.QuerySet.filter", None)


@pytest.mark.django_db
def test_the_row_beside_a_customer_is_asked_for_when_it_is_first_needed(no_filters):
    ann = a_customer("ann")
    store = FactStore([ann])
    (relation,) = (
        one for one in Customer._meta.related_objects if one.related_model.__name__ == "Wishlist"
    )
    found = store.beside(relation)
    no_filters()
    assert store.beside(relation) is found


def test_a_scope_without_codes_looks_for_none(no_filters):
    no_filters()
    scope = scope_of(None, (), "both")
    assert (scope.website_ids, scope.group_ids) == (frozenset(), frozenset())
