"""Finds the segments that changes may affect: those that read a column that has changed.

A changed order causes no evaluation of segments about birthdays.
"""

from collections.abc import Mapping
from typing import Any

from conditions.upkeep.columns import ColumnsRead
from customers.changes.declared import Changed, changed_of
from customers.models import Customer
from segments.engine.marks import Marks
from segments.models import Segment
from segments.rules.in_conditions.references import ListedSegments, reachable_codes

# Every segment reads these columns of a customer's own row, for its scope and for the time zone of
# its days. A created or deleted customer changes them, so every segment is evaluated then.
SCOPE = changed_of(Customer, "is_active", "kind", "website_id", "group_id")


def concerned_by(marks: Marks) -> set[int]:
    """Return the ids of the active segments to evaluate for the customers of `marks`."""
    active = Segment.objects.filter(is_active=True)
    if not marks.everywhere:
        return set(active.filter(pk__in=marks.segment_ids).values_list("pk", flat=True))
    if marks.changed is None or marks.changed & SCOPE:
        return set(active.values_list("pk", flat=True))
    trees = dict(Segment.objects.values_list("code", "conditions"))
    read = _columns_read(trees)
    return {
        pk
        for pk, code in active.values_list("pk", "code")
        if pk in marks.segment_ids or code not in read or read[code] & marks.changed
    }


def _columns_read(trees: Mapping[str, Any]) -> dict[str, frozenset[Changed]]:
    """Return the columns that each tree (by its segment's code) and its referenced segments read.

    Trees whose columns cannot be determined are left out.
    """
    columns = ColumnsRead()
    own = {code: columns.of(tree) for code, tree in trees.items()}
    found: dict[str, frozenset[Changed]] = {}
    lists = ListedSegments()
    for code in trees:
        read = [own.get(one) for one in reachable_codes(code, trees, lists)]
        if None not in read:
            found[code] = frozenset().union(*(one for one in read if one is not None))
    return found
