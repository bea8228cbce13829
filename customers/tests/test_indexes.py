"""The indexes of the shop's tables, which every import writes to."""

import pytest
from django.apps import apps
from django.db import connection, models

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
def test_migrations_have_dropped_the_indexes_of_such_keys():
    """Their migration finds the indexes by the name that Django made: another is not dropped."""
    left, editor = set[str](), connection.schema_editor(collect_sql=True)
    with connection.cursor() as cursor:
        for model in MODELS:
            table = model._meta.db_table
            keys = [one.column for one in foreign_keys(model) if not one.db_index]
            names = {editor._create_index_name(table, [key]) for key in keys}
            if names:
                left |= names & set(connection.introspection.get_constraints(cursor, table))
    assert left == set()
