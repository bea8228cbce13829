"""The result of compiling a node: an SQL condition, and whether it may be NULL."""

from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Exists, Func, Q
from django.db.models.sql.compiler import SQLCompiler

# Alternatives in one chain of ORs. Parsers nest each in the one before, SQLite at most 1,000 deep;
# a tree's ten levels stay below that.
MOST_ALTERNATIVES = 64


@dataclass(frozen=True)
class Truth:
    """`q` holds where a node is true; if `certain`, it is never NULL and NOT is its complement."""

    q: Q
    certain: bool = False


NEVER = Truth(Q(pk__in=[]), certain=True)
ALWAYS = Truth(~Q(pk__in=[]), certain=True)


def existing(exists: Exists) -> Truth:
    """Return EXISTS as a truth that is never NULL."""
    return Truth(Q(exists), certain=True)


def all_hold(*truths: Truth) -> Truth:
    """Return a truth that holds where all of `truths` hold."""
    some = [truth for truth in truths if truth is not ALWAYS]
    if not some:
        return ALWAYS
    return Truth(Q(*(truth.q for truth in some)), all(truth.certain for truth in some))


def any_of(*truths: Truth) -> Truth:
    """Return a truth that holds where one of `truths` holds."""
    some = [truth for truth in truths if truth is not NEVER]
    if not some:
        return NEVER
    q = Q()
    for truth in some:
        q |= truth.q
    # A single truth is used as it is: conditions joined by AND, or denied, are no alternatives.
    if q.connector == Q.OR and not q.negated and len(q) > MOST_ALTERNATIVES:
        starts = range(0, len(q), MOST_ALTERNATIVES)
        rows = (q.children[start : start + MOST_ALTERNATIVES] for start in starts)
        q = Q(*(Q(IsTrue(Q(*row, _connector=Q.OR))) for row in rows), _connector=Q.OR)
    return Truth(q, all(truth.certain for truth in some))


def complement(truth: Truth) -> Truth:
    """Return a truth that holds exactly where `truth` is false or NULL."""
    if truth.certain:
        return Truth(~truth.q, certain=True)
    return Truth(Q(IsNotTrue(truth.q)), certain=True)


def as_wall(truth: Truth) -> Truth:
    """Return a truth with the same value that PostgreSQL does not turn into a join.

    PostgreSQL turns each EXISTS and IN that stands alone under AND into a join; ordering a hundred
    joins takes its planner minutes. Inside IsTrue each is a sub-plan of its own.
    """
    return Truth(Q(IsTrue(truth.q)), certain=True)


class IsTrue(Func):
    """`(condition) IS TRUE`."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


class IsNotTrue(Func):
    """`(condition) IS NOT TRUE`: the complement of a condition that may be NULL, unlike NOT."""

    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BooleanField()

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **kwargs):  # type: ignore[no-untyped-def,override]
        (condition,) = self.get_source_expressions()
        try:
            sql, params = compiler.compile(condition)
        except EmptyResultSet:
            raise FullResultSet from None
        except FullResultSet:
            raise EmptyResultSet from None
        return f"({sql}) IS NOT TRUE", params
