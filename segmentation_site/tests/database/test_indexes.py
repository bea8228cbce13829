"""The indexes of the tables, each of which costs time whenever a row is written."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.migrations.state import ProjectState

from core.database.index_operations import (
    AddIndexBesideWriters,
    DropFieldIndexBesideWriters,
    DropPrefixIndexesBesideWriters,
)
from customers.models import OrderItem, Product

MODELS = [
    model
    for config in apps.get_app_configs()
    for model in config.get_models()
    if (settings.BASE_DIR / config.name.partition(".")[0]).is_dir() and not model._meta.proxy
]
# Unique texts that queries compare with a prefix; the tables of codes have few rows.
ASKED_BY_PREFIX = {
    "customers.Customer.external_id",
    "customers.Order.number",
    "price_rules.Coupon.code_folded",
}
# References that nothing is looked up by.
WITHOUT_INDEX = {
    # Waiting messages have an index of their own; the others are read when a channel is deleted.
    "alerts.AlertMessage.channel",
    "campaigns.Message.store",
    "campaigns.Message.template",
    "predictions.CustomerPrediction.clv_model",
    "segments.MembershipChange.run",
}


def foreign_keys(model):
    return [one for one in model._meta.local_fields if isinstance(one, models.ForeignKey)]


def fields_of(index):
    """Return the fields of an index or a constraint; nothing for one of expressions."""
    return getattr(index, "fields", ())


def is_partial(index, key):
    """Return whether an index or a constraint leaves out rows that have the key."""
    condition = getattr(index, "condition", None)
    return condition not in (None, models.Q(**{f"{key.name}__isnull": False}))


def test_no_foreign_key_has_an_index_that_another_begins_with():
    """Django gives each foreign key an index, also where a unique constraint begins with it."""
    repeated = []
    for model in MODELS:
        others = [*model._meta.indexes, *model._meta.constraints]
        always = [one for one in others if getattr(one, "condition", None) is None]
        first = {fields_of(one)[0] for one in always if fields_of(one)}
        keys = [one for one in foreign_keys(model) if one.db_index and not one.unique]
        repeated += [str(key) for key in keys if key.name in first]
    assert repeated == []


@pytest.mark.django_db
def test_the_tables_have_the_indexes_that_the_models_declare():
    """Catches an index that its migration did not find, and a key that no index begins with."""
    left, without = [], set()
    with connection.cursor() as cursor:
        for model in MODELS:
            table = model._meta.db_table
            found = {
                name: one["columns"]
                for name, one in connection.introspection.get_constraints(cursor, table).items()
                if one["index"] or one["unique"] or one["primary_key"]
            }
            for key in (one for one in foreign_keys(model) if not one.db_index):
                declared = [*model._meta.indexes, *model._meta.constraints]
                partial = [one for one in declared if list(fields_of(one)) == [key.name]]
                if [*found.values()].count([key.column]) > len(partial):
                    left.append(str(key))
                # An index of some rows alone does not find the others.
                some = {one.name for one in declared if is_partial(one, key)}
                whole = [columns for name, columns in found.items() if name not in some]
                if not any(columns[:1] == [key.column] for columns in whole):
                    without.add(str(key))
    assert (left, without) == ([], WITHOUT_INDEX)


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no such indexes")
def test_only_texts_that_are_asked_by_prefix_have_an_index_for_prefixes():
    """Django gives each unique text a second index, for `LIKE 'x%'`."""
    found = set()
    with connection.cursor() as cursor:
        for model in MODELS:
            indexes = connection.introspection.get_constraints(cursor, model._meta.db_table)
            prefixed = [one["columns"] for name, one in indexes.items() if name.endswith("_like")]
            found |= {f"{model._meta.label}.{name}" for (name,) in prefixed if name != "code"}
    assert found == ASKED_BY_PREFIX


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no such indexes")
def test_an_index_for_prefixes_is_made_again_backwards():
    """Catches a migration that `migrate APP NUMBER` cannot take back."""
    state, drop = ProjectState.from_apps(apps), DropPrefixIndexesBesideWriters("product", "sku")

    def has_index():
        with connection.cursor() as cursor:
            indexes = connection.introspection.get_constraints(cursor, Product._meta.db_table)
            return any(name.endswith("_like") for name in indexes)

    for apply, expected in ((drop.database_backwards, True), (drop.database_forwards, False)):
        with connection.schema_editor(atomic=False) as editor:
            apply("customers", editor, state, state)
        assert has_index() is expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL records what is done")
def test_a_killed_migration_goes_on():
    """Catches an index that cannot be made again: `migrate` would fail for ever."""
    index = next(one for one in OrderItem._meta.indexes if one.fields == ["parent"])
    state, add = ProjectState.from_apps(apps), AddIndexBesideWriters("orderitem", index)

    def is_there():
        with connection.cursor() as cursor:
            table = OrderItem._meta.db_table
            return index.name in connection.introspection.get_constraints(cursor, table)

    for apply, expected in (
        (add.database_forwards, True),
        (add.database_backwards, False),
        (add.database_backwards, False),
        (add.database_forwards, True),
    ):
        with connection.schema_editor(atomic=False) as editor:
            apply("customers", editor, state, state)
        assert is_there() is expected


def test_dropping_an_index_alters_nothing_else():
    """Catches an alteration that the state believes in and that no statement makes."""
    parent = OrderItem._meta.get_field("parent").clone()
    parent.null = False
    state = ProjectState.from_apps(apps)
    with pytest.raises(ValueError, match=r"orderitem\.parent changes by more"):
        DropFieldIndexBesideWriters("orderitem", "parent", parent).state_forwards(
            "customers", state
        )
