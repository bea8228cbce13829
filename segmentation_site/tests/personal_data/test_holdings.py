"""Whoever stores something about customers has said what becomes of it."""

import re

from django.apps import apps
from django.db.models import BigIntegerField, CharField, ForeignKey, JSONField, Model, TextField

from customers.models import Customer
from customers.privacy.checks import check_holdings, unregistered_keys
from customers.privacy.holdings import HOLDINGS, Holding, Registry
from segmentation_site.tests.personal_data import decided

# How a column is called that may hold a customer's number, or an address.
TELLING = re.compile("customer|guest|external_id|person|mail|recipient|address|phone")


def undecided() -> list[str]:
    """The columns that may name a customer and belong to no holding that says so."""
    held = {holding.model: holding for holding in HOLDINGS}
    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed  # Others are tables of one transaction.
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField | BigIntegerField)
        and not isinstance(field, ForeignKey)
        and TELLING.search(field.name)
        and not _is_said(held.get(model), field.name)
        and f"{model._meta.label}.{field.name}" not in decided.NAMES_NO_CUSTOMER
    ]


def _is_said(holding: Holding | None, column: str) -> bool:
    # Rows that are found by a foreign key are the customer's with all their columns.
    return holding is not None and (bool(holding.path) or column in holding.columns)


def without(monkeypatch, model: type[Model]) -> None:
    """Let nobody have registered `model`."""
    others: Registry[Holding] = Registry("holding")
    for holding in HOLDINGS:
        if holding.model is not model:
            others.register(holding)
    monkeypatch.setattr("customers.privacy.checks.HOLDINGS", others)
    monkeypatch.setattr(f"{__name__}.HOLDINGS", others)


def test_every_model_with_a_key_to_a_customer_is_registered() -> None:
    assert [str(field) for field in unregistered_keys()] == []
    assert check_holdings() == []


def test_every_column_that_may_name_a_customer_is_registered() -> None:
    assert undecided() == []
    known = {f"{m._meta.label}.{f.name}" for m in apps.get_models() for f in m._meta.fields}
    assert known >= decided.NAMES_NO_CUSTOMER


def test_columns_that_are_named_are_there() -> None:
    for holding in HOLDINGS:
        for column in holding.columns:
            assert holding.model._meta.get_field(column)


def test_one_that_nobody_registered_is_found(monkeypatch) -> None:
    """For each model: by its key, or by its columns."""
    for model in [holding.model for holding in HOLDINGS if holding.model is not Customer]:
        with monkeypatch.context() as patch:
            named = any(map(TELLING.search, next(h for h in HOLDINGS if h.model is model).columns))
            without(patch, model)
            keys = [field for field in unregistered_keys() if field.model is model]
            assert keys or undecided() or not named, model
            if keys:
                assert model._meta.label in check_holdings()[0].msg
