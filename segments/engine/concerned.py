"""Which segments changes may concern: those that read a column in which something has changed.

One changed order among segments about birthdays asks none of them.
"""

from collections.abc import Mapping
from typing import Any

from conditions.upkeep.columns import ColumnsRead
from customers.changes.declared import Changed, changed_of
from customers.models import Customer
from segments.engine.marks import Marks
from segments.models import Segment
from segments.rules.references import ListedSegments, reached

# Whom a segment is about, and whose days it counts, stands in the customer's own row: every segment
# reads these, and is asked about whoever is new or gone.
SCOPE = changed_of(Customer, "is_active", "kind", "website_id", "group_id")


def concerned_by(marks: Marks) -> set[int]:
    """Return the ids of the active segments that are to be asked about the customers of `marks`."""
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
    """Return which columns each tree (by its segment's code) reads, and those that it names.

    A tree of which that cannot be told is left out.
    """
    columns = ColumnsRead()
    own = {code: columns.of(tree) for code, tree in trees.items()}
    found: dict[str, frozenset[Changed]] = {}
    lists = ListedSegments()
    for code in trees:
        read = [own.get(one) for one in reached(code, trees, lists)]
        if None not in read:
            found[code] = frozenset().union(*(one for one in read if one is not None))
    return found
