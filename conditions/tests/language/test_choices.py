"""Which codes are known: of enumerations, of rows with codes, of columns."""

import pytest
from django.utils.translation import override

from conditions.language import choices
from conditions.language.countries import all_countries
from conditions.tests.examples.shops import awkward_shop
from customers.models import CustomerTag, OrderState, Store

pytestmark = pytest.mark.django_db


def test_an_enumeration_knows_its_own_codes_alone():
    states = choices.of_enum(OrderState)
    assert states.closed
    assert states.unknown(["new", "gone", "complete"]) == ["gone"]
    assert states.suggest("hold", 5) == {"holded": "on hold"}


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", ["Afghanistan", "Åland Islands", "Albania", "Algeria"]),
        ("de", ["Afghanistan", "Ägypten", "Ålandinseln", "Albanien"]),
    ],
)
def test_countries_stand_by_their_names_as_readers_sort_them(language, first):
    with override(language):
        assert list(all_countries().values())[:4] == first


def test_rows_with_codes_are_known_by_their_names():
    stores = choices.of_model(Store)
    assert stores.labels(["default", "gone"]) == {"default": "Default store"}
    assert stores.suggest("DEF", 5) == {"default": "Default store"}


def test_a_column_knows_what_stands_in_it_in_one_query_for_many_codes(django_assert_num_queries):
    awkward_shop(1).store()
    tags = choices.of_column(CustomerTag, "tag")
    assert not tags.closed
    assert tags.unknown(["vip", "gone"]) == ["gone"]
    many = ["vip", *(f"gone{number}" for number in range(500))]
    with django_assert_num_queries(1):
        assert tags.labels(many) == {"vip": "vip"}
    assert "vip" in tags.suggest("vi", 5)
