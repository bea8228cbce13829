"""Counts the customers for each of some values, as a help for choosing among the values."""

import time
from collections.abc import Sequence

from conditions.attribute import Attribute
from conditions.language.operators import Takes
from conditions.parse import parse_tree
from conditions.sql.place import AT_CUSTOMER
from conditions.sql.scope import Scope, context_at
from core.database.snapshot import read_snapshot
from core.database.time_limit import TookTooLong, time_limit
from customers.models import Customer

# The time limit: the page does not wait for these counts, and leaves out missing ones.
SECONDS = 0.5


def value_counts(attribute: Attribute, values: Sequence[str], scope: Scope) -> dict[str, int]:
    """Return for each of `values` how many customers in `scope` a condition with the value chooses.

    Counts the values one after the other and leaves out the rest after half a second. Raises
    InvalidTree for a value that the attribute does not accept.
    """
    operator = attribute.type.operators[attribute.usual or attribute.type.usual]
    is_list = operator.takes is Takes.LIST
    tree = parse_tree(
        {
            "match": "any",
            "conditions": [
                {
                    "attribute": attribute.code,
                    "operator": operator.name,
                    "value": [value] if is_list else value,
                }
                for value in values
            ],
        }
    )
    deadline = time.monotonic() + SECONDS
    context = context_at(None, scope)
    found = {}
    with read_snapshot():
        try:
            for value, node in zip(values, tree.conditions, strict=True):
                chosen = node.truth(AT_CUSTOMER, context).q
                with time_limit(deadline):
                    found[value] = Customer.objects.filter(scope.q, chosen).count()
        except TookTooLong:
            pass
    return found
