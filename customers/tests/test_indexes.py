"""The indexes of the shop's tables, which every import writes to."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState

from core.database.index_operations import AddIndexBesideWriters, DropFieldIndexBesideWriters
from customers.models import OrderItem

MODELS = list(apps.get_app_config("customers").get_models())


def foreign_keys(model):
    return [one for one in model._meta.local_fields if isinstance(one, models.ForeignKey)]


def test_no_foreign_key_has_an_index_that_another_begins_with():
    """Django gives each foreign key an index, also where a unique constraint begins with it."""
    repeated = []
    for model in MODELS:
        others = [*model._meta.indexes, *model._meta.constraints]
        first = {one.fields[0] for one in others if one.condition is None and one.fields}
        keys = [one for one in foreign_keys(model) if one.db_index and not one.unique]
        repeated += [str(key) for key in keys if key.name in first]
    assert repeated == []


@pytest.mark.django_db
def test_the_tables_have_the_indexes_that_the_models_declare():
    """Catches an index that its migration did not find, and a key that no index begins with."""
    left, without = [], []
    with connection.cursor() as cursor:
        for model in MODELS:
            table = model._meta.db_table
            indexes = [
                one["columns"]
                for one in connection.introspection.get_constraints(cursor, table).values()
                if one["index"] or one["unique"] or one["primary_key"]
            ]
            for key in (one for one in foreign_keys(model) if not one.db_index):
                partial = [one for one in model._meta.indexes if one.fields == [key.name]]
                if indexes.count([key.column]) > len(partial):
                    left.append(str(key))
                if not any(columns[:1] == [key.column] for columns in indexes):
                    without.append(str(key))
    assert (left, without) == ([], [])


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
