"""One question to two sides: an engine over a snapshot of the shop, and the database itself."""

from contextlib import contextmanager

import hypothesis
from django.core.exceptions import EmptyResultSet
from django.db.models import JSONField

from conditions.engines.translation import EngineCannot, statement_for, translate
from conditions.language.stored_nodes import children_of
from conditions.matching import matching_customers
from conditions.nodes.matching_customers import ids_of
from conditions.sql.portable import portable
from conditions.tests.engines.stored_shop import write_snapshot
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import AS_OF, Every, every_attribute, trees
from conditions.upkeep.columns import ColumnsRead
from customers.snapshots.tables import TABLES
from tests import tiers


class Asked:
    """An engine over the shop as it was stored, which answers trees."""

    def __init__(self, dialect, session, tables):
        self.dialect, self.session, self.tables = dialect, session, tables

    def ids(self, tree, as_of, dialect=None, **scope):
        """Return the internal ids that the engine finds; None where it cannot."""
        try:
            with portable():
                customers = matching_customers(tree, as_of=as_of, **scope)
                statement = statement_for(customers)
            asked = translate(statement, dialect or self.dialect, tables=self.tables)
            return sorted(pk for some in self.session.ids(asked) for pk in some)
        except EmptyResultSet:
            return []
        except EngineCannot:
            return None


@contextmanager
def asked_of(engine, directory):
    """Open the shop of the test's transaction in `engine`."""
    manifest = write_snapshot(directory)
    with engine.opened(str(directory), manifest) as session:
        yield Asked(engine.dialect, session, manifest.tables)


def by_database(tree, as_of, **scope):
    """Return the internal ids that the database finds."""
    rows = ids_of(matching_customers(tree, as_of=as_of, **scope))
    return sorted(row["id"] for row in rows)


def in_snapshots(every):
    """Return those of `every` that read tables of snapshots alone, and no JSON: they have none."""
    exported = {one.name for one in TABLES}
    json = {
        (one.name, field.column)
        for one in TABLES
        for field in one.model._meta.concrete_fields
        if isinstance(field, JSONField)
    }
    read = ColumnsRead()

    def has_all(attribute):
        found = read.of({"match": "all", "conditions": [{"attribute": attribute.code}]}) or ()
        return not json & {*found} and exported >= {table for table, _column in found}

    return Every(filter(has_all, every))


def check_random_trees(engine, directory, *, seed, examples, refused):
    """Assert that engine and database find the same by random trees over a shop of 500 customers.

    `examples` are those of --all; other tiers draw fewer. Fewer than `refused` of them may be such
    as the engine cannot: a list that is closed too far would find nothing wrong. First and last
    rows, which take a window function, are left to the database on purpose.
    """
    awkward_shop(seed, customers=500).store()
    roll_up_in_every_way()
    every, not_asked = in_snapshots(every_attribute()), []
    with asked_of(engine, directory) as asked:

        @hypothesis.settings(
            max_examples=tiers.examples(examples),
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(tree=trees(every=every), as_of=AS_OF)
        def agree(tree, as_of):
            found = asked.ids(tree, as_of, applies_to="both")
            if found is not None:
                assert found == by_database(tree, as_of, applies_to="both")
            elif not is_left_to_the_database(tree):
                not_asked.append(tree)

        agree()
    assert len(not_asked) < refused


def is_left_to_the_database(node):
    """Whether `node` asks for first or last rows, or for a gap of time between two steps."""
    keys = {"first", "last", "only", "after_hours", "within_hours"}
    return bool(keys & set(node)) or any(map(is_left_to_the_database, children_of(node)))
