"""Registries: each name once, fit for an address, in the order of registration."""

from dataclasses import dataclass

import pytest
from django.core.checks import run_checks

from core.registries import Registry, check_permissions, dotted_name


@dataclass(frozen=True)
class Named:
    name: str


@dataclass(frozen=True)
class Guarded(Named):
    permissions: tuple[str, ...] = ()


def test_things_are_found_by_name_in_the_order_they_came():
    registry = Registry("thing")
    one, two = Named("zebra"), Named("app.apple_2")
    registry.register(one)
    registry.register(two)

    assert list(registry) == [one, two]
    assert (registry["zebra"], registry.find("app.apple_2")) == (one, two)
    assert registry.find("none") is None


def test_a_name_that_is_taken_is_refused():
    registry = Registry("thing")
    registry.register(Named("one"))

    with pytest.raises(ValueError, match="thing 'one' is registered twice"):
        registry.register(Named("one"))


@pytest.mark.parametrize(
    "name", ["", "One", "a b", "a/b", "a-b", "../a", "a.", ".a", "a..b", "1a", "a\n", "ä", "a<b"]
)
def test_a_name_that_fits_no_address_is_refused(name):
    with pytest.raises(ValueError, match="no name for a thing"):
        Registry("thing").register(Named(name))


def test_a_function_is_known_by_where_it_stands():
    registry = Registry("hook", dotted_name)
    registry.register(test_a_name_that_is_taken_is_refused)

    assert dotted_name(next(iter(registry))).endswith(".test_a_name_that_is_taken_is_refused")
    with pytest.raises(ValueError, match="no name"):
        registry.register(lambda: None)


def test_a_text_in_place_of_permissions_is_refused():
    registry = Registry("thing")
    with pytest.raises(
        ValueError, match=r"'one': write permissions=\('a\.view_b',\), with a comma"
    ):
        registry.register(Guarded("one", "a.view_b"))
    assert list(registry) == []


def test_all_permissions_that_are_asked_for_are_of_a_model():
    assert check_permissions() == []


def test_a_permission_of_no_model_is_warned_of():
    registry = Registry("thing")
    right = ("customers.view_customer", "customers.view_personal_data", "auth.add_group")
    registry.register(Guarded("right", right))
    registry.register(Guarded("wrong", (*right, "nope.nope", "customers.view_nope")))

    assert [one.msg for one in check_permissions()] == [
        f"The thing “wrong” asks for “{name}”, a permission of no model."
        for name in ("customers.view_nope", "nope.nope")
    ]
    assert [one.id for one in run_checks()].count("customers.W002") == 2
